"""The sample's services, one for each thing that a rollout has to be careful with.

web     behind a load balancer, target tracking, on both architectures; it answers its architecture and its AMI
files   writes to an EFS file system that outlives its instance
fixed   has a static host port: one task an instance
worker  on Arm only, without a load balancer
beat    a daemon, one on each instance
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_logs as logs
from constructs import Construct

from workflow.sample.node_groups import NodeGroup

IMAGE = "public.ecr.aws/docker/library/python:3.13-alpine"  # for both architectures
WEB = Path(__file__).with_name("web.py")
WEB_PORT, FIXED_PORT = 8080, 9100
BEAT = "while true; do date; sleep 60; done"
WRITE = "while true; do date >> /files/dates; sleep 5; done"


class Services(Construct):
    """All of them, and the load balancer."""

    def __init__(self, scope: Construct, name: str, cluster: ecs.Cluster, groups: Sequence[NodeGroup]) -> None:
        super().__init__(scope, name)
        self._cluster = cluster
        self._x86, self._arm = groups
        self._logs = logs.LogGroup(
            self, "Logs", retention=logs.RetentionDays.ONE_WEEK, removal_policy=RemovalPolicy.DESTROY
        )
        self.balancer = elb.ApplicationLoadBalancer(self, "Balancer", vpc=cluster.vpc, internet_facing=True)
        for group in groups:  # dynamic ports
            group.security_group.connections.allow_from(self.balancer, ec2.Port.tcp_range(32768, 65535))
        self._web()
        self._files()
        self._fixed()
        self._service("worker", self._task("worker", BEAT), count=2, on=[self._arm])
        self._daemon()

    def _web(self) -> None:
        task = self._task("web", WEB.read_text(), program="python", port=WEB_PORT)
        service = self._service("web", task, count=4, on=[self._x86, self._arm])
        listener = self.balancer.add_listener("Http", port=80)
        targets = listener.add_targets(
            "Web",
            port=80,
            targets=[service],
            deregistration_delay=Duration.seconds(30),
            health_check=elb.HealthCheck(path="/health", port="traffic-port", interval=Duration.seconds(10)),
        )
        scaling = service.auto_scale_task_count(min_capacity=4, max_capacity=12)
        scaling.scale_on_request_count("Requests", requests_per_target=100, target_group=targets)

    def _files(self) -> None:
        """An instance mounts the file system: its security group is the client's."""
        system = efs.FileSystem(
            self,
            "FileSystem",
            vpc=self._cluster.vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
            encrypted=True,
            removal_policy=RemovalPolicy.DESTROY,
        )
        for group in (self._x86, self._arm):
            system.connections.allow_default_port_from(group.security_group)
        task = self._task("files", WRITE)
        volume = ecs.EfsVolumeConfiguration(file_system_id=system.file_system_id, transit_encryption="ENABLED")
        task.add_volume(name="files", efs_volume_configuration=volume)
        container = task.default_container
        if container is not None:
            container.add_mount_points(ecs.MountPoint(container_path="/files", source_volume="files", read_only=False))
        self._service("files", task, count=2, on=[self._x86]).node.add_dependency(system)

    def _fixed(self) -> None:
        task = self._task("fixed", f"python -m http.server {FIXED_PORT}", port=FIXED_PORT, host_port=FIXED_PORT)
        self._service("fixed", task, count=2, on=[self._x86])

    def _daemon(self) -> None:
        ecs.Ec2Service(
            self,
            "beat",
            cluster=self._cluster,
            service_name="beat",
            task_definition=self._task("beat", BEAT, memory=32),
            daemon=True,
            min_healthy_percent=0,
            max_healthy_percent=100,
        )

    def _task(
        self, name: str, code: str, *, program: str = "sh", port: int = 0, host_port: int = 0, memory: int = 128
    ) -> ecs.Ec2TaskDefinition:
        task = ecs.Ec2TaskDefinition(self, f"{name}-task", family=f"rollout-sample-{name}")
        mapping = ecs.PortMapping(container_port=port, host_port=host_port) if port else None
        task.add_container(
            name,
            image=ecs.ContainerImage.from_registry(IMAGE),
            command=[program, "-c", code],
            cpu=64,
            memory_limit_mib=memory,
            stop_timeout=Duration.seconds(30),
            logging=ecs.LogDriver.aws_logs(stream_prefix=name, log_group=self._logs),
            port_mappings=[mapping] if mapping else None,
        )
        return task

    def _service(
        self, name: str, task: ecs.Ec2TaskDefinition, *, count: int, on: Sequence[NodeGroup]
    ) -> ecs.Ec2Service:
        shares: list[Any] = [
            ecs.CapacityProviderStrategy(capacity_provider=node_group.provider.capacity_provider_name, weight=1)
            for node_group in on
        ]
        service = ecs.Ec2Service(
            self,
            name,
            cluster=self._cluster,
            service_name=name,
            task_definition=task,
            desired_count=count,
            min_healthy_percent=100,
            max_healthy_percent=200,
            capacity_provider_strategies=shares,
            circuit_breaker=ecs.DeploymentCircuitBreaker(rollback=True),
            placement_strategies=[ecs.PlacementStrategy.spread_across_instances()],
        )
        service.node.add_dependency(self._cluster)  # which is the providers' association, too
        return service
