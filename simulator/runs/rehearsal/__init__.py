"""One rollout on a region, from its start to its end: what is seen on the way, what came of it, what it cost."""
