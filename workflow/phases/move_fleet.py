"""The box of the picture: assess, take the one next step, wait for it, assess again. Built once for each direction."""

from dataclasses import dataclass

from aws_cdk import aws_stepfunctions as sfn

from handlers import contract
from handlers.contract import Direction, StepKind, TaskState
from workflow.tasks import TIMED_OUT, Tasks, selector


@dataclass(frozen=True)
class Spoke:
    """A step that acts, and the Wait that follows it, by its sentence in each direction."""

    kind: StepKind
    act: TaskState
    wait: StepKind


def _sentences(forward: str, back: str) -> dict[Direction, str]:
    return {Direction.FORWARD: forward, Direction.BACK: back}


WAITS = {
    StepKind.WAIT_FOR_AGENTS: _sentences("Wait for ACTIVE agents", "Wait for ACTIVE agents on the way back"),
    StepKind.WAIT_FOR_SERVICES: _sentences("Wait for stable services", "Wait for stable services on the way back"),
    StepKind.WAIT_FOR_DRAIN: _sentences("Wait for drain", "Wait for drain of new instances"),
    StepKind.WAIT_FOR_TERMINATION: _sentences("Wait for termination", "Wait for termination of new instances"),
    StepKind.WAIT_UNDER_LOAD: _sentences("Wait under load", ""),
    StepKind.WAIT_WHILE_PAUSED: _sentences("Wait while paused", ""),
    StepKind.WAIT_FOR_WINDOW: _sentences("Wait for next maintenance window", ""),
}
SPOKES = (
    Spoke(StepKind.REACTIVATE, contract.REACTIVATE, StepKind.WAIT_FOR_SERVICES),
    Spoke(StepKind.CORDON, contract.CORDON, StepKind.WAIT_FOR_SERVICES),
    Spoke(StepKind.UPDATE_SERVICE_STRATEGY, contract.UPDATE_SERVICE_STRATEGY, StepKind.WAIT_FOR_SERVICES),
    Spoke(StepKind.SCALE_OUT, contract.SCALE_OUT, StepKind.WAIT_FOR_AGENTS),
    Spoke(StepKind.DRAIN, contract.DRAIN, StepKind.WAIT_FOR_DRAIN),
    Spoke(StepKind.SCALE_IN, contract.SCALE_IN, StepKind.WAIT_FOR_TERMINATION),
    Spoke(StepKind.BAKE, contract.BAKE, StepKind.WAIT_UNDER_LOAD),
)
NEXT = _sentences("Next step?", "Next step on the way back?")
NOTHING_LEFT = _sentences("Nothing old is left", "Nothing new is left")
STOPPED = _sentences("Stopped as asked", "")
UNKNOWN = _sentences("Unknown step", "Unknown step on the way back")


@dataclass(frozen=True)
class Box:
    """The box with its one entrance and its exits; `tasks` are what a Catch has to be hung on.

    `stopped` is where a rollout ends that was asked to stop: there is none on the way back.
    """

    entrance: sfn.State
    nothing_left: sfn.Pass
    unknown_step: sfn.Pass
    stopped: sfn.Pass | None
    tasks: tuple[sfn.TaskStateBase, ...]


def move_fleet(tasks: Tasks, failure_path: str) -> Box:
    """The hub and its spokes in the direction that `tasks` faces."""
    scope, direction = tasks.scope, tasks.direction
    assess = tasks.call(contract.ASSESS, result_selector=selector(contract.Assessment), result_path="$.assessment")
    waits = {kind: tasks.wait(words[direction]) for kind, words in WAITS.items() if words[direction]}
    choice = sfn.Choice(scope, NEXT[direction])
    made: list[sfn.TaskStateBase] = [assess]
    for spoke in SPOKES:
        if tasks.exists(spoke.act):
            act = tasks.call(spoke.act)
            act.next(waits[spoke.wait])
            choice.when(_step_is(spoke.kind), act)
            made.append(act)
    if tasks.exists(contract.PROMOTION):
        ask = tasks.ask(contract.PROMOTION, "$.assessment.wait_seconds")
        ask.next(assess)
        ask.add_catch(assess, errors=[TIMED_OUT], result_path=sfn.JsonPath.DISCARD)
        choice.when(_step_is(StepKind.WAIT_FOR_PROMOTION), ask)
        made.append(ask)
    for kind, wait in waits.items():
        wait.next(assess)
        choice.when(_step_is(kind), wait)
    nothing_left = sfn.Pass(scope, NOTHING_LEFT[direction])
    unknown = sfn.Pass(
        scope,
        UNKNOWN[direction],
        parameters={
            "Error": "UnknownStep",
            "Cause": sfn.JsonPath.format(
                "The assessment asks for a step that the graph does not know: {}",
                sfn.JsonPath.string_at("$.assessment.step"),
            ),
        },
        result_path=failure_path,
    )
    stopped = sfn.Pass(scope, STOPPED[direction]) if STOPPED[direction] else None
    if stopped is not None:
        choice.when(_step_is(StepKind.STOP_HERE), stopped)
    choice.when(_step_is(StepKind.DONE), nothing_left).otherwise(unknown)
    assess.next(choice)
    return Box(assess, nothing_left, unknown, stopped, tuple(made))


def _step_is(kind: StepKind) -> sfn.Condition:
    return sfn.Condition.string_equals("$.assessment.step", kind.value)
