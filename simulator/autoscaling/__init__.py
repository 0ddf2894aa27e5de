"""Auto Scaling of the simulated region: groups, their instances, their processes."""

from simulator.autoscaling.api import AutoScalingApi
from simulator.autoscaling.region import AutoScaling

__all__ = ["AutoScaling", "AutoScalingApi"]
