"""The region's default VPC with a subnet per availability zone. moto keeps it, so the VPC calls answer it too."""

import os
from typing import Any

from moto.ec2.models import ec2_backends
from moto.moto_api._internal import mock_random

ACCOUNT = "123456789012"
"""The one account of the region; moto's default."""


class Network:
    """Subnets of the default VPC by availability zone and back."""

    def __init__(self, region: str, seed: int) -> None:
        backend = _backend_without_images(region, seed)
        default = backend.get_default_vpc()
        self.region = region
        self.vpc_id = str(default.id)
        self._subnets = {str(zone): str(subnet.id) for zone, subnet in sorted(backend.get_default_subnets().items())}
        self._zones = {subnet: zone for zone, subnet in self._subnets.items()}

    @property
    def zones(self) -> tuple[str, ...]:
        """The region's availability zones by their full names."""
        return tuple(self._subnets)

    def subnet_of(self, zone: str) -> str:
        """The subnet in that zone, given as `eu-west-1a` or just `a`; KeyError when the region has no such zone."""
        return self._subnets.get(zone) or self._subnets[f"{self.region}{zone}"]

    def zone_of(self, subnet_id: str) -> str | None:
        """The zone of the subnet, made by whomever; None for a subnet that does not exist."""
        if subnet_id in self._zones:
            return self._zones[subnet_id]
        made = (zone.get(subnet_id) for zone in ec2_backends[ACCOUNT][self.region].subnets.values())
        return next((str(subnet.availability_zone) for subnet in made if subnet is not None), None)


def _backend_without_images(region: str, seed: int) -> Any:
    """Moto's EC2 of that region, made anew: loading its own AMIs takes seconds, and ours are the scenario's.

    Its own ids (VPC, subnets) are drawn from the seed, whether this process had that backend before or not.
    """
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    backend = ec2_backends[ACCOUNT][region]
    mock_random.seed(seed)
    backend.reset()
    return backend
