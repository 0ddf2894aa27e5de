"""Findings: what the plan sees that the operator should know before anything changes. Codes are for machines.

An error refuses the rollout, unless the input accepts it by its code and it may be accepted; a warning and a note are
reported. `docs/findings.md` has a paragraph for each code, and a test holds it against this catalogue.
"""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from handlers.errors import PlanImpossible

SHOWN = 5


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Code:
    """One kind of finding. `acceptable`: an error that the input may override by its code."""

    severity: Severity
    cure: str
    acceptable: bool = False


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE
CODES = {
    "SERVICE_NOT_STABLE": Code(_E, "Wait for the deployment, or mend the service.", acceptable=True),
    "SERVICE_CAN_NEVER_DRAIN": Code(_E, "Allow one task less (minimumHealthyPercent) or one more (maximumPercent)."),
    "PINNED_TO_AN_AMI": Code(_E, "Remove the constraint, or take the strategy blue-green."),
    "ALARM_MISSING": Code(_E, "Name existing CloudWatch alarms."),
    "EVENT_BUS_MISSING": Code(_W, "Create the bus, or name another one in the settings: [notify] event_bus."),
    "ALARM_FIRING": Code(_E, 'Mend what it tells of, or say "alarms_at_start": {"<name>": "ignore"}.'),
    "PROTECTED_INSTANCES": Code(_E, 'Lift the protection, or say "protected_instances": "replace".'),
    "NOTHING_COULD_MOVE": Code(_E, "Give a surge or a max_unavailable of at least one instance."),
    "NOTHING_WOULD_BE_LEFT": Code(_E, "Lower strategy.max_unavailable."),
    "HISTORY_TOO_LONG": Code(_N, "Nothing to do; with a larger surge one execution may be enough."),
    "OTHER_CONTROLLER": Code(_E, "Take the strategy rolling, or leave the service alone."),
    "TASK_DEFINITION_INACTIVE": Code(
        _E, "Register and deploy it again, or take the strategy rolling.", acceptable=True
    ),
    "NO_ROOM_TO_START": Code(_E, "Give a surge of at least 1."),
    "TASK_TOO_LARGE": Code(_E, "Choose larger instance types for the new group.", acceptable=True),
    "COPY_LACKS_SETTINGS": Code(
        _E, "Make the second group yourself, and name its provider as strategy.target.", acceptable=True
    ),
    "PERMISSION_MISSING": Code(_E, "Do what it says, and deploy; or change the policy that denies it."),
    "PERMISSION_NOT_CHECKED": Code(_W, "Nothing to do where it is granted; else a missing one turns the rollout back."),
    "MANAGED_SCALING_OFF": Code(_N, "Nothing to do: it is restored after the rollout."),
    "ZONE_REBALANCING_OFF": Code(_N, "Nothing to do: it is restored after the rollout."),
    "AGENT_NOT_CONNECTED": Code(_W, "Look at the ECS agent there; such an instance is not drained before it connects."),
    "STANDALONE_TASKS": Code(_W, 'Let them end, or say "standalone_tasks": "stop" or "skip".'),
    "FEWER_TASKS_MEANWHILE": Code(_W, "Raise minimumHealthyPercent where there is room to start tasks first."),
    "TEMPLATE_DRIFT": Code(_W, "Nothing to do: all of them are replaced; the way back is the version that most have."),
    "TASKS_MAY_MOVE_TWICE": Code(_W, "Run `rollout prepare`, and name the cordon in strategy.cordon."),
    "CORDON_COSTS_A_DEPLOYMENT": Code(_W, "Run `rollout prepare` at a quiet time, or leave the cordon out."),
    "MOVED_BY_DRAINING": Code(_N, "Nothing to do; to move them by deployments, say adopt_launch_type_services."),
    "MUTABLE_IMAGE_TAG": Code(_W, 'Name images by digest, say "pin_images": "digest", or take the strategy rolling.'),
    "IMAGE_NOT_CHECKED": Code(_W, "Look at the images yourself, or move them to Amazon ECR."),
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """What was seen, under its code."""

    code: str
    what: str

    def to_json(self) -> dict[str, Any]:
        """The JSON object: code, severity, what was seen, what to do."""
        known = CODES[self.code]
        return {**asdict(self), "severity": known.severity.value, "cure": known.cure}


def refuse(found: Iterable[Finding], accepted: Collection[str] = ()) -> None:
    """Raise PlanImpossible for errors that the input does not accept, or that nobody may accept."""
    errors = [finding for finding in found if _refuses(finding, accepted)]
    if not errors:
        return
    more = f" And {len(errors) - SHOWN} more." if len(errors) > SHOWN else ""
    raise PlanImpossible(
        " ".join(f"{finding.code}: {finding.what} {_cure(finding)}" for finding in errors[:SHOWN]) + more
    )


def _refuses(finding: Finding, accepted: Collection[str]) -> bool:
    known = CODES[finding.code]
    return known.severity is Severity.ERROR and not (known.acceptable and finding.code in accepted)


def _cure(finding: Finding) -> str:
    known = CODES[finding.code]
    return known.cure + (f' Or say "accept": ["{finding.code}"].' if known.acceptable else "")
