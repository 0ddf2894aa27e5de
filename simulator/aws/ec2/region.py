"""EC2's state and what the rest of the region does with it: launch and terminate machines."""

import base64
import binascii
from dataclasses import dataclass, field

from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ssm.models import ssm_backends

from simulator.api.dispatch import ApiError
from simulator.aws.ec2.errors import image_not_found, invalid_value
from simulator.aws.ec2.images import Images
from simulator.aws.ec2.instances import Instances
from simulator.aws.ec2.network import ACCOUNT, Network
from simulator.aws.ec2.templates import LaunchTemplates
from simulator.kernel.clock import Clock
from simulator.kernel.events import Bus
from simulator.kernel.random_streams import RandomStreams
from simulator.kernel.simulated_instance import (
    InstanceLaunched,
    InstanceRunning,
    InstanceState,
    InstanceStopping,
    InstanceTerminated,
    SimulatedInstance,
)
from simulator.scenario.model import Ami, Timings


class LaunchRefused(Exception):
    """EC2 refuses the launch; the text is what a scaling activity shows as its StatusMessage."""


@dataclass(frozen=True)
class LaunchOrder:
    """One machine to launch. `image` may be `resolve:ssm:<parameter>`; `user_data` is plain text."""

    image: str
    instance_type: str
    availability_zone: str
    subnet_id: str
    group: str = ""
    template_id: str = ""
    template_version: int = 0
    user_data: str = ""
    spot: bool = False
    tags: dict[str, str] = field(default_factory=dict)


class Ec2:
    """EC2 in one region. Make it inside `mock_aws`: the VPC is moto's."""

    def __init__(
        self, clock: Clock, random_streams: RandomStreams, bus: Bus, timings: Timings, region: str = "eu-west-1"
    ) -> None:
        self.clock = clock
        self.random_streams = random_streams
        self.bus = bus
        self.timings = timings
        self.network = Network(region, random_streams.seed)
        self.templates = LaunchTemplates(clock, random_streams)
        self.images = Images(self._parameter)
        self.instances = Instances(clock, self.network, self.images)

    def register(self, ami: Ami) -> None:
        """Make a machine image exist, in whatever state it says."""
        self.images.register(ami)

    def subnet_of(self, zone: str) -> str:
        """The subnet of the default VPC in that availability zone (`eu-west-1a` or `a`)."""
        return self.network.subnet_of(zone)

    def check(self, order: LaunchOrder) -> Ami:
        """The image that the order would launch.

        Raises LaunchRefused: no such image, no such subnet, an instance type of another architecture (EC2 guide,
        "Troubleshoot instance launch issues"), or an image whose launch fails by the scenario.
        """
        try:
            ami = self.images.get(self.images.resolve(order.image))
        except ApiError as error:
            raise LaunchRefused(f"{error.message}. Launching EC2 instance failed.") from error
        if ami.state == "deregistered":
            raise LaunchRefused(f"{image_not_found([ami.image_id]).message}. Launching EC2 instance failed.")
        if ami.launch == "fails" or ami.state != "available":
            raise LaunchRefused(f"The image '{ami.image_id}' is not available. Launching EC2 instance failed.")
        if self.network.zone_of(order.subnet_id) is None:
            raise LaunchRefused(f"The subnet ID '{order.subnet_id}' does not exist. Launching EC2 instance failed.")
        _same_architecture(order.instance_type, ami)
        return ami

    def launch(self, order: LaunchOrder) -> SimulatedInstance:
        """Launch one machine: pending now, running after `timings.launch_seconds`. Raises LaunchRefused."""
        ami = self.check(order)
        instance = SimulatedInstance(
            instance_id=f"i-{self.random_streams.hex('instance', 17)}",
            image_id=ami.image_id,
            instance_type=order.instance_type,
            availability_zone=order.availability_zone,
            subnet_id=order.subnet_id,
            group=order.group,
            template_id=order.template_id,
            template_version=order.template_version,
            user_data=order.user_data,
            launched_at=self.clock.now,
            spot=order.spot,
            vpc_id=self.network.vpc_id,
        )
        self.instances.add(instance, order.tags)
        self.clock.after(
            self.random_streams.seconds("launch", self.timings.launch_seconds), lambda: self._running(instance)
        )
        self.bus.emit(InstanceLaunched(instance, instance.image_id, instance.availability_zone, instance.group))
        return instance

    def terminate(self, instance: SimulatedInstance, reason: str) -> None:
        """Shut the machine down, now; it is terminated after `timings.terminate_seconds`. Once is as good as twice."""
        if not instance.alive:
            return
        instance.state = InstanceState.SHUTTING_DOWN
        seconds = self.random_streams.seconds("terminate", self.timings.terminate_seconds)
        self.clock.after(seconds, lambda: self._terminated(instance))
        self.bus.emit(InstanceStopping(instance, reason))

    def _running(self, instance: SimulatedInstance) -> None:
        if instance.state is InstanceState.PENDING:
            instance.state = InstanceState.RUNNING
            self.bus.emit(InstanceRunning(instance))

    def _terminated(self, instance: SimulatedInstance) -> None:
        instance.state = InstanceState.TERMINATED
        self.instances.ended(instance)
        self.bus.emit(InstanceTerminated(instance))

    def _parameter(self, name: str) -> str:
        """The value of an SSM parameter, as EC2 reads it for `resolve:ssm:`."""
        found = ssm_backends[ACCOUNT][self.network.region].get_parameter(name)
        if found is None:
            raise invalid_value(f"The parameter '{name}' does not exist")
        return str(found.value)


def decoded(user_data: str | None) -> str:
    """User data as text; LaunchTemplateData carries it in base64. What is no base64 is taken as it is."""
    if not user_data:
        return ""
    try:
        return base64.b64decode(user_data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return user_data


def _same_architecture(instance_type: str, ami: Ami) -> None:
    known = INSTANCE_TYPES.get(instance_type)
    if known is None:
        raise LaunchRefused(f"Invalid instance type '{instance_type}'. Launching EC2 instance failed.")
    supported = known["ProcessorInfo"]["SupportedArchitectures"]
    if ami.architecture not in supported:
        raise LaunchRefused(
            f"The architecture '{','.join(supported)}' of the specified instance type does not match the architecture "
            f"'{ami.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching "
            "architectures, and try again. Launching EC2 instance failed."
        )
