"""EC2 of the simulated region: launch templates, machine images, instances."""

from simulator.ec2.api import Ec2Api
from simulator.ec2.region import Ec2, LaunchOrder, LaunchRefused

__all__ = ["Ec2", "Ec2Api", "LaunchOrder", "LaunchRefused"]
