"""The sweep: thousands of rollouts under drawn faults, and every crash point of a few, checked by the invariants."""
