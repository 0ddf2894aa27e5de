"""A cluster with an old node group, a prepared second one, and a service on the old one's provider; moves by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from handlers import catalogue
from simulator.api.clients import client
from simulator.cdk_output import ensure_synthesized
from simulator.invariants.monitor import Monitor
from simulator.scenario.load import from_json
from simulator.simulation import Simulation

OLD_AMI, NEW_AMI = "ami-0aaaaaaaaaaaaaaa1", "ami-0bbbbbbbbbbbbbbb2"
CLUSTER, OLD, NEW = "prod", "old-nodes", "new-nodes"
OLD_CP, NEW_CP = "old-cp", "new-cp"
SIZE = 3


def document(**changes: Any) -> dict[str, Any]:
    """The scenario; `strategy` replaces the input's strategy, `web` adds to the service, `groups` to both groups."""
    group = {"size": SIZE, "max": 6, "instance_type": "m6i.large", **changes.pop("groups", {})}
    web = {"name": "web", "count": 3, "cpu": 1024, "memory": 2048, "minimum_healthy_percent": 100}
    web["capacity_provider_strategy"] = [{"capacityProvider": OLD_CP, "weight": 1}]
    strategy = changes.pop("strategy", {"type": "capacity-provider", "target": NEW_CP, "steps": ["all"]})
    return {
        "name": "two groups",
        "cluster": CLUSTER,
        "amis": [{"image_id": OLD_AMI, "name": "golden-1"}, {"image_id": NEW_AMI, "name": "golden-2"}],
        "node_groups": [
            {"name": OLD, "ami": OLD_AMI, "capacity_provider": OLD_CP, **group},
            {"name": NEW, "ami": NEW_AMI, "capacity_provider": NEW_CP, **group, "size": 0},
        ],
        "services": [web | changes.pop("web", {})],
        "alarms": [{"name": "errors"}],
        "input": {"capacity_provider": OLD_CP, "ami": NEW_AMI, "alarms": ["errors"], "strategy": strategy},
        **changes,
    }


class World:
    """The region, the invariants over it, and what a rollout would do, by the API."""

    def __init__(self, region: Simulation) -> None:
        self.region = region
        self.ecs, self.scaling, self.ec2 = (client(name, "eu-west-1") for name in ("ecs", "autoscaling", "ec2"))
        self.monitor = Monitor(region)

    @property
    def broken(self) -> set[str]:
        """The promises that were broken so far."""
        return {violation.invariant for violation in self.monitor.violations}

    @property
    def said(self) -> str:
        """The violations, to be read."""
        return "\n".join(str(violation) for violation in self.monitor.violations)

    def ids(self, group: str) -> list[str]:
        """Instances of the group, oldest first."""
        hosts = sorted(self.region.instances(group), key=lambda host: host.launched_at)
        return [host.instance_id for host in hosts]

    def wait(self, seconds: float = 300.0) -> None:
        """Let time pass."""
        self.region.clock.advance(seconds)

    def resize(self, group: str, desired: int) -> None:
        """SetDesiredCapacity, and the instances come."""
        self.scaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=desired)
        self.wait()

    def switch(self, provider: str = NEW_CP) -> None:
        """One deployment onto that provider."""
        strategy = [{"capacityProvider": provider, "weight": 1}]
        self.ecs.update_service(
            cluster=CLUSTER, service="web", capacityProviderStrategy=strategy, forceNewDeployment=True
        )
        self.wait()

    def drain(self, *instance_ids: str) -> None:
        """DRAINING, one by one."""
        for instance_id in instance_ids:
            instance = self.region.ecs.instance_on(instance_id)
            assert instance is not None
            self.ecs.update_container_instances_state(
                cluster=CLUSTER, containerInstances=[instance.arn], status="DRAINING"
            )

    def terminate(self, *instance_ids: str) -> None:
        """By id, the group gets smaller."""
        for instance_id in instance_ids:
            self.scaling.terminate_instance_in_auto_scaling_group(
                InstanceId=instance_id, ShouldDecrementDesiredCapacity=True
            )
        self.wait()

    def roll_out(self) -> None:
        """All of it, as it should be done."""
        self.resize(NEW, SIZE)
        self.switch()
        self.drain(*self.ids(OLD))
        self.wait()
        self.terminate(*self.ids(OLD))

    def end(self, last_state: str = catalogue.ROLLED_OUT.forward) -> str:
        """Check the end."""
        status = "SUCCEEDED" if last_state == catalogue.ROLLED_OUT.forward else "FAILED"
        return self.monitor.check_end(status=status, last_state=last_state, history_events=1, peak_payload_bytes=1)


@contextmanager
def world(**changes: Any) -> Iterator[World]:
    """The region is open, nothing has been done."""
    with Simulation(from_json(document(**changes)), 1, ensure_synthesized()) as region:
        yield World(region)
