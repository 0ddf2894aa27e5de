"""Auto Scaling's state and the moves that the rest of the region makes in it."""

import math
from collections.abc import Callable
from typing import Any

from moto.elb.models import elb_backends

from simulator.api.dispatch import ApiError
from simulator.aws.autoscaling.activities import Activities, token
from simulator.aws.autoscaling.errors import (
    activity_in_progress,
    group_exists,
    group_not_found,
    in_use,
    instance_not_found,
    invalid,
    target_not_reached,
)
from simulator.aws.autoscaling.events import (
    DesiredCapacityChanged,
    GroupCreated,
    GroupDeleted,
    GroupUpdated,
    ProcessesResumed,
    ProcessesSuspended,
    ProtectionChanged,
)
from simulator.aws.autoscaling.fleet import LEAVING, Fleet, LaunchFault
from simulator.aws.autoscaling.hook_state import LAUNCHING, Hook
from simulator.aws.autoscaling.hooks import ABANDON, CONTINUE, Hooks
from simulator.aws.autoscaling.launching import LaunchConfiguration, Launching
from simulator.aws.autoscaling.reconcile import reconcile
from simulator.aws.autoscaling.settings import (
    DEFAULTS,
    apply_settings,
    copy_of_settings,
    hook,
    sizes,
    tags,
    take_settings,
)
from simulator.aws.autoscaling.state import PROCESSES, Activity, Group, LifecycleState, Member, RequestedBy, Tag
from simulator.aws.ec2.network import ACCOUNT
from simulator.aws.ec2.region import Ec2
from simulator.aws.target_groups import TargetGroups
from simulator.kernel.clock import Clock
from simulator.kernel.events import Bus
from simulator.kernel.random_streams import RandomStreams
from simulator.kernel.simulated_instance import SimulatedInstance
from simulator.scenario.aws import Aws
from simulator.scenario.model import Timings

RESERVATION = {
    "MetricName": "CapacityProviderReservation",
    "Namespace": "AWS/ECS/ManagedScaling",
    "Statistic": "Average",
}
"""Developer guide, "cluster auto scaling"; dimensions are left out."""

NO_SUCH = "Provided {} may not be valid. Please ensure they exist and try again."
PROTECTED, PROTECTED_FROM_FORCE = "prevent-all-deletion", "prevent-force-deletion"


class AutoScaling:
    """All groups of the region, by name."""

    def __init__(self, clock: Clock, random_streams: RandomStreams, bus: Bus, timings: Timings, ec2: Ec2) -> None:
        self.clock = clock
        self.random_streams = random_streams
        self.bus = bus
        self.timings = timings
        self.ec2 = ec2
        self.aws = Aws()
        self.groups: dict[str, Group] = {}
        self.configurations: dict[str, LaunchConfiguration] = {}
        self.deleted: list[Group] = []  # their activities can still be asked for
        self.activities = Activities(clock, random_streams, bus)
        self.hooks = Hooks(clock, random_streams, bus)
        self.tell_target: Callable[[Group, Hook], bool] = lambda _group, _hook: True  # whether its test message arrived
        self.launching = Launching(ec2, random_streams, self.configurations)
        self.fleet = Fleet(ec2, bus, self.launching, self.activities, self.hooks, self.reconcile_soon)

    @property
    def launch_faults(self) -> list[LaunchFault]:
        """Asked before each launch, in order, with group name and zone; a text makes it a Failed activity."""
        return self.fleet.launch_faults

    def group(self, name: str) -> Group:
        """The group; raises ValidationError when there is none."""
        if name not in self.groups:
            raise group_not_found(name)
        return self.groups[name]

    def instance(self, instance_id: str) -> SimulatedInstance:
        """The EC2 instance of a member; raises ValidationError when no group manages it."""
        return self.member(instance_id)[1].instance

    def member(self, instance_id: str) -> tuple[Group, Member]:
        """A managed instance and its group; raises ValidationError when no group manages it."""
        group = self.fleet.group_of(instance_id)
        if group is None:
            raise instance_not_found([instance_id])
        return group, group.members[instance_id]

    def members(self, name: str, instance_ids: list[str]) -> list[Member]:
        """Those members of that group; raises ValidationError when one is not part of it."""
        group = self.group(name)
        for instance_id in instance_ids:
            if instance_id not in group.members:
                raise invalid(f"The instance {instance_id} is not part of Auto Scaling group {name}.")
        return [group.members[instance_id] for instance_id in instance_ids]

    def create_group(self, *, check: bool = False, **request: Any) -> Group:
        """A group from CreateAutoScalingGroup's parameters; its instances are launched as the clock goes on.

        With `check` the launch settings are tried as the API tries them. A scenario does not check: its groups may
        run on an image that was deregistered long ago.
        """
        name = request["AutoScalingGroupName"]
        if name in self.groups:
            raise group_exists(name)
        arn = f"arn:aws:autoscaling:{self.ec2.network.region}:{ACCOUNT}:autoScalingGroup:"
        arn += f"{token(self.random_streams, 'group')}:autoScalingGroupName/{name}"
        group = Group(name, arn, self.clock.today(), 0, 0, 0, {}, settings=dict(DEFAULTS))
        apply_settings(group, request, self.ec2.network, self._template)
        if not group.subnets:
            raise invalid("At least one Availability Zone or VPC Subnet is required.")
        if not (group.template or group.mixed or group.launch_configuration):
            raise invalid(
                "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or "
                "MixedInstancesPolicy parameter."
            )
        if check:
            self.launching.check(group)
            self._check_targets(request)
        group.min_size, group.max_size, group.desired = sizes(group, request)
        group.tags = tags(request)
        group.hooks = {
            item["LifecycleHookName"]: self.hook(group, item)
            for item in request.get("LifecycleHookSpecificationList", [])
        }
        group.cause = f"At {self.activities.stamp()} a user request created an AutoScalingGroup.  "
        self.groups[name] = group
        self.bus.emit(GroupCreated(name, group.min_size, group.max_size, group.desired))
        self.reconcile_soon(group)
        return group

    def _check_targets(self, request: dict[str, Any]) -> None:
        """Raise ValidationError, in Auto Scaling's words, for target groups and load balancers that there are not."""
        region = self.ec2.network.region
        known = TargetGroups(region)
        if not all(known.knows(arn) for arn in request.get("TargetGroupARNs", [])):
            raise invalid(NO_SUCH.format("Target Groups"))
        balancers = elb_backends[ACCOUNT][region].load_balancers
        if not all(name in balancers for name in request.get("LoadBalancerNames", [])):
            raise invalid(NO_SUCH.format("Load Balancers"))

    def update_group(self, name: str, request: dict[str, Any]) -> None:
        """UpdateAutoScalingGroup: all of it or nothing; raises ValidationError."""
        group = self.group(name)
        if group.deleting:
            raise invalid("The AutoScaling group may not be modified while it is pending delete")
        trial = copy_of_settings(group)
        apply_settings(trial, request, self.ec2.network, self._template)
        low, high, desired = sizes(group, request)
        if request.keys() & {"LaunchTemplate", "MixedInstancesPolicy", "LaunchConfigurationName"}:
            self.launching.check(trial)
            group.failed_in_a_row, group.not_before = 0, -math.inf
        take_settings(group, trial)
        group.min_size, group.max_size = low, high
        cause = f"a user request update of AutoScalingGroup constraints to min: {low}, max: {high}, desired: {desired}"
        self.want(group, desired, cause)
        changed = tuple(sorted(key for key in request if key != "AutoScalingGroupName"))
        self.bus.emit(GroupUpdated(name, changed, low, high, desired))
        self.reconcile_soon(group)

    def hook(self, group: Group, request: dict[str, Any], before: Hook | None = None) -> Hook:
        """The lifecycle hook that the request makes, or makes of `before`. A target it names gets a test message.

        Raises ValidationError, also where the target is not there (aws-cdk issue 1212 quotes it).
        """
        made = hook(request, before)
        if request.get("NotificationTargetARN") and not self.tell_target(group, made):
            raise target_not_reached(made.target, made.role)
        return made

    def set_desired(
        self,
        name: str,
        desired: int,
        cause: str = "a user request explicitly set group desired capacity",
        *,
        honor_cooldown: bool = False,
        requested_by: RequestedBy = RequestedBy.USER,
    ) -> None:
        """SetDesiredCapacity. Raises ValidationError out of bounds, ScalingActivityInProgress while cooling down."""
        group = self.group(name)
        if desired > group.max_size:
            raise invalid(
                f"New SetDesiredCapacity value {desired} is above max value {group.max_size} for the AutoScalingGroup."
            )
        if desired < group.min_size:
            raise invalid(
                f"New SetDesiredCapacity value {desired} is below min value {group.min_size} for the AutoScalingGroup."
            )
        if honor_cooldown and self._cooling(group):
            raise activity_in_progress("You cannot alter the desired capacity: the group is in its cooldown period.")
        self.want(group, desired, cause, requested_by)
        self.reconcile_soon(group)

    def terminate(self, instance_id: str, *, decrement: bool) -> Activity:
        """TerminateInstanceInAutoScalingGroup for one instance.

        Scale-in protection does not hinder it (aws-facts.md, trap 14). Raises ValidationError below the minimum size
        (botocore's text of the call), and ScalingActivityInProgress for an instance that is leaving already.
        """
        group, member = self.member(instance_id)
        self.check_termination(group, [member], decrement=decrement)
        units = member.weight if decrement and member.lifecycle is not LifecycleState.STANDBY else 0
        shrinking = f", shrinking the capacity from {group.desired} to {group.desired - units}" if units else ""
        self.want(group, group.desired - units, "a user request terminated an instance")
        stamp = self.activities.stamp()
        cause = f"At {stamp} instance {instance_id} was taken out of service in response to a user request{shrinking}."
        self.fleet.terminate(group, member, cause)
        self.reconcile_soon(group)
        return member.activity

    def check_termination(self, group: Group, members: list[Member], *, decrement: bool) -> None:
        """Whether these may be terminated; raises as `terminate` does, and nothing has happened then."""
        for member in members:
            if member.lifecycle in LEAVING:
                raise activity_in_progress(f"Activity {member.activity.activity_id} is in progress.")
        units = sum(member.weight for member in members if member.lifecycle is not LifecycleState.STANDBY)
        if decrement and group.desired - units < group.min_size:
            relation = "equals" if group.desired == group.min_size else "is too close to"
            raise invalid(
                f"Currently, desiredSize {relation} minSize ({group.min_size}). Terminating instance without "
                "replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag "
                "to false or lower group's min size."
            )

    def protect(self, name: str, instance_ids: list[str], protected: bool) -> None:
        """Set or lift scale-in protection of the group's instances; for one that is leaving it means nothing."""
        for member in self.members(name, instance_ids):
            member.protected = protected
        self.bus.emit(ProtectionChanged(name, tuple(instance_ids), protected))
        self.reconcile_soon(self.group(name))

    def mark_health(self, instance_id: str, *, healthy: bool) -> None:
        """Take an instance for healthy or unhealthy; its group replaces unhealthy ones."""
        group, member = self.member(instance_id)
        member.healthy = healthy
        self.reconcile_soon(group)

    def put_hook(self, name: str, hook: str, transition: str, heartbeat: int, result: str) -> None:
        """Keep a lifecycle hook on the group, of whatever service."""
        self.group(name).hooks[hook] = Hook(hook, transition, heartbeat, result)

    def remove_hook(self, name: str, hook: str) -> None:
        """Take it off where it is.

        botocore (DeleteLifecycleHook): its "outstanding lifecycle actions are completed first (ABANDON for launching
        instances, CONTINUE for terminating instances)".
        """
        group = self.groups.get(name)
        deleted = group.hooks.pop(hook, None) if group else None
        if group is None or deleted is None:
            return
        for member in list(group.members.values()):
            if hook in member.waits:
                self.hooks.complete(member, hook, ABANDON if deleted.transition == LAUNCHING else CONTINUE)

    def put_policy(self, name: str, policy: str, target: float) -> None:
        """Keep a target tracking policy on the group, of ECS's metric; it is shown, and who put it acts by it."""
        group = self.groups.get(name)
        if group is None:
            return  # deleted before its provider
        arn = group.arn.replace(":autoScalingGroup:", ":scalingPolicy:")
        group.scaling_policies[policy] = {
            "AutoScalingGroupName": name,
            "PolicyName": policy,
            "PolicyARN": f"{arn}:policyName/{policy}",
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingConfiguration": {"TargetValue": target, "CustomizedMetricSpecification": RESERVATION},
            "Alarms": [],
            "Enabled": True,
        }

    def remove_policy(self, name: str, policy: str) -> None:
        """Take it off where it is."""
        if name in self.groups:
            self.groups[name].scaling_policies.pop(policy, None)

    def complete(self, name: str, instance_id: str, hook: str) -> None:
        """Let an instance go on that waits for the hook; one that does not goes its way anyhow."""
        if member := self._waiting(name, instance_id, hook):
            self.hooks.complete(member, hook, CONTINUE)

    def prolong(self, name: str, instance_id: str, hook: str) -> bool:
        """Give the wait its whole time-out again; False where the instance does not wait any more."""
        member = self._waiting(name, instance_id, hook)
        if member is not None:
            self.hooks.heartbeat(member, hook)
        return member is not None

    def _waiting(self, name: str, instance_id: str, hook: str) -> Member | None:
        group = self.groups.get(name)
        member = group.members.get(instance_id) if group else None
        return member if member is not None and hook in member.waits else None

    def mark(self, name: str, tag: str) -> None:
        """Tag the group and what it launches from now on, with an empty value, where it is not tagged so yet."""
        if name in self.groups:
            self.groups[name].tags.setdefault(tag, Tag("", propagate=True))

    def suspend(self, name: str, processes: list[str], reason: str) -> None:
        """SuspendProcesses; none named means all of them (botocore)."""
        group, named = self.group(name), _processes(processes)
        group.suspended |= {process: reason for process in named if process not in group.suspended}
        self.bus.emit(ProcessesSuspended(name, tuple(named)))

    def resume(self, name: str, processes: list[str]) -> None:
        """ResumeProcesses; what they held back happens at the next pass."""
        group, named = self.group(name), _processes(processes)
        for process in named:
            group.suspended.pop(process, None)
        self.bus.emit(ProcessesResumed(name, tuple(named)))
        self.reconcile_soon(group)

    def delete_group(self, name: str, *, force: bool) -> None:
        """The group goes; with instances only by force, and then with them, without their hooks (botocore).

        Deletion protection holds it ("Configure deletion protection", user guide, which does not name the error).
        """
        group = self.group(name)
        if group.settings["DeletionProtection"] in (PROTECTED, *((PROTECTED_FROM_FORCE,) if force else ())):
            raise invalid(f"AutoScalingGroup {name} has deletion protection: {group.settings['DeletionProtection']}")
        if group.members and not force:
            raise in_use(
                "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance "
                "request(s) still in the group."
            )
        group.deleting = True
        for member in list(group.members.values()):
            cause = f"At {self.activities.stamp()} a user request deleted the group."
            self.fleet.terminate(group, member, cause, hooks=False)
        if not group.members:
            self._delete(group)

    def reconcile_soon(self, group: Group, at: float | None = None) -> None:
        """Have Auto Scaling reconcile the group, `timings.scaling_seconds` from now, or `at` a later moment."""
        when = self.clock.now + self.timings.scaling_seconds if at is None else at
        if group.next_reconcile is not None and group.next_reconcile.action is not None:
            if group.next_reconcile.when <= when:
                return
            group.next_reconcile.cancel()
        group.next_reconcile = self.clock.at(when, self._reconciler(group))

    def _reconciler(self, group: Group) -> Callable[[], None]:
        def act() -> None:
            group.next_reconcile = None
            if group.deleting and not group.members:
                self._delete(group)
            elif (again := reconcile(group, self.fleet, self.clock.now)) is not None:
                self.reconcile_soon(group, again)

        return act

    def want(self, group: Group, desired: int, cause: str, requested_by: RequestedBy = RequestedBy.USER) -> None:
        """Change the desired capacity, without a look at its bounds."""
        if desired == group.desired:
            return
        before, group.desired = group.desired, desired
        group.told_all_protected = False
        group.requested_by = requested_by
        group.cause = (
            f"At {self.activities.stamp()} {cause} changing the desired capacity from {before} to {desired}.  "
        )
        self.bus.emit(DesiredCapacityChanged(group.name, before, desired, cause))

    def _cooling(self, group: Group) -> bool:
        busy = any(activity.ended is None for activity in group.activities[-len(group.members) - 1 :])
        ended = group.last_activity_ended
        return busy or (ended is not None and self.clock.now < ended + group.settings["DefaultCooldown"])

    def _delete(self, group: Group) -> None:
        if self.groups.pop(group.name, None) is not None:
            self.deleted.append(group)
            self.bus.emit(GroupDeleted(group.name))

    def _template(self, spec: dict[str, Any]) -> dict[str, str]:
        """The specification with id and name, and the version as it was given, `$Default` without one (botocore)."""
        try:
            template = self.ec2.templates.find(spec.get("LaunchTemplateId"), spec.get("LaunchTemplateName"))
        except ApiError as error:
            raise invalid(f"You must use a valid fully-formed launch template. {error.message}") from error
        return {
            "LaunchTemplateId": template.template_id,
            "LaunchTemplateName": template.name,
            "Version": str(spec.get("Version") or "$Default"),
        }


def _processes(named: list[str]) -> list[str]:
    if unknown := [process for process in named if process not in PROCESSES]:
        raise invalid(f"{', '.join(unknown)} is not a valid process type.")
    return list(dict.fromkeys(named)) or list(PROCESSES)
