"""One group of two zones, a service, and the strategy that a test wants."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from simulator.cdk_output import ensure_synthesized
from simulator.scenario.load import from_json
from simulator.simulation import Simulation
from tests.invariants.two_groups import CLUSTER, NEW_AMI, OLD, OLD_AMI, World

SIZE = 4


def document(strategy: dict[str, Any], **web: Any) -> dict[str, Any]:
    """The scenario; `web` adds to the service."""
    service = {"name": "web", "count": 4, "cpu": 512, "memory": 1024, "minimum_healthy_percent": 50}
    group = {"name": OLD, "ami": OLD_AMI, "size": SIZE, "max": 12, "availability_zones": ["a", "b"]}
    return {
        "name": "one group",
        "cluster": CLUSTER,
        "amis": [{"image_id": OLD_AMI, "name": "golden-1"}, {"image_id": NEW_AMI, "name": "golden-2"}],
        "node_groups": [group],
        "services": [service | web],
        "input": {"ami": NEW_AMI, "strategy": strategy},
    }


class OneGroup(World):
    """The group moves on to the new AMI by a new version of its launch template."""

    def point_at_the_target(self) -> None:
        """The group launches the new AMI from now on."""
        group = self.region.scaling.group(OLD)
        assert group.template is not None
        template = self.region.ec2.templates.find(group.template["LaunchTemplateId"], None)
        source = {"LaunchTemplateId": template.template_id, "SourceVersion": "1"}
        self.ec2.create_launch_template_version(**source, LaunchTemplateData={"ImageId": NEW_AMI})
        self.scaling.update_auto_scaling_group(
            AutoScalingGroupName=OLD,
            LaunchTemplate={"LaunchTemplateId": template.template_id, "Version": "2"},
        )

    def of(self, ami: str) -> list[str]:
        """Instances of that AMI, oldest first."""
        hosts = sorted(self.region.instances(OLD), key=lambda host: host.launched_at)
        return [host.instance_id for host in hosts if host.image_id == ami]

    def pin(self, *amis: str) -> None:
        """The service's constraints pin these AMIs, none of them lifts the pin; a forced deployment follows."""
        pins = [{"type": "memberOf", "expression": f"attribute:ecs.ami-id == {ami}"} for ami in amis]
        self.ecs.update_service(cluster=CLUSTER, service="web", placementConstraints=pins, forceNewDeployment=True)
        self.wait()


@contextmanager
def one_group(strategy: dict[str, Any], **web: Any) -> Iterator[OneGroup]:
    """The region is open, nothing has been done."""
    with Simulation(from_json(document(strategy, **web)), 1, ensure_synthesized()) as region:
        yield OneGroup(region)
