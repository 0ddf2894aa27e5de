"""EC2 instances: what is running, by id, and how the API shows it."""

import ipaddress
from collections import deque
from datetime import timedelta
from typing import Any

from simulator.aws.ec2.errors import instance_not_found, malformed_id
from simulator.aws.ec2.filters import Reader, matching
from simulator.aws.ec2.images import Images
from simulator.aws.ec2.network import Network
from simulator.kernel.clock import EPOCH, Clock
from simulator.kernel.simulated_instance import Host, HostState

STATE_CODES = {
    HostState.PENDING: 0,
    HostState.RUNNING: 16,
    HostState.SHUTTING_DOWN: 32,
    HostState.TERMINATED: 48,
}
REMEMBERED_SECONDS = 3600.0
"""EC2 guide, "How instance termination works": a terminated instance "remains visible in the console for a short
while"; an hour in practice."""


class Instances:
    """All instances, pending to terminated. A terminated one is forgotten an hour later."""

    def __init__(self, clock: Clock, network: Network, images: Images) -> None:
        self._clock = clock
        self._network = network
        self._images = images
        self._by_id: dict[str, Host] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._addresses: dict[str, str] = {}
        self._ended: deque[tuple[float, str]] = deque()
        self._next_address = int(ipaddress.IPv4Address("172.31.0.10"))
        self._readers = self._make_readers()

    def add(self, host: Host, tags: dict[str, str]) -> None:
        """A new instance with its tags."""
        self._forget_long_ended()
        self._by_id[host.instance_id] = host
        self._tags[host.instance_id] = dict(tags)
        self._addresses[host.instance_id] = str(ipaddress.IPv4Address(self._next_address))
        self._next_address += 1

    def ended(self, host: Host) -> None:
        """The instance is terminated from now on."""
        self._ended.append((self._clock.now, host.instance_id))

    def find(self, instance_ids: list[str]) -> list[Host]:
        """These instances; raises InvalidInstanceID.NotFound (or .Malformed) as a whole when one of them is unknown."""
        for instance_id in instance_ids:
            if not instance_id.startswith("i-"):
                raise malformed_id("InvalidInstanceID", instance_id)
        if unknown := [instance_id for instance_id in instance_ids if instance_id not in self._by_id]:
            raise instance_not_found(unknown)
        return [self._by_id[instance_id] for instance_id in instance_ids]

    def get(self, instance_id: str) -> Host | None:
        """The instance, None when there is none (any more)."""
        return self._by_id.get(instance_id)

    def tags(self, instance_id: str) -> dict[str, str]:
        """The instance's tags, to read and to change."""
        return self._tags[instance_id]

    def select(self, instance_ids: list[str], filters: list[dict[str, Any]]) -> list[Host]:
        """The instances of these ids (all without) that pass the filters, in the order they were launched."""
        self._forget_long_ended()
        hosts = self.find(instance_ids) if instance_ids else list(self._by_id.values())
        return matching(hosts, filters, self._readers, lambda host: self._tags[host.instance_id])

    def describe(self, host: Host) -> dict[str, Any]:
        """The instance as DescribeInstances shows it."""
        shown: dict[str, Any] = {
            "InstanceId": host.instance_id,
            "ImageId": host.image_id,
            "InstanceType": host.instance_type,
            "State": state(host),
            "LaunchTime": EPOCH + timedelta(seconds=host.launched_at),
            "Placement": {"AvailabilityZone": host.availability_zone, "Tenancy": "default"},
            "Architecture": self._architecture(host),
            "RootDeviceName": "/dev/xvda",
            "RootDeviceType": "ebs",
            "Tags": [{"Key": key, "Value": value} for key, value in sorted(self._tags[host.instance_id].items())],
        }
        if host.spot:
            shown["InstanceLifecycle"] = "spot"
        if host.state is not HostState.TERMINATED:
            shown |= {"SubnetId": host.subnet_id, "VpcId": self._network.vpc_id} | self._address(host)
        return shown

    def _address(self, host: Host) -> dict[str, str]:
        address = self._addresses[host.instance_id]
        name = f"ip-{address.replace('.', '-')}.{self._network.region}.compute.internal"
        return {"PrivateIpAddress": address, "PrivateDnsName": name}

    def _architecture(self, host: Host) -> str:
        return self._images.get(host.image_id).architecture

    def _make_readers(self) -> dict[str, Reader[Host]]:
        return {
            "instance-id": lambda host: host.instance_id,
            "image-id": lambda host: host.image_id,
            "instance-type": lambda host: host.instance_type,
            "instance-state-name": lambda host: host.state.value,
            "instance-state-code": lambda host: str(STATE_CODES[host.state]),
            "availability-zone": lambda host: host.availability_zone,
            "subnet-id": lambda host: host.subnet_id,
            "vpc-id": lambda _host: self._network.vpc_id,
            "architecture": self._architecture,
            "instance-lifecycle": lambda host: "spot" if host.spot else None,
            "private-ip-address": lambda host: self._addresses[host.instance_id],
        }

    def _forget_long_ended(self) -> None:
        while self._ended and self._ended[0][0] + REMEMBERED_SECONDS < self._clock.now:
            _, instance_id = self._ended.popleft()
            for known in (self._by_id, self._tags, self._addresses):
                known.pop(instance_id, None)


def state(host: Host) -> dict[str, Any]:
    """EC2's InstanceState of the host."""
    return {"Code": STATE_CODES[host.state], "Name": host.state.value}
