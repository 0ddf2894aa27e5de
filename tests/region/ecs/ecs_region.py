"""A region of ECS alone: instances are made by emitting EC2's events, Auto Scaling is a recorder."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
from botocore.config import Config

from simulator.aws.ecs.ecs import Ecs
from simulator.aws.ecs.state import Workload
from simulator.kernel.clock import Clock
from simulator.kernel.events import Bus
from simulator.kernel.random_streams import RandomStreams
from simulator.kernel.simulated_instance import (
    InstanceRunning,
    InstanceState,
    InstanceStopping,
    InstanceTerminated,
    SimulatedInstance,
)
from simulator.scenario.model import Ami, Timings

REGION = "eu-west-1"
CLUSTER = "prod"
QUICK = Timings(
    agent_seconds=(30.0, 30.0), start_seconds=(20.0, 20.0), stop_seconds=(10.0, 10.0), healthy_seconds=(40.0, 40.0)
)


@dataclass
class Group:
    """An Auto Scaling group as managed scaling reads it."""

    desired: int = 0
    min_size: int = 0
    max_size: int = 10


@dataclass
class Scaling:
    """Records what ECS asks of Auto Scaling."""

    groups: dict[str, Group] = field(default_factory=dict)
    protected: dict[str, bool] = field(default_factory=dict)
    hooks: dict[str, str] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)
    completed: list[str] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)

    def group(self, name: str) -> Group:
        return self.groups.setdefault(name, Group())

    def set_desired(self, name: str, n: int, cause: str, *, requested_by: object = None) -> None:
        self.group(name).desired = n

    def protect(self, name: str, ids: list[str], on: bool, /) -> None:
        self.protected.update(dict.fromkeys(ids, on))

    def put_hook(self, name: str, hook: str, transition: str, heartbeat: int, result: str) -> None:
        self.hooks[name] = hook

    def remove_hook(self, name: str, hook: str) -> None:
        self.hooks.pop(name, None)

    def put_policy(self, name: str, policy: str, target: float) -> None:
        self.policies[name] = policy

    def remove_policy(self, name: str, policy: str) -> None:
        self.policies.pop(name, None)

    def complete(self, name: str, instance_id: str, hook: str) -> None:
        self.completed.append(instance_id)

    def prolong(self, name: str, instance_id: str, hook: str) -> bool:
        return True

    def mark(self, name: str, tag: str) -> None:
        self.marked.append(name)


class EcsRegion:
    """Clock, ECS, EC2 instances and a boto3 client."""

    def __init__(self, timings: Timings = QUICK, seed: int = 1) -> None:
        self.clock, self.random_streams = Clock(), RandomStreams(seed)
        self.bus = Bus(self.clock)
        self.scaling = Scaling()
        self.amis: dict[str, Ami] = {}
        self.machines: list[SimulatedInstance] = []
        self.events: list[Any] = []
        self.bus.watch(self.events.append)
        self.ecs = Ecs(self.clock, self.random_streams, self.bus, timings, self.ami, self.scaling)
        self.ecs.create_cluster(CLUSTER)

    def ami(self, image_id: str) -> Ami:
        return self.amis.get(image_id, Ami(image_id))

    def boot(self, count: int = 1, **facts: Any) -> list[SimulatedInstance]:
        """Machines that run; their agents register half a minute later."""
        return [self._boot(**facts) for _ in range(count)]

    def _boot(
        self,
        image_id: str = "ami-old",
        instance_type: str = "m6i.large",
        cluster: str = CLUSTER,
        group: str = "asg",
        zone: str | None = None,
        attributes: dict[str, str] | None = None,
        user_data: str | None = None,
    ) -> SimulatedInstance:
        number = len(self.machines) + 1
        machine = SimulatedInstance(
            instance_id=f"i-{number:017x}",
            image_id=image_id,
            instance_type=instance_type,
            availability_zone=REGION + (zone or "abc"[number % 3]),
            subnet_id=f"subnet-{number % 3}",
            group=group,
            template_id="lt-1",
            template_version=1,
            user_data=user_data or f"#!/bin/bash\necho ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config\n",
            launched_at=self.clock.now,
            state=InstanceState.RUNNING,
            attributes=attributes or {},
        )
        self.machines.append(machine)
        self.bus.emit(InstanceRunning(machine))
        return machine

    def fleet(self, count: int, **facts: Any) -> list[SimulatedInstance]:
        """Machines whose agents have registered."""
        machines = self.boot(count, **facts)
        self.clock.advance(31)
        return machines

    def terminate(self, machine: SimulatedInstance) -> None:
        """Shutting down now, gone 30 seconds later."""
        machine.state = InstanceState.SHUTTING_DOWN
        self.bus.emit(InstanceStopping(machine, "test"))
        self.clock.after(30, lambda: self._gone(machine))

    def _gone(self, machine: SimulatedInstance) -> None:
        machine.state = InstanceState.TERMINATED
        self.bus.emit(InstanceTerminated(machine))

    def define(self, family: str = "web", workload: Workload | None = None, **settings: Any) -> str:
        """Register a task definition of 256 CPU units and 512 MiB."""
        container = {"name": "app", "image": "app:1", "cpu": 256, "memory": 512, "essential": True}
        container |= settings.pop("container", {})
        if workload is not None:
            self.ecs.workloads[family] = workload
        self.ecs.register_task_definition(family, [container], **settings)
        return family

    def serve(self, name: str = "web", count: int | None = 2, settle: float = 120, **settings: Any) -> Any:
        """A service on its own task definition, settled."""
        family = settings.pop("family", None) or self.define(name, settings.pop("workload", None))
        minimum, maximum = settings.pop("percent", (100, 200))
        settings.setdefault("deploymentConfiguration", {"minimumHealthyPercent": minimum, "maximumPercent": maximum})
        self.ecs.create_service(name, family, CLUSTER, count, **settings)
        self.clock.advance(settle)
        return self.service(name)

    def behind_load_balancer(
        self, family: str, workload: Workload | None = None, delay_seconds: float = 300.0
    ) -> dict[str, Any]:
        """Settings of a service whose tasks are targets of a group of their own."""
        self.define(family, workload, container={"portMappings": [{"containerPort": 80}]})
        arn = self.ecs.context.target_groups.make(family, 80, delay_seconds)
        target = {"targetGroupArn": arn, "containerName": "app", "containerPort": 80}
        return {"family": family, "loadBalancers": [target]}

    def service(self, name: str = "web") -> Any:
        """The service's state."""
        return self.ecs.clusters[CLUSTER].services[name]

    def drain(self, machines: list[SimulatedInstance]) -> None:
        """Set DRAINING through the API."""
        self.ecs.update_container_instances_state(
            [self.instance(machine).id for machine in machines], "DRAINING", CLUSTER
        )

    def instance(self, machine: SimulatedInstance) -> Any:
        """The container instance on the host."""
        instance = self.ecs.instance_on(machine.instance_id)
        assert instance is not None
        return instance

    def during(self, seconds: float, check: Callable[[], None]) -> None:
        """Let time pass and check after every entry of the clock."""
        end = self.clock.now + seconds
        while (due := self.clock.next_due()) is not None and due <= end:
            self.clock.step()
            check()
        self.clock.advance_to(end)

    def retime(self, **changes: Any) -> None:
        """Exchange some timings."""
        self.ecs.timings = replace(self.ecs.timings, **changes)


def client(endpoint: str | None = None) -> Any:
    """boto3's own client, without retries."""
    return boto3.client(
        "ecs", region_name=REGION, endpoint_url=endpoint, config=Config(retries={"max_attempts": 0}),
        aws_access_key_id="test", aws_secret_access_key="test",
    )  # fmt: skip
