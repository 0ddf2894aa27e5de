"""What AMIs do to the machines that run them: agents go, machines reboot, status checks fail.

Each is a fault of its kind at an instance, from the execution's start on, so it is told apart from what the rollout
does. What AMIs do to tasks is in `aws/ecs/harm.py`.
"""

from functools import partial

from simulator.aws.ecs.events import ContainerInstanceRegistered
from simulator.faults.faults import Faults
from simulator.kernel.random_streams import Range
from simulator.kernel.simulated_instance import InstanceRunning, SimulatedInstance
from simulator.region import Region


class BadMachines:
    """Watches instances come, and lets happen to each what its AMI does."""

    def __init__(self, region: Region, faults: Faults) -> None:
        self._region, self._faults = region, faults
        for host in [host for group in region.scaling.groups for host in region.instances(group)]:
            self._registers(host)
            self._runs(host)
        region.bus.subscribe(ContainerInstanceRegistered, lambda event: self._registers(event.instance.ec2_instance))
        region.bus.subscribe(InstanceRunning, lambda event: self._runs(event.host))

    def _registers(self, host: SimulatedInstance) -> None:
        ami = self._region.ec2.images.get(host.image_id)
        if ami.agent == "goes":
            self._later(ami.agent_goes_after_seconds, "disconnect_agent", host)

    def _runs(self, host: SimulatedInstance) -> None:
        ami = self._region.ec2.images.get(host.image_id)
        if ami.machine == "reboots":
            self._later(ami.machine_after_seconds, "reboot_instance", host)
        elif ami.machine == "fails_checks":
            self._later(ami.machine_after_seconds, "fail_status_checks", host)

    def _later(self, after: Range, kind: str, host: SimulatedInstance) -> None:
        seconds = self._region.random_streams.seconds("bad machines", after)
        self._region.clock.after(seconds, partial(self._strike, kind, host))

    def _strike(self, kind: str, host: SimulatedInstance) -> None:
        if not host.alive:
            return
        self._faults.strike_those(kind, {}, (host.instance_id,))
        if kind == "reboot_instance":
            self._runs(host)
