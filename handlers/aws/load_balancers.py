"""Elastic Load Balancing: how many targets of a target group are healthy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client


class LoadBalancers:
    """Reads target health."""

    def __init__(self, client: Callable[[], ElasticLoadBalancingv2Client]) -> None:
        self._client = client

    def healthy_targets(self, target_group: str) -> int:
        """How many targets of the group are healthy; none where there is no such group (any more)."""
        client = self._client()
        try:
            found = client.describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"]
        except client.exceptions.TargetGroupNotFoundException:
            return 0
        return sum(each["TargetHealth"]["State"] == "healthy" for each in found)
