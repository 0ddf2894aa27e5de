"""The loop of a box: assess, take the one next step, wait for it, assess again. Built once for each direction."""

from dataclasses import dataclass

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from handlers import catalogue, errors, payloads
from handlers.catalogue import TaskState
from handlers.payloads import Direction, StepKind
from workflow.tasks import TIMED_OUT, Tasks, selector


@dataclass(frozen=True)
class StepStates:
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
    StepKind.WAIT_UNDER_LOAD: _sentences("Bake", ""),
    StepKind.WAIT_WHILE_PAUSED: _sentences("Wait while paused", ""),
    StepKind.WAIT_FOR_WINDOW: _sentences("Wait for next maintenance window", ""),
}
STEPS = (
    StepStates(StepKind.REACTIVATE, catalogue.REACTIVATE, StepKind.WAIT_FOR_SERVICES),
    StepStates(StepKind.CORDON, catalogue.CORDON, StepKind.WAIT_FOR_SERVICES),
    StepStates(StepKind.UPDATE_SERVICE_STRATEGY, catalogue.UPDATE_SERVICE_STRATEGY, StepKind.WAIT_FOR_SERVICES),
    StepStates(StepKind.SCALE_OUT, catalogue.SCALE_OUT, StepKind.WAIT_FOR_AGENTS),
    StepStates(StepKind.DRAIN, catalogue.DRAIN, StepKind.WAIT_FOR_DRAIN),
    StepStates(StepKind.SCALE_IN, catalogue.SCALE_IN, StepKind.WAIT_FOR_TERMINATION),
    StepStates(StepKind.BAKE, catalogue.START_BAKE, StepKind.WAIT_UNDER_LOAD),
)
NEXT = _sentences("Next step?", "Next step on the way back?")
NOTHING_LEFT = _sentences("All instances replaced", "All instances returned")
STOPPED = _sentences("Stopped on request", "")


@dataclass(frozen=True)
class Hub:
    """Its one entrance, and where it is left."""

    entrance: sfn.TaskStateBase
    nothing_left: sfn.Pass


def move_fleet(tasks: Tasks) -> Hub:
    """The loop and its steps in the direction that `tasks` faces.

    A rollout that was asked to stop leaves the box as a failure would, and is not turned back: there is none on the way
    back. A step that the graph does not know matches no rule, which fails the box, too.
    """
    scope, direction = tasks.scope, tasks.direction
    assess = tasks.call(catalogue.ASSESS, result_selector=selector(payloads.Assessment), result_path="$.assessment")
    waits = {kind: tasks.wait(words[direction]) for kind, words in WAITS.items() if words[direction]}
    choice = sfn.Choice(scope, NEXT[direction])
    for step in STEPS:
        if tasks.exists(step.act):
            act = tasks.call(step.act)
            act.next(waits[step.wait])
            choice.when(_step_is(step.kind), act)
    if tasks.exists(catalogue.PROMOTION):
        ask = tasks.ask(catalogue.PROMOTION, "$.assessment.wait_seconds")
        ask.next(assess)
        ask.add_catch(assess, errors=[TIMED_OUT], result_path=sfn.JsonPath.DISCARD)
        choice.when(_step_is(StepKind.WAIT_FOR_PROMOTION), ask)
    for kind, wait in waits.items():
        wait.next(assess)
        choice.when(_step_is(kind), wait)
    nothing_left = sfn.Pass(scope, NOTHING_LEFT[direction])
    if STOPPED[direction]:
        choice.when(_step_is(StepKind.STOP_HERE), _stopped(scope, STOPPED[direction]))
    choice.when(_step_is(StepKind.DONE), nothing_left)
    assess.next(choice)
    return Hub(assess, nothing_left)


def _stopped(scope: Construct, name: str) -> sfn.Fail:
    cause = "An operator asked the rollout to stop; all that had begun is finished."
    return sfn.Fail(scope, name, error=errors.StoppedAsAsked.__name__, cause=cause)


def _step_is(kind: StepKind) -> sfn.Condition:
    return sfn.Condition.string_equals("$.assessment.step", kind.value)
