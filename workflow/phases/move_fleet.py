"""The loop of a box: assess, take the one next step, wait for it, assess again. Built once for each direction."""

from dataclasses import dataclass

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from handlers import catalogue, errors, payloads
from handlers.payloads import StepKind
from workflow.tasks import TIMED_OUT, Tasks, selector

ACTS = {
    catalogue.REACTIVATE: StepKind.WAIT_FOR_SERVICES,
    catalogue.CORDON: StepKind.WAIT_FOR_SERVICES,
    catalogue.UPDATE_SERVICE_STRATEGY: StepKind.WAIT_FOR_SERVICES,
    catalogue.SCALE_OUT: StepKind.WAIT_FOR_AGENTS,
    catalogue.DRAIN: StepKind.WAIT_FOR_DRAIN,
    catalogue.SCALE_IN: StepKind.WAIT_FOR_TERMINATION,
    catalogue.START_BAKE: StepKind.WAIT_UNDER_LOAD,
}
"""Each Task that acts, and what is waited for after it."""


@dataclass(frozen=True)
class Loop:
    """Its one entrance, and where it is left."""

    entrance: sfn.TaskStateBase
    nothing_left: sfn.Pass


def move_fleet(tasks: Tasks) -> Loop:
    """The loop and its steps in the direction that `tasks` faces.

    A rollout that was asked to stop leaves the box as a failure would, and is not turned back: there is none on the way
    back. So does one that was handed over, as the assessment after that finds. A step that the graph does not know
    matches no rule, which fails the box, too.
    """
    scope, direction = tasks.scope, tasks.direction
    assess = tasks.call(catalogue.ASSESS, result_selector=selector(payloads.Assessment), result_path="$.assessment")
    waits = {wait.step: tasks.wait(wait.name(direction)) for wait in catalogue.WAITS if tasks.exists(wait)}
    choice = sfn.Choice(scope, catalogue.NEXT_STEP.name(direction))
    for state, following in ACTS.items():
        if tasks.exists(state):
            act = tasks.call(state)
            act.next(waits[following])
            choice.when(_step_is(state.step), act)
    if tasks.exists(catalogue.PROMOTION):
        ask = tasks.ask(catalogue.PROMOTION, "$.assessment.wait_seconds")
        ask.next(assess)
        ask.add_catch(assess, errors=[TIMED_OUT], result_path=sfn.JsonPath.DISCARD)
        choice.when(_step_is(StepKind.WAIT_FOR_PROMOTION), ask)
    for kind, wait in waits.items():
        wait.next(assess)
        choice.when(_step_is(kind), wait)
    nothing_left = sfn.Pass(scope, catalogue.ALL_REPLACED.name(direction))
    if tasks.exists(catalogue.STOPPED):
        choice.when(_step_is(StepKind.STOP_HERE), _stopped(scope, catalogue.STOPPED.name(direction)))
    hand_over = tasks.call(catalogue.HAND_OVER)
    hand_over.next(assess)
    choice.when(_step_is(catalogue.HAND_OVER.step), hand_over)
    choice.when(_step_is(StepKind.DONE), nothing_left)
    assess.next(choice)
    return Loop(assess, nothing_left)


def _stopped(scope: Construct, name: str) -> sfn.Fail:
    cause = "An operator asked the rollout to stop; all that had begun is finished."
    return sfn.Fail(scope, name, error=errors.StoppedAsAsked.__name__, cause=cause)


def _step_is(kind: StepKind | None) -> sfn.Condition:
    return sfn.Condition.string_equals("$.assessment.step", str(kind))
