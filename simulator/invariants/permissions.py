"""Permissions: the roles of the stack allow what its functions do; only who takes one away has one denied."""

from simulator.iam.authorization import AccessRefused
from simulator.iam.evaluation import Decision
from simulator.invariants.violation_log import ViolationLog
from simulator.kernel.events import Bus

ALLOWED = "the roles allow what the functions do"


def watch_permissions(bus: Bus, log: ViolationLog) -> None:
    """Note every call that no policy allows."""

    def refused(event: AccessRefused) -> None:
        if event.decision is Decision.NOT_ALLOWED:
            log.note(ALLOWED, f"{event.function} may not {event.action} on {event.resource}")

    bus.subscribe(AccessRefused, refused)
