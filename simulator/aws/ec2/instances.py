"""EC2 instances: what is running, by id, and how the API shows it."""

import ipaddress
import re
from collections import deque
from datetime import timedelta
from typing import Any

from simulator.aws.ec2.errors import instance_not_found, malformed_id
from simulator.aws.ec2.filters import Reader, matching
from simulator.aws.ec2.images import Images
from simulator.aws.ec2.network import Network
from simulator.kernel.clock import EPOCH, Clock
from simulator.kernel.simulated_instance import InstanceState, SimulatedInstance

STATE_CODES = {
    InstanceState.PENDING: 0,
    InstanceState.RUNNING: 16,
    InstanceState.SHUTTING_DOWN: 32,
    InstanceState.TERMINATED: 48,
}
INSTANCE_ID = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})")
"""EC2 user guide, "Resource IDs": eight hexadecimal digits, or seventeen."""

REMEMBERED_SECONDS = 3600.0
"""EC2 guide, "How instance termination works": a terminated instance "remains visible in the console for a short
while"; an hour in practice."""


class Instances:
    """All instances, pending to terminated. A terminated one is forgotten an hour later."""

    def __init__(self, clock: Clock, network: Network, images: Images) -> None:
        self._clock = clock
        self._network = network
        self._images = images
        self._by_id: dict[str, SimulatedInstance] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._addresses: dict[str, str] = {}
        self._ended: deque[tuple[float, str]] = deque()
        self._next_address = int(ipaddress.IPv4Address("172.31.0.10"))
        self._readers = self._make_readers()

    def add(self, instance: SimulatedInstance, tags: dict[str, str]) -> None:
        """A new instance with its tags."""
        self._forget_long_ended()
        self._by_id[instance.instance_id] = instance
        self._tags[instance.instance_id] = dict(tags)
        self._addresses[instance.instance_id] = str(ipaddress.IPv4Address(self._next_address))
        self._next_address += 1

    def ended(self, instance: SimulatedInstance) -> None:
        """The instance is terminated from now on."""
        self._ended.append((self._clock.now, instance.instance_id))

    def find(self, instance_ids: list[str]) -> list[SimulatedInstance]:
        """These instances; raises InvalidInstanceID.NotFound (or .Malformed) as a whole when one of them is unknown."""
        for instance_id in instance_ids:
            if not INSTANCE_ID.fullmatch(instance_id):
                raise malformed_id("InvalidInstanceID", instance_id)
        if unknown := [instance_id for instance_id in instance_ids if instance_id not in self._by_id]:
            raise instance_not_found(unknown)
        return [self._by_id[instance_id] for instance_id in instance_ids]

    def get(self, instance_id: str) -> SimulatedInstance | None:
        """The instance, None when there is none (any more)."""
        return self._by_id.get(instance_id)

    def tags(self, instance_id: str) -> dict[str, str]:
        """The instance's tags, to read and to change."""
        return self._tags[instance_id]

    def select(self, instance_ids: list[str], filters: list[dict[str, Any]]) -> list[SimulatedInstance]:
        """The instances of these ids (all without) that pass the filters, in the order they were launched."""
        self._forget_long_ended()
        instances = self.find(instance_ids) if instance_ids else list(self._by_id.values())
        return matching(instances, filters, self._readers, lambda instance: self._tags[instance.instance_id])

    def describe(self, instance: SimulatedInstance) -> dict[str, Any]:
        """The instance as DescribeInstances shows it."""
        shown: dict[str, Any] = {
            "InstanceId": instance.instance_id,
            "ImageId": instance.image_id,
            "InstanceType": instance.instance_type,
            "State": state(instance),
            "LaunchTime": EPOCH + timedelta(seconds=instance.launched_at),
            "Placement": {"AvailabilityZone": instance.availability_zone, "Tenancy": "default"},
            "Architecture": self._architecture(instance),
            "RootDeviceName": "/dev/xvda",
            "RootDeviceType": "ebs",
            "Tags": [{"Key": key, "Value": value} for key, value in sorted(self._tags[instance.instance_id].items())],
        }
        if instance.spot:
            shown["InstanceLifecycle"] = "spot"
        if instance.state is not InstanceState.TERMINATED:
            shown |= {"SubnetId": instance.subnet_id, "VpcId": self._network.vpc_id} | self._address(instance)
        return shown

    def _address(self, instance: SimulatedInstance) -> dict[str, str]:
        address = self._addresses[instance.instance_id]
        name = f"ip-{address.replace('.', '-')}.{self._network.region}.compute.internal"
        return {"PrivateIpAddress": address, "PrivateDnsName": name}

    def _architecture(self, instance: SimulatedInstance) -> str:
        return self._images.get(instance.image_id).architecture

    def _make_readers(self) -> dict[str, Reader[SimulatedInstance]]:
        return {
            "instance-id": lambda instance: instance.instance_id,
            "image-id": lambda instance: instance.image_id,
            "instance-type": lambda instance: instance.instance_type,
            "instance-state-name": lambda instance: instance.state.value,
            "instance-state-code": lambda instance: str(STATE_CODES[instance.state]),
            "availability-zone": lambda instance: instance.availability_zone,
            "subnet-id": lambda instance: instance.subnet_id,
            "vpc-id": lambda _host: self._network.vpc_id,
            "architecture": self._architecture,
            "instance-lifecycle": lambda instance: "spot" if instance.spot else None,
            "private-ip-address": lambda instance: self._addresses[instance.instance_id],
        }

    def _forget_long_ended(self) -> None:
        while self._ended and self._ended[0][0] + REMEMBERED_SECONDS < self._clock.now:
            _, instance_id = self._ended.popleft()
            for known in (self._by_id, self._tags, self._addresses):
                known.pop(instance_id, None)


def state(instance: SimulatedInstance) -> dict[str, Any]:
    """EC2's InstanceState of the instance."""
    return {"Code": STATE_CODES[instance.state], "Name": instance.state.value}
