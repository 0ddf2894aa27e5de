"""Auto Scaling of the simulated region: groups, their instances, their processes."""
