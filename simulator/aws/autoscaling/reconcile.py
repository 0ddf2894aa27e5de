"""One pass over a group: what is dead is replaced, what is missing is launched, what is too many leaves, zones balance.

A pass reads the group as it is now and does what its processes allow; it is asked for whenever something changed and
never while the group is at rest.
"""

from simulator.aws.autoscaling.fleet import LEAVING, Fleet
from simulator.aws.autoscaling.launching import emptiest_zone
from simulator.aws.autoscaling.state import COUNTED, PENDING, Group, LifecycleState, Member
from simulator.aws.autoscaling.termination_policy import eligible, victim

FIRST_RETRY_SECONDS = 15.0
LONGEST_RETRY_SECONDS = 300.0
"""After a failed launch Auto Scaling tries again, ever more slowly; AWS publishes no figures, these are ours."""

ALL_PROTECTED = "Could not scale to desired capacity because all remaining instances are protected from scale-in."
"""Auto Scaling guide, "Use instance scale-in protection"."""


def reconcile(group: Group, fleet: Fleet, now: float) -> float | None:
    """Bring the group a step nearer to what it wants; the moment of the next pass, None when nothing waits for time."""
    replace_unhealthy(group, fleet)
    retry_at = launch_missing(group, fleet, now)
    remove_surplus(group, fleet, now)
    balance_zones(group, fleet, now)
    return retry_at


def replace_unhealthy(group: Group, fleet: Fleet) -> None:
    """Take out what died from outside or was marked unhealthy; launching its successor is the next step's work.

    Auto Scaling guide, "Suspend and resume": without HealthCheck nothing gets marked, without ReplaceUnhealthy or
    Terminate nothing gets taken out, and what is not taken out still counts.
    """
    if not (group.runs("ReplaceUnhealthy") and group.runs("Terminate")):
        return
    for member in list(group.members.values()):
        if member.lifecycle in COUNTED and not healthy(group, member):
            member.healthy = False
            cause = (
                f"At {fleet.activities.stamp()} an instance was taken out of service in response to an EC2 health "
                "check indicating it has been terminated or stopped."
            )
            fleet.terminate(group, member, cause)


def healthy(group: Group, member: Member) -> bool:
    """The member's HealthStatus as the group knows it; one that leaves is not checked any more, and keeps it."""
    checked = group.runs("HealthCheck") and member.lifecycle not in LEAVING
    return member.healthy and (member.instance.alive or not checked)


def launch_missing(group: Group, fleet: Fleet, now: float) -> float | None:
    """Launch what is missing, each in the emptiest zone; after a failure in every zone wait and try again."""
    if not group.runs("Launch") or group.deleting:
        return None
    _adopt_balancing(group)
    before = group.capacity()
    if before >= group.desired:
        return None
    if now < group.not_before:
        return group.not_before
    refused: set[str] = set()
    while (capacity := group.capacity()) < group.desired:
        zone = emptiest_zone(group, refused)
        if zone is None:
            return _back_off(group, now)
        cause = (
            f"{group.cause}At {fleet.activities.stamp()} an instance was started in response to a difference between "
            f"desired and actual capacity, increasing the capacity from {capacity} to {group.desired}."
        )
        if isinstance(fleet.launch(group, zone, cause), str):
            refused.add(zone)
    return None


def remove_surplus(group: Group, fleet: Fleet, now: float) -> None:
    """Take out what is too many, one after the other; protected instances never."""
    if not group.runs("Terminate") or group.deleting:
        return
    while (capacity := group.capacity()) > group.desired:
        leaving = victim(group, now)
        if leaving is None:
            _tell_all_protected(group, fleet)
            return
        if capacity - leaving.weight < group.desired:
            return
        cause = (
            f"{group.cause}At {fleet.activities.stamp()} an instance was taken out of service in response to a "
            f"difference between desired and actual capacity, shrinking the capacity from {capacity} to "
            f"{group.desired}.  At {fleet.activities.stamp()} instance {leaving.instance.instance_id} was selected for "
            "termination."
        )
        fleet.terminate(group, leaving, cause, group.requested_by)
    group.told_all_protected = False


def balance_zones(group: Group, fleet: Fleet, now: float) -> None:
    """AZRebalance: launch in the shortest zone; the surplus then leaves the longest one.

    aws-facts.md, trap 15: a decrement "can set off AZ rebalancing, which terminates others". The guide, "Distribute
    instances across Availability Zones": it "launches new instances before terminating the old ones", and may exceed
    the maximum for it. It waits until the group is otherwise at rest.
    """
    if group.deleting or not all(group.runs(process) for process in ("AZRebalance", "Launch", "Terminate")):
        return
    busy = any(member.lifecycle in PENDING or member.lifecycle in LEAVING for member in group.members.values())
    if busy or group.capacity() != group.desired or now < group.not_before:
        return
    counts = group.by_zone()
    short = min(group.subnets, key=lambda zone: counts[zone])
    most = max(counts.values())
    movable = {member.instance.availability_zone for member in eligible(group)}
    long = next((zone for zone in counts if counts[zone] == most and zone in movable), None)
    if long is None or most - counts[short] < 2:
        return
    cause = (
        f"At {fleet.activities.stamp()} instances were launched to balance instances in zones {short} with other zones "
        f"resulting in more than desired number of instances in the group."
    )
    if isinstance(fleet.launch(group, short, cause, balancing=True), str):
        _back_off(group, now)


def _adopt_balancing(group: Group) -> None:
    """An instance that rebalancing launches fills a gap that opened meanwhile."""
    missing = group.desired - group.capacity()
    for member in group.members.values():
        if missing > 0 and member.balancing and member.lifecycle in PENDING:
            member.balancing = False
            missing -= member.weight


def _back_off(group: Group, now: float) -> float:
    wait = min(FIRST_RETRY_SECONDS * 2**group.failed_in_a_row, LONGEST_RETRY_SECONDS)
    group.failed_in_a_row += 1
    group.not_before = now + wait
    return group.not_before


def _tell_all_protected(group: Group, fleet: Fleet) -> None:
    serving = [member for member in group.members.values() if member.lifecycle is LifecycleState.IN_SERVICE]
    if group.told_all_protected or not serving or not all(member.protected for member in serving):
        return
    group.told_all_protected = True
    activity = fleet.activities.start(group, "Terminating an EC2 instance", group.cause)
    fleet.activities.end(group, activity, "Failed", ALL_PROTECTED)
