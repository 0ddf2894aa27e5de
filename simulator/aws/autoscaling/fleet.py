"""Instances come into their groups and leave them: launches, lifecycle hooks, terminations, each with its activity."""

from collections.abc import Callable

from simulator.aws.autoscaling.activities import Activities
from simulator.aws.autoscaling.events import InstanceInService
from simulator.aws.autoscaling.hook_state import LAUNCHING, TERMINATING
from simulator.aws.autoscaling.hooks import ABANDON, Hooks
from simulator.aws.autoscaling.launching import GROUP_TAG, Launching
from simulator.aws.autoscaling.state import PENDING, Group, LifecycleState, Member, RequestedBy
from simulator.aws.ec2.region import Ec2, LaunchRefused
from simulator.kernel.events import Bus
from simulator.kernel.simulated_instance import (
    BY_AUTO_SCALING,
    InstanceRunning,
    InstanceState,
    InstanceStopping,
    InstanceTerminated,
    SimulatedInstance,
)

LaunchFault = Callable[[str, str], str | None]
"""Group name and availability zone in; the StatusMessage of the launch that fails out, None to let it work."""

ABANDONED = "Instance failed to complete user's Lifecycle Action"

LEAVING = frozenset({LifecycleState.TERMINATING, LifecycleState.TERMINATING_WAIT, LifecycleState.TERMINATING_PROCEED})


class Fleet:
    """The members of all groups. `changed` is told each group in which something happened."""

    def __init__(
        self,
        ec2: Ec2,
        bus: Bus,
        launching: Launching,
        activities: Activities,
        hooks: Hooks,
        changed: Callable[[Group], None],
    ) -> None:
        self.ec2 = ec2
        self.bus = bus
        self.launching = launching
        self.activities = activities
        self.hooks = hooks
        self.launch_faults: list[LaunchFault] = []
        self._changed = changed
        self._group_of: dict[str, Group] = {}
        bus.subscribe(InstanceRunning, self._on_running)
        bus.subscribe(InstanceStopping, self._on_stopping)
        bus.subscribe(InstanceTerminated, self._on_terminated)

    def group_of(self, instance_id: str) -> Group | None:
        """The group that manages the instance."""
        return self._group_of.get(instance_id)

    def managed(self) -> list[str]:
        """The ids of all managed instances, in the order they were launched."""
        return list(self._group_of)

    def launch(self, group: Group, zone: str, cause: str, *, balancing: bool = False) -> Member | str:
        """Launch one instance in that zone: the new member, or why it failed (the activity says so too)."""
        for fault in self.launch_faults:
            if message := fault(group.name, zone):
                return self._failed(group, zone, cause, message)
        try:
            recipe = self.launching.recipe(group, zone)
            instance = self.ec2.launch(recipe.order)
        except LaunchRefused as refused:
            return self._failed(group, zone, cause, str(refused))
        activity = self.activities.start(group, f"Launching a new EC2 instance: {instance.instance_id}", cause, zone)
        member = Member(
            instance=instance,
            activity=activity,
            template=recipe.template,
            launch_configuration=recipe.launch_configuration,
            image_override=recipe.image_override,
            weight=recipe.weight,
            weighted=recipe.weighted,
            protected=group.protect_new,
            balancing=balancing,
        )
        group.members[instance.instance_id] = member
        self._group_of[instance.instance_id] = group
        return member

    def terminate(
        self,
        group: Group,
        member: Member,
        cause: str,
        requested_by: RequestedBy = RequestedBy.USER,
        *,
        hooks: bool = True,
    ) -> None:
        """Take the member out of the group: through its terminating hooks, then EC2. Protection is not looked at.

        Without `hooks` nothing holds it, and one that waits for a hook waits no longer.
        """
        if member.lifecycle in LEAVING:
            if member.waits and not hooks:
                self.hooks.drop(member)
                self._proceed(member)
            return
        self.hooks.drop(member)
        if member.lifecycle in PENDING:
            self.activities.end(group, member.activity, "Cancelled", "The instance was terminated before it was ready.")
        instance = member.instance
        description = f"Terminating EC2 instance: {instance.instance_id}"
        member.activity = self.activities.start(group, description, cause, instance.availability_zone)
        member.activity.requested_by = requested_by
        member.lifecycle = LifecycleState.TERMINATING
        if (
            hooks
            and instance.alive
            and self.hooks.begin(group, member, TERMINATING, lambda _result: self._proceed(member))
        ):
            member.lifecycle = LifecycleState.TERMINATING_WAIT
            member.activity.status = "MidLifecycleAction"
        elif instance.alive:
            self.ec2.terminate(instance, BY_AUTO_SCALING)
        elif instance.state is InstanceState.TERMINATED:
            self._gone(group, member)

    def detach(self, group: Group, member: Member) -> None:
        """The instance runs on, managed by nobody."""
        self.hooks.drop(member)
        del group.members[member.instance.instance_id]
        del self._group_of[member.instance.instance_id]
        self.ec2.instances.tags(member.instance.instance_id).pop(GROUP_TAG, None)
        member.instance.group = ""

    def _failed(self, group: Group, zone: str, cause: str, message: str) -> str:
        activity = self.activities.start(group, "Launching a new EC2 instance", cause, zone)
        self.activities.end(group, activity, "Failed", message)
        return message

    def _on_running(self, event: InstanceRunning) -> None:
        found = self._find(event.host)
        if found is None or found[1].lifecycle is not LifecycleState.PENDING:
            return
        group, member = found
        if self.hooks.begin(group, member, LAUNCHING, lambda result: self._launched(group, member, result)):
            member.lifecycle = LifecycleState.PENDING_WAIT
            member.activity.status = "MidLifecycleAction"
        else:
            self._in_service(group, member)

    def _launched(self, group: Group, member: Member, result: str) -> None:
        """The launching hooks are done. Lifecycle hooks guide: ABANDON terminates and replaces the instance."""
        if result == ABANDON:
            self.activities.end(group, member.activity, "Cancelled", ABANDONED)
            self.terminate(group, member, f"At {self.activities.stamp()} a launching lifecycle action was abandoned.")
        else:
            member.lifecycle = LifecycleState.PENDING_PROCEED
            self._in_service(group, member)
        self._changed(group)

    def _in_service(self, group: Group, member: Member) -> None:
        member.lifecycle = LifecycleState.IN_SERVICE
        group.failed_in_a_row = 0
        self.activities.end(group, member.activity)
        self.bus.emit(InstanceInService(group.name, member.instance))
        self._changed(group)

    def _proceed(self, member: Member) -> None:
        """The terminating hooks are done; for terminations ABANDON goes on too (Lifecycle hooks guide)."""
        member.lifecycle = LifecycleState.TERMINATING_PROCEED
        self.ec2.terminate(member.instance, BY_AUTO_SCALING)

    def _on_stopping(self, event: InstanceStopping) -> None:
        found = self._find(event.host)
        if found is not None:
            self._changed(found[0])

    def _on_terminated(self, event: InstanceTerminated) -> None:
        found = self._find(event.host)
        if found is None:
            return
        group, member = found
        if member.lifecycle in LEAVING:
            self._gone(group, member)
        self._changed(group)

    def _gone(self, group: Group, member: Member) -> None:
        self.hooks.drop(member)
        self.activities.end(group, member.activity)
        group.members.pop(member.instance.instance_id, None)
        self._group_of.pop(member.instance.instance_id, None)

    def _find(self, instance: SimulatedInstance) -> tuple[Group, Member] | None:
        group = self._group_of.get(instance.instance_id)
        return (group, group.members[instance.instance_id]) if group else None
