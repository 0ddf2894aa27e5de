"""What the graph and the handlers agree on: states, steps, errors, payloads. Standard library only.

The state machine passes two small objects between states, never a list of instances:

    $.rollout      what Plan rollout said: ids, direction-free settings      (Rollout)
    $.assessment   what the last Assess fleet saw and decided                (Assessment)
    $.failure      what a Catch caught, or a take-over found: {"Error": class name, "Cause": text}
    $.report       how it ended: {"status", "error", "cause", ...}           (Report)
"""

from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Self

PAYLOAD_VERSION = 1
RECOVER = "recover"  # the action by which the recovery rule starts an execution


class Direction(StrEnum):
    """Which way the fleet moves: towards the new AMI, or back to the recorded one."""

    FORWARD = "forward"
    BACK = "back"


class Outcome(StrEnum):
    """What Plan rollout found."""

    PROCEED = "proceed"
    UP_TO_DATE = "up-to-date"
    DRY_RUN = "dry-run"
    APPROVAL = "approval"
    ANSWER = "answer"
    TAKE_OVER = "take-over"
    CLOSED = "closed"
    ITS_TURN = "its-turn"
    REFUSED = "refused"
    ANSWERED = "answered"
    NOT_ANSWERED = "not-answered"


class Way(StrEnum):
    """What Lock cluster and Take over rollout found: which way this execution goes, or who was quicker."""

    FORWARD = "forward"
    BACK = "back"
    ALREADY_RUNNING = "already-running"
    TAKEN_OVER = "taken-over"


class StepKind(StrEnum):
    """What the next step is. The first group acts, the second only waits."""

    REACTIVATE = "reactivate"
    CORDON = "cordon"
    UPDATE_SERVICE_STRATEGY = "update-service-strategy"
    SCALE_OUT = "scale-out"
    DRAIN = "drain"
    SCALE_IN = "scale-in"
    BAKE = "bake"
    WAIT_FOR_PROMOTION = "wait-for-promotion"
    STOP_HERE = "stop-here"
    DONE = "done"

    WAIT_FOR_AGENTS = "wait-for-agents"
    WAIT_FOR_SERVICES = "wait-for-services"
    WAIT_FOR_DRAIN = "wait-for-drain"
    WAIT_FOR_TERMINATION = "wait-for-termination"
    WAIT_UNDER_LOAD = "wait-under-load"
    WAIT_WHILE_PAUSED = "wait-while-paused"
    WAIT_FOR_WINDOW = "wait-for-window"


@dataclass(frozen=True)
class TaskState:
    """One Task of the graph: its sentence in each direction and the handler module that it runs.

    An empty sentence means that the state does not exist in that direction.
    """

    handler: str
    forward: str
    back: str = ""

    def name(self, direction: Direction) -> str:
        """The state's name in that direction."""
        return self.forward if direction is Direction.FORWARD else self.back


# The spine.
PLAN = TaskState("plan_rollout", "Plan rollout")
APPROVAL = TaskState("wait_for_approval", "Wait for approval")
ANSWER = TaskState("record_response", "Record response")
LOCK = TaskState("lock_cluster", "Lock cluster")
TAKE_OVER = TaskState("take_over_rollout", "Take over rollout")
CREATE_VERSION = TaskState("create_launch_template_version", "Create launch template version")
PREPARE = TaskState("prepare_node_group", "Prepare node group", "Return node group to its launch template version")
BEGIN_ROLL_BACK = TaskState("begin_roll_back", "", "Begin roll-back")
FINISH = TaskState("finish_rollout", "Finish rollout", "Restore and verify")
STOP_IN_PLACE = TaskState("stop_in_place", "Stop in place")
REPORT_REMAINING_WORK = TaskState("report_remaining_work", "", "Report remaining work")

# The hub and its spokes.
ASSESS = TaskState("assess_fleet", "Assess fleet", "Assess fleet on the way back")
REACTIVATE = TaskState("reactivate_instances", "Reactivate instances", "Reactivate old instances")
CORDON = TaskState("cordon_old_instances", "Cordon old instances", "Uncordon old instances")
UPDATE_SERVICE_STRATEGY = TaskState("update_service_strategy", "Update service strategy", "Return service strategy")
SCALE_OUT = TaskState("scale_out", "Scale out", "Scale out the old version")
DRAIN = TaskState("drain_old_instances", "Drain old instances", "Drain new instances")
SCALE_IN = TaskState("scale_in", "Scale in", "Scale in new instances")
START_BAKE = TaskState("start_bake", "Start bake")
PROMOTION = TaskState("wait_for_promotion", "Wait for promotion")

TASK_STATES = (
    PLAN, APPROVAL, ANSWER, LOCK, TAKE_OVER, CREATE_VERSION, PREPARE, BEGIN_ROLL_BACK, FINISH, STOP_IN_PLACE,
    REPORT_REMAINING_WORK,
    ASSESS, REACTIVATE, CORDON, UPDATE_SERVICE_STRATEGY, SCALE_OUT, DRAIN, SCALE_IN, START_BAKE, PROMOTION,
)  # fmt: skip

# Under which names the functions' metrics are found.
METRICS, SERVICE = "EcsAmiRollout", "ecs-ami-rollout"

# Beside the machine: what starts it by itself, and what keeps it from being deleted in mid-rollout.
WATCH_AMIS = TaskState("watch_amis", "Watch AMIs")
START_ROLLOUTS = TaskState("start_rollouts", "Start rollouts")
GUARD_REMOVAL = TaskState("guard_removal", "Guard removal")
BESIDE = (WATCH_AMIS, START_ROLLOUTS, GUARD_REMOVAL)


class RolloutError(Exception):
    """A domain error. Catch matches the class name exactly, so it is always a subclass that is raised.

    The message says what was seen, what was expected and what to do.
    """


class InputInvalid(RolloutError):
    """The input has an unknown key, a wrong type or an impossible value. Nothing was changed."""


class PlanImpossible(RolloutError):
    """The world does not allow this rollout. Nothing was changed."""


class AlreadyRunning(RolloutError):
    """Another rollout holds the node group. Nothing was changed."""


class LeaseLost(RolloutError):
    """Another rollout took the node group over while this one ran. This one changes nothing any more."""


class NotShownYet(RolloutError):
    """AWS does not show what the rollout has just made: reads are eventually consistent, so it is tried again."""


class PartialFailure(RolloutError):
    """An API call answered that it could not do a part of what it was asked."""


class LaunchFailed(RolloutError):
    """Auto Scaling could not launch instances."""


class AgentNeverConnected(RolloutError):
    """An instance was launched and its ECS agent did not register and connect in time."""


class ServiceDidNotStabilize(RolloutError):
    """Services did not get stable in time."""


class TasksFailing(RolloutError):
    """Tasks of a service keep failing on new instances, and not on old ones."""


class DrainTimedOut(RolloutError):
    """Tasks did not leave the draining instances in time."""


class StandaloneTasksStillRunning(RolloutError):
    """Tasks that no service owns were still running at the deadline."""


class NoRoomToDrain(RolloutError):
    """Old instances are left, and their tasks fit nowhere."""


class ScaleInTimedOut(RolloutError):
    """Instances that were terminated did not go away in time."""


class AlarmFired(RolloutError):
    """A watched alarm went into ALARM."""


class AlarmInconclusive(RolloutError):
    """At the end of a bake a watched alarm had no data, and the input says that this turns the rollout back."""


class NotPromoted(RolloutError):
    """Somebody rejected the promotion, or nobody answered in time."""


class NotApproved(RolloutError):
    """Somebody rejected the rollout, or nobody approved it in time. Nothing was changed."""


class NotAnswered(RolloutError):
    """Nobody waits for this answer (any more): it came too late, twice, or to no rollout. It changed nothing."""


class WindowClosed(RolloutError):
    """The maintenance window closed in mid-rollout, and the input says that this turns the rollout back."""


class RolloutAborted(RolloutError):
    """Somebody asked for the rollout to be aborted."""


class RolloutAbandoned(RolloutError):
    """The execution that acted for the rollout ended before the rollout did; another one returned what it had moved."""


class RecoveredInVain(RolloutError):
    """The way back ended in the same way as the one before it; another recovery would do so again."""


class StoppedAsAsked(RolloutError):
    """Somebody asked for the rollout to stop where it was; a part of the fleet is new."""


class RolloutTimedOut(RolloutError):
    """The rollout as a whole took longer than its time-out."""


class NothingToReturnTo(RolloutError):
    """The rollout had finished and its old group is deleted; only its last answer was lost."""


class SettingsNotRestored(RolloutError):
    """Something that was borrowed did not read back as recorded."""


class InstancesSkipped(RolloutError):
    """Everything else is new; the named instances were left old because the input said so."""


REFUSALS: dict[type[RolloutError], Outcome] = {
    InputInvalid: Outcome.REFUSED,
    PlanImpossible: Outcome.REFUSED,
    NotApproved: Outcome.REFUSED,
    NotAnswered: Outcome.NOT_ANSWERED,
}
"""Errors that nothing has to be undone for: the graph is answered with them, and ends."""


@dataclass(frozen=True)
class Refusal:
    """What a handler answers in place of an error that it does not have to undo anything for."""

    outcome: str
    error: str
    cause: str
    version: int = PAYLOAD_VERSION

    def to_state(self) -> dict[str, Any]:
        """The JSON object for the state machine."""
        return asdict(self)


@dataclass(frozen=True)
class Rollout:
    """What travels through every state as `$.rollout`."""

    rollout_id: str
    outcome: Outcome
    cluster: str
    auto_scaling_group: str
    target_ami: str
    summary: str
    details: dict[str, Any] = field(default_factory=dict)
    version: int = PAYLOAD_VERSION

    def to_state(self) -> dict[str, Any]:
        """The JSON object for the state machine."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Read it back; refuses another version's payload."""
        _same_version(state)
        return cls(**{**_known(cls, state), "outcome": Outcome(state["outcome"])})


@dataclass(frozen=True)
class Assessment:
    """One reading of the world plus the decision drawn from it, as `$.assessment`. Counts, never lists.

    `stage` is number `stage_number` of `stages`; `lowest_margin` is how far `margin_service`, the service closest to
    its floor, is above it (None: there is no service); `seconds_left` is an estimate, None on the way back.
    """

    step: StepKind
    because: str
    wait_seconds: int
    old: int
    new: int
    launching: int
    draining: int
    terminating: int
    percent: int
    stage: str = ""
    stage_number: int = 0
    stages: int = 0
    lowest_margin: int | None = None
    margin_service: str = ""
    seconds_left: int | None = None
    version: int = PAYLOAD_VERSION

    def to_state(self) -> dict[str, Any]:
        """The JSON object for the state machine."""
        return asdict(self)


@dataclass(frozen=True)
class Report:
    """How the rollout ended, as `$.report` and as the execution's output or its error and cause."""

    status: str
    error: str
    cause: str
    details: dict[str, Any] = field(default_factory=dict)
    version: int = PAYLOAD_VERSION

    def to_state(self) -> dict[str, Any]:
        """The JSON object for the state machine."""
        return asdict(self)


def execution_name(arn: str) -> str:
    """The name of an execution, which is also the id of the rollout that it starts."""
    return arn.rsplit(":", 1)[-1]


def _same_version(state: dict[str, Any]) -> None:
    if state.get("version") != PAYLOAD_VERSION:
        raise InputInvalid(
            f"The payload is of version {state.get('version')!r}, this code reads version {PAYLOAD_VERSION}: "
            "the functions were deployed in mid-rollout. Start the rollout anew."
        )


def _known(cls: type, state: dict[str, Any]) -> dict[str, Any]:
    names = {item.name for item in fields(cls)}
    return {key: value for key, value in state.items() if key in names}
