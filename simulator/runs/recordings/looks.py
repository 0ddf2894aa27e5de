"""What is read of a cluster while a rollout works on it: the calls that only read and that the handlers make, too.

Beside them a few that every account refuses alike, because what they name is not there: for the errors' codes.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

NOWHERE = "there-is-no-such-thing"
NO_ID = "0" * 17
DESCRIBED_AT_ONCE = 10
"""Services, the most that DescribeServices takes (botocore)."""
MOST_INSTANCES = 50
"""What DescribeAutoScalingInstances takes (botocore); of a larger cluster the newest are looked at."""
OPTIMIZED = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended"

Client = Callable[[str], Any]
"""A client of the service of that name."""

PROBES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("ecs", "describe_clusters", {"clusters": [NOWHERE]}),
    ("ecs", "list_tasks", {"cluster": NOWHERE}),
    ("ecs", "list_container_instances", {"cluster": NOWHERE}),
    ("ecs", "describe_task_definition", {"taskDefinition": NOWHERE}),
    ("ecs", "describe_capacity_providers", {"capacityProviders": [NOWHERE]}),
    ("autoscaling", "describe_auto_scaling_groups", {"AutoScalingGroupNames": [NOWHERE]}),
    ("autoscaling", "describe_lifecycle_hooks", {"AutoScalingGroupName": NOWHERE}),
    ("autoscaling", "describe_scaling_activities", {"AutoScalingGroupName": NOWHERE}),
    ("ec2", "describe_instances", {"InstanceIds": [f"i-{NO_ID}"]}),
    ("ec2", "describe_images", {"ImageIds": [f"ami-{NO_ID}"]}),
    ("ec2", "describe_launch_template_versions", {"LaunchTemplateId": f"lt-{NO_ID}"}),
    ("ec2", "describe_instance_types", {"InstanceTypes": ["t0.nothing"]}),
    ("ssm", "get_parameter", {"Name": NOWHERE}),
    ("cloudwatch", "describe_alarms", {"AlarmNames": [NOWHERE]}),
    ("events", "describe_event_bus", {"Name": NOWHERE}),
)
"""Service, method, request: none of them changes anything."""


def probe(client: Client) -> None:
    """Make each of them."""
    for service, method, request in PROBES:
        with suppress(ClientError, BotoCoreError):
            getattr(client(service), method)(**request)


class Looks:
    """Reads a cluster with all that belongs to it; instances that were seen once are asked for again, to see their end.

    What is refused is recorded as such, and what would have followed from it is left out.
    """

    def __init__(self, client: Client, cluster: str) -> None:
        self._client, self._cluster = client, cluster
        self._seen: dict[str, None] = {}  # container instances, in the order in which they came
        self._machines: dict[str, None] = {}

    def look(self) -> None:
        """Look once; a connection that breaks ends the look, not who follows the rollout."""
        with suppress(ClientError, BotoCoreError):
            self._look()

    def _look(self) -> None:
        ecs, cluster = self._client("ecs"), self._cluster
        described = ecs.describe_clusters(clusters=[cluster], include=["ATTACHMENTS", "SETTINGS", "STATISTICS", "TAGS"])
        providers = [name for each in described["clusters"] for name in each.get("capacityProviders", ())]
        if providers:
            ecs.describe_capacity_providers(capacityProviders=providers, include=["TAGS"])
        _look_at_services(self._client, cluster)
        _look_at_tasks(ecs, cluster)
        self._look_at_instances()
        self._client("ssm").get_parameter(Name=OPTIMIZED)
        self._client("cloudwatch").describe_alarms()

    def _look_at_instances(self) -> None:
        """The container instances, their machines, and the groups that these belong to."""
        ecs, cluster = self._client("ecs"), self._cluster
        self._seen |= dict.fromkeys(_listed(ecs, "list_container_instances", "containerInstanceArns", cluster=cluster))
        arns = list(self._seen)[-MOST_INSTANCES:]
        if not arns:
            return
        described = ecs.describe_container_instances(cluster=cluster, containerInstances=arns)
        self._machines |= dict.fromkeys(_each(described["containerInstances"], "ec2InstanceId"))
        ids = list(self._machines)[-MOST_INSTANCES:]
        scaling = self._client("autoscaling")
        members = scaling.describe_auto_scaling_instances(InstanceIds=ids)["AutoScalingInstances"]
        _look_at_groups(self._client, _each(members, "AutoScalingGroupName"))
        with suppress(ClientError):  # one that ended an hour ago is not known any more
            _look_at_machines(self._client("ec2"), ids)


def _look_at_services(client: Client, cluster: str) -> None:
    ecs, target_groups = client("ecs"), set()
    arns = list(_listed(ecs, "list_services", "serviceArns", cluster=cluster))
    for first in range(0, len(arns), DESCRIBED_AT_ONCE):
        some = arns[first : first + DESCRIBED_AT_ONCE]
        for service in ecs.describe_services(cluster=cluster, services=some, include=["TAGS"])["services"]:
            if "taskDefinition" in service:
                ecs.describe_task_definition(taskDefinition=service["taskDefinition"])
            target_groups |= {each["targetGroupArn"] for each in service["loadBalancers"] if "targetGroupArn" in each}
    for arn in sorted(target_groups):
        client("elbv2").describe_target_health(TargetGroupArn=arn)


def _look_at_tasks(ecs: Any, cluster: str) -> None:
    for status in ("RUNNING", "STOPPED"):
        tasks = list(_listed(ecs, "list_tasks", "taskArns", cluster=cluster, desiredStatus=status))
        if tasks:
            ecs.describe_tasks(cluster=cluster, tasks=tasks[:100])


def _look_at_machines(ec2: Any, ids: list[str]) -> None:
    reservations = ec2.describe_instances(InstanceIds=ids)["Reservations"]
    machines = [machine for each in reservations for machine in each["Instances"]]
    ec2.describe_images(ImageIds=_each(machines, "ImageId"), IncludeDeprecated=True)
    ec2.describe_instance_types(InstanceTypes=_each(machines, "InstanceType"))


def _look_at_groups(client: Client, names: list[str]) -> None:
    scaling = client("autoscaling")
    groups = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=names)["AutoScalingGroups"] if names else ()
    for group in groups:
        scaling.describe_scaling_activities(AutoScalingGroupName=group["AutoScalingGroupName"], MaxRecords=20)
        scaling.describe_lifecycle_hooks(AutoScalingGroupName=group["AutoScalingGroupName"])
        if template := group.get("LaunchTemplate"):
            client("ec2").describe_launch_template_versions(LaunchTemplateId=template["LaunchTemplateId"])


def _listed(client: Any, method: str, member: str, **request: str) -> Iterator[str]:
    for page in client.get_paginator(method).paginate(**request):
        yield from page[member]


def _each(things: Iterable[dict[str, Any]], member: str) -> list[str]:
    return sorted({thing[member] for thing in things})
