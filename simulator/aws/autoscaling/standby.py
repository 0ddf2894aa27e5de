"""Instances step out of service and back: Standby, and detaching."""

from simulator.aws.autoscaling.errors import invalid
from simulator.aws.autoscaling.region import AutoScaling
from simulator.aws.autoscaling.state import Activity, LifecycleState, Member


def enter_standby(scaling: AutoScaling, name: str, instance_ids: list[str], *, decrement: bool) -> list[Activity]:
    """Serving instances go to Standby; without a decrement they are replaced. Raises ValidationError."""
    members = _leave_service(scaling, name, instance_ids, (LifecycleState.IN_SERVICE,), decrement=decrement)
    for member in members:
        member.lifecycle = LifecycleState.STANDBY
    return [_at_once(scaling, name, f"Moving EC2 instance to Standby: {each.instance.instance_id}") for each in members]


def exit_standby(scaling: AutoScaling, name: str, instance_ids: list[str]) -> list[Activity]:
    """Standby instances serve again; botocore: "the desired capacity is incremented", here within the maximum."""
    group, members = scaling.group(name), scaling.members(name, instance_ids)
    for member in members:
        if member.lifecycle is not LifecycleState.STANDBY:
            raise invalid(f"The instance {member.instance.instance_id} is not in Standby.")
    desired = group.desired + sum(member.weight for member in members)
    if desired > group.max_size:
        raise invalid(f"Exiting standby would raise the desired capacity to {desired}, above max {group.max_size}.")
    for member in members:
        member.lifecycle = LifecycleState.IN_SERVICE
    scaling.want(group, desired, "a user request moved instances out of Standby")
    scaling.reconcile_soon(group)
    return [
        _at_once(scaling, name, f"Moving EC2 instance out of Standby: {each.instance.instance_id}") for each in members
    ]


def detach(scaling: AutoScaling, name: str, instance_ids: list[str], *, decrement: bool) -> list[Activity]:
    """Instances leave the group and run on; without a decrement they are replaced. Raises ValidationError."""
    states = (LifecycleState.IN_SERVICE, LifecycleState.STANDBY)
    members = _leave_service(scaling, name, instance_ids, states, decrement=decrement)
    for member in members:
        scaling.fleet.detach(scaling.group(name), member)
    return [_at_once(scaling, name, f"Detaching EC2 instance: {each.instance.instance_id}") for each in members]


def _leave_service(
    scaling: AutoScaling, name: str, instance_ids: list[str], states: tuple[LifecycleState, ...], *, decrement: bool
) -> list[Member]:
    """The members, all in one of those states, with the desired capacity lowered where asked. All or nothing."""
    group, members = scaling.group(name), scaling.members(name, instance_ids)
    for member in members:
        if member.lifecycle not in states:
            raise invalid(f"The instance {member.instance.instance_id} is not in {' or '.join(states)}.")
    units = sum(member.weight for member in members if member.lifecycle is LifecycleState.IN_SERVICE)
    if decrement and group.desired - units < group.min_size:
        raise invalid(
            f"AutoScalingGroup {name} has min-size={group.min_size}, max-size={group.max_size}, and "
            f"desired-size={group.desired}. To take out {len(members)} instances, please update the AutoScalingGroup "
            "sizes appropriately."
        )
    if decrement:
        scaling.want(group, group.desired - units, "a user request took instances out of the group")
    scaling.reconcile_soon(group)
    return members


def _at_once(scaling: AutoScaling, name: str, description: str) -> Activity:
    group = scaling.group(name)
    activity = scaling.activities.start(group, description, f"At {scaling.activities.stamp()} a user request.")
    scaling.activities.end(group, activity)
    return activity
