"""The region's target groups. moto keeps them, so its calls that make and change them and ours that use them agree."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from moto.ec2.models import ec2_backends
from moto.elbv2.models import FakeTargetGroup, elbv2_backends

from simulator.aws.ec2.network import ACCOUNT

DELAY = "deregistration_delay.timeout_seconds"
LONGEST_NAME = 32


class TargetGroups:
    """Those of one region."""

    def __init__(self, region: str) -> None:
        self._region = region

    @property
    def all(self) -> Mapping[str, Any]:
        """Moto's target groups by ARN."""
        known: Mapping[str, Any] = elbv2_backends[ACCOUNT][self._region].target_groups
        return known

    def knows(self, arn: str) -> bool:
        """Whether there is one of that ARN."""
        return arn in self.all

    def deregistration_delay(self, arn: str) -> float:
        """Seconds that a target of the group drains before its task is stopped (botocore, `TargetGroupAttribute`)."""
        group = self.all.get(arn)
        return float(group.attributes[DELAY]) if group is not None else 0.0

    def delay(self, arn: str, seconds: float) -> None:
        """Let its targets drain so long from now on."""
        self.all[arn].attributes[DELAY] = seconds

    def make(self, name: str, port: int, delay_seconds: float, *, target_type: str = "instance") -> str:
        """One of HTTP in the default VPC; its ARN, which is made of its name.

        What a target group's name cannot have becomes a hyphen. moto draws an id of its own, and the two modes draw
        other things before that.
        """
        backend = elbv2_backends[ACCOUNT][self._region]
        vpc = ec2_backends[ACCOUNT][self._region].get_default_vpc()
        assert vpc is not None
        made: FakeTargetGroup = backend.create_target_group(
            re.sub(r"[^A-Za-z0-9]+", "-", name)[:LONGEST_NAME].strip("-"),
            vpc_id=vpc.id,
            protocol="HTTP",
            port=port,
            target_type=target_type,
        )
        made.attributes[DELAY] = delay_seconds
        del backend.target_groups[made.arn]
        made.arn = f"{made.arn.rpartition('/')[0]}/{hashlib.sha256(made.name.encode()).hexdigest()[:16]}"
        backend.target_groups[made.arn] = made
        return str(made.arn)
