"""What all operations stand on: the shared context and the parts that act."""

from collections.abc import Callable

from simulator.aws.ecs.agents import Agents
from simulator.aws.ecs.context import EcsContext, Scaling
from simulator.aws.ecs.fargate import providers
from simulator.aws.ecs.lifecycle import Lifecycle
from simulator.aws.ecs.managed_draining import ManagedDraining
from simulator.aws.ecs.managed_scaling import ManagedScaling
from simulator.aws.ecs.managed_termination import ManagedTermination
from simulator.aws.ecs.scheduler.scheduler import ServiceScheduler
from simulator.aws.ecs.state import Cluster, ContainerInstance, Workload
from simulator.kernel.clock import Clock
from simulator.kernel.events import Bus
from simulator.kernel.random_streams import RandomStreams
from simulator.scenario.model import Ami, Timings


class ControlPlane:
    """State and moving parts; the operation mixins add the API."""

    def __init__(
        self,
        clock: Clock,
        random_streams: RandomStreams,
        bus: Bus,
        timings: Timings,
        ami_of: Callable[[str], Ami],
        scaling: Scaling,
        region: str = "eu-west-1",
    ) -> None:
        self.context = EcsContext(clock, random_streams, bus, timings, ami_of, scaling, region)
        self.context.capacity_providers.update(providers(self.context))
        self.lifecycle = Lifecycle(self.context)
        self.scheduler = ServiceScheduler(self.context, self.lifecycle)
        self.agents = Agents(self.context, self.lifecycle, self._default_cluster)
        self.managed_scaling = ManagedScaling(self.context)
        self.managed_termination = ManagedTermination(self.context)
        self.managed_draining = ManagedDraining(self.context)

    @property
    def clusters(self) -> dict[str, Cluster]:
        """All clusters by name, deleted ones with status INACTIVE."""
        return self.context.clusters

    @property
    def workloads(self) -> dict[str, Workload]:
        """How containers behave, by task-definition family: filled from the scenario."""
        return self.context.workloads

    @property
    def timings(self) -> Timings:
        """How long things take; may be exchanged at any time, what is under way keeps the old ones."""
        return self.context.timings

    @timings.setter
    def timings(self, timings: Timings) -> None:
        self.context.timings = timings
        self.agents.start_flapping()
        for task in [task for cluster in self.clusters.values() for task in cluster.tasks.values()]:
            if task.last_status == "RUNNING":
                self.lifecycle.crash_sometime(task)

    def instance_on(self, instance_id: str) -> ContainerInstance | None:
        """The registered container instance on that EC2 instance."""
        return self.context.instances_by_ec2_id.get(instance_id)

    def _default_cluster(self) -> Cluster:
        cluster = self.context.clusters.get("default")
        if cluster is None or cluster.status != "ACTIVE":
            cluster = self._new_cluster("default")
        return cluster

    def _new_cluster(self, name: str) -> Cluster:
        cluster = Cluster(arn=self.context.arn("cluster", name), name=name)
        self.context.clusters[name] = cluster
        return cluster
