"""How fast a rollout turns when tasks begin to fail on the new AMI: drawn scenarios, and what is measured of them."""
