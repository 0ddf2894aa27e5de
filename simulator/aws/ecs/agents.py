"""The ECS agent on each instance: it registers it, keeps or loses its connection, and ends with the instance."""

import base64
import re
from collections.abc import Callable

from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.events import AgentConnectionChanged, ContainerInstanceDeregistered, ContainerInstanceRegistered
from simulator.aws.ecs.lifecycle import Lifecycle
from simulator.aws.ecs.resource_accounting import ResourceAccounting
from simulator.aws.ecs.state import Cluster, ContainerInstance, Task
from simulator.kernel.instance_types import instance_type_facts
from simulator.kernel.simulated_instance import InstanceRunning, InstanceStopping, InstanceTerminated, SimulatedInstance

FLAP_LASTS_SECONDS = (2.0, 8.0)

_CLUSTER_LINES = (
    re.compile(r"""ECS_CLUSTER=["']?([\w-]+)"""),  # /etc/ecs/ecs.config of the ECS-optimized AMIs
    re.compile(r"""^\s*cluster\s*=\s*["']([\w-]+)["']""", re.MULTILINE),  # Bottlerocket's settings.ecs
)


class Agents:
    """Follows the life of EC2 instances and keeps the container instances accordingly."""

    def __init__(self, context: EcsContext, lifecycle: Lifecycle, default_cluster: Callable[[], Cluster]) -> None:
        self.context = context
        self.lifecycle = lifecycle
        self.default_cluster = default_cluster
        self._flapping: dict[str, None] = {}
        self._gone: dict[str, None] = {}
        context.bus.subscribe(InstanceRunning, self._booted)
        context.bus.subscribe(InstanceStopping, self._stopping)
        context.bus.subscribe(InstanceTerminated, self._terminated)

    def start_flapping(self) -> None:
        """Let agents flap from now on where the timings or their images say so."""
        for instance in self.context.instances_by_ec2_id.values():
            self._flap_later(instance)

    def _booted(self, event: InstanceRunning) -> None:
        if self.context.ami_of(event.host.image_id).agent == "never_connects":
            return
        seconds = self.context.random_streams.seconds("ecs.agent", self.context.timings.agent_seconds)
        self.context.clock.after(seconds, lambda: self._register(event.host))

    def _register(self, ec2_instance: SimulatedInstance) -> None:
        cluster = self._cluster_of(ec2_instance)
        if not ec2_instance.alive or cluster is None or ec2_instance.instance_id in self._gone:
            return
        provider = self.context.provider_of_group(cluster, ec2_instance.group)
        facts, ami = instance_type_facts(ec2_instance.instance_type), self.context.ami_of(ec2_instance.image_id)
        identity = self.context.random_streams.hex("ecs.instance", 32)
        instance = ContainerInstance(
            arn=self.context.arn("container-instance", cluster.name, identity),
            id=identity,
            order=self.context.next_order(),
            cluster=cluster,
            ec2_instance=ec2_instance,
            accounting=ResourceAccounting(facts.cpu, facts.memory, facts.gpu),
            attributes={**_built_in_attributes(ec2_instance, facts.architecture), **ec2_instance.attributes},
            capacity_provider_name=provider.name if provider else None,
            registered_at=self.context.now,
            custom_attributes=dict.fromkeys(ec2_instance.attributes),
            agent_version=ami.agent_version,
            docker_version=ami.docker_version,
        )
        cluster.instances[identity] = instance
        self.context.instances_by_ec2_id[ec2_instance.instance_id] = instance
        self.context.bus.emit(ContainerInstanceRegistered(instance, cluster))
        self._flap_later(instance)

    def _cluster_of(self, ec2_instance: SimulatedInstance) -> Cluster | None:
        """The cluster its user data names; `default` is made by the agent itself where it is missing."""
        text = _plain(ec2_instance.user_data)
        named = next((found[1] for line in _CLUSTER_LINES if (found := line.search(text))), None)
        if named is None or named == "default":
            return self.default_cluster()
        cluster = self.context.clusters.get(named)
        return cluster if cluster and cluster.status == "ACTIVE" else None

    def _stopping(self, event: InstanceStopping) -> None:
        """The machine shuts down: agent and containers go with it at once."""
        instance = self.context.instances_by_ec2_id.get(event.host.instance_id)
        if instance is None or self._stays(instance):
            return
        self._connect(instance, False)
        for task in list(instance.tasks.values()):
            self.lifecycle.kill(task, f"Host EC2 (instance {event.host.instance_id}) terminated.")

    def _terminated(self, event: InstanceTerminated) -> None:
        """Botocore, `DeregisterContainerInstance`: that deregisters it, but not where its agent was gone before."""
        instance = self.context.instances_by_ec2_id.get(event.host.instance_id)
        if instance is not None and not self._stays(instance):
            self.deregister(instance)

    def _stays(self, instance: ContainerInstance) -> bool:
        return instance.agent_gone and self.context.aws.terminated_without_agent == "stay"

    def disconnect(self, instance_id: str) -> None:
        """The agent on that machine is gone for good; one that has not registered yet never will."""
        self._gone[instance_id] = None
        instance = self.context.instances_by_ec2_id.get(instance_id)
        if instance is not None:
            instance.agent_gone = True
            self._connect(instance, False)

    def reboot(self, instance_id: str) -> None:
        """The machine reboots: its containers are gone at once, and ECS hears of it when the agent is back."""
        instance = self.context.instances_by_ec2_id.get(instance_id)
        if instance is None or not self._alive(instance):
            return
        self._connect(instance, False)
        died = list(instance.tasks.values())
        for task in died:
            self.lifecycle.die(task)
        seconds = self.context.random_streams.seconds("ecs.reboot", self.context.timings.agent_seconds)
        self.context.clock.after(seconds, lambda: self._rebooted(instance, died))

    def _rebooted(self, instance: ContainerInstance, died: list[Task]) -> None:
        if not self._alive(instance):
            return
        self._connect(instance, True)
        for task in died:
            if task.id in instance.tasks:
                self.lifecycle.crash_in(task, 0.0)

    def deregister(self, instance: ContainerInstance) -> None:
        """INACTIVE: out of the lists, still described when asked for."""
        instance.status, instance.agent_connected = "INACTIVE", False
        instance.version += 1
        instance.cluster.inactive[instance.id] = instance
        del instance.cluster.instances[instance.id]
        del self.context.instances_by_ec2_id[instance.ec2_instance.instance_id]
        self._flapping.pop(instance.id, None)
        self.context.bus.emit(ContainerInstanceDeregistered(instance))

    def _flap_later(self, instance: ContainerInstance) -> None:
        ami = self.context.ami_of(instance.ec2_instance.image_id)
        mean = ami.agent_flap_seconds if ami.agent == "flaps" else self.context.timings.agent_flap_seconds
        if mean <= 0 or instance.id in self._flapping:
            return
        self._flapping[instance.id] = None
        seconds = self.context.random_streams.stream("ecs.flap").expovariate(1 / mean)
        self.context.clock.after(round(seconds, 3), lambda: self._flap(instance))

    def _flap(self, instance: ContainerInstance) -> None:
        if not self._alive(instance):
            return
        self._connect(instance, False)
        ami = self.context.ami_of(instance.ec2_instance.image_id)
        lasts = ami.agent_flap_lasts_seconds if ami.agent == "flaps" else FLAP_LASTS_SECONDS
        seconds = self.context.random_streams.seconds("ecs.flap", lasts)
        self.context.clock.after(seconds, lambda: self._come_back(instance))

    def _come_back(self, instance: ContainerInstance) -> None:
        self._flapping.pop(instance.id, None)
        if self._alive(instance):
            self._connect(instance, True)
            self._flap_later(instance)

    def _alive(self, instance: ContainerInstance) -> bool:
        return instance.status != "INACTIVE" and instance.ec2_instance.alive and not instance.agent_gone

    def _connect(self, instance: ContainerInstance, connected: bool) -> None:
        if instance.agent_connected != connected:
            instance.agent_connected = connected
            instance.version += 1
            self.context.bus.emit(AgentConnectionChanged(instance, connected))


def _built_in_attributes(ec2_instance: SimulatedInstance, architecture: str) -> dict[str, str | None]:
    """Those the agent sets itself (developer guide, "container instance attributes")."""
    return {
        "ecs.ami-id": ec2_instance.image_id,
        "ecs.availability-zone": ec2_instance.availability_zone,
        "ecs.cpu-architecture": architecture,
        "ecs.instance-type": ec2_instance.instance_type,
        "ecs.os-family": "LINUX",
        "ecs.os-type": "linux",
        "ecs.subnet-id": ec2_instance.subnet_id,
        "ecs.vpc-id": ec2_instance.vpc_id,
        "ecs.capability.docker-remote-api.1.44": None,
        "ecs.capability.task-eni": None,
    }


def _plain(user_data: str) -> str:
    """User data as text, whether or not it is base64 as launch templates carry it."""
    try:
        return base64.b64decode(user_data, validate=True).decode()
    except ValueError:
        return user_data
