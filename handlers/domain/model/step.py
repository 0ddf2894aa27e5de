"""The next step: what to do, to which instances, and why, in words for the operator."""

from dataclasses import dataclass

from handlers.domain.model.fleet import Instance
from handlers.payloads import StepKind


@dataclass(frozen=True)
class Step:
    """One decision. `desired` is the growing group's new desired capacity where the step changes it.

    `lifted` are instances that lose the cordon's mark, `orphaned` such that ECS is to count no more; `seconds` is how
    long to wait, where the step itself knows.
    """

    kind: StepKind
    because: str
    instances: tuple[Instance, ...] = ()
    services: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    desired: int | None = None
    lifted: tuple[Instance, ...] = ()
    orphaned: tuple[Instance, ...] = ()
    seconds: int | None = None
