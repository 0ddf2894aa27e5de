"""The whole machine, top-down: the runbook that this state machine replaces."""

from aws_cdk import aws_stepfunctions as sfn

from handlers import catalogue
from handlers.errors import NotToldYet
from handlers.payloads import Direction, Outcome
from workflow.phases.hand_over import hand_over
from workflow.phases.needs_a_human import needs_a_human
from workflow.phases.roll_back import roll_back
from workflow.phases.roll_out import roll_out
from workflow.phases.take_over import take_over
from workflow.tasks import TIMED_OUT, Tasks, refused

FAILURE = "$.failure"
COMMENT = (
    "Brings every container instance of one node group of an ECS cluster onto one AMI, and back when anything fails. "
    'Input: {"cluster": "prod"}, or with more: {"cluster": "prod", "capacity_provider": "prod-cp", '
    '"ami": "/ami/ecs/latest", "strategy": {"type": "rolling", "surge": "25%"}, "bake_seconds": 600, '
    '"alarms": ["prod-5xx"]}. All keys: docs/input.md.'
)


def rollout(tasks: Tasks) -> sfn.IChainable:
    """The whole machine, from Plan rollout to its ends."""
    back = tasks.facing(Direction.BACK)
    human = needs_a_human(back)
    handing_over = hand_over(tasks, human, FAILURE)
    turn_back = roll_back(back, human, handing_over)
    forward = roll_out(tasks, turn_back, human, handing_over, FAILURE)

    plan = _plan(tasks)
    lock, taking_over = take_over(tasks, forward, turn_back, human.entrance, FAILURE)
    outcome = sfn.Choice(tasks.scope, catalogue.PLAN_OUTCOME.forward)
    plan.next(outcome)
    answer = _answer(tasks)
    answer.next(outcome)
    _what_the_plan_says(tasks, outcome, plan, (lock, taking_over, answer))
    return plan


def _plan(tasks: Tasks) -> sfn.TaskStateBase:
    """Plan rollout turns the operator's input into `$.rollout`; the raw input goes no further."""
    plan = tasks.call(
        catalogue.PLAN,
        payload={
            "input": sfn.JsonPath.object_at("$$.Execution.Input"),
            "execution_id": sfn.JsonPath.execution_id,
        },
        result_selector={"rollout": sfn.JsonPath.object_at("$.Payload")},
        result_path="$",
    )
    failed = sfn.Fail(
        tasks.scope, catalogue.PLAN_FAILED.forward, error_path=f"{FAILURE}.Error", cause_path=f"{FAILURE}.Cause"
    )
    plan.add_catch(failed, errors=["States.ALL"], result_path=FAILURE)
    return plan


def _what_the_plan_says(
    tasks: Tasks,
    outcome: sfn.Choice,
    plan: sfn.TaskStateBase,
    going_on: tuple[sfn.IChainable, sfn.IChainable, sfn.IChainable],
) -> None:
    """Hang every outcome on the Choice; a refusal ends in a Fail that says the handler's own message."""
    scope = tasks.scope
    lock, taking_over, answer = going_on
    said = ("$.rollout.error", "$.rollout.cause")
    for value, following in {
        Outcome.PROCEED: lock,
        Outcome.APPROVAL: _approval(tasks, plan),
        Outcome.CLOSED: _wait_and_plan_again(tasks, catalogue.WAIT_FOR_WINDOW_TO_START.forward, plan),
        Outcome.ITS_TURN: _wait_and_plan_again(tasks, catalogue.WAIT_FOR_PREVIOUS.forward, plan),
        Outcome.ANSWER: answer,
        Outcome.ANSWERED: sfn.Succeed(scope, catalogue.ANSWERED.forward, output_path="$.rollout.said"),
        Outcome.NOT_ANSWERED: refused(tasks, catalogue.NOT_ANSWERED.forward, *said),
        Outcome.TAKE_OVER: taking_over,
        Outcome.UP_TO_DATE: sfn.Succeed(scope, catalogue.NOTHING_TO_DO.forward, output_path="$.rollout"),
        Outcome.DRY_RUN: sfn.Succeed(scope, catalogue.SHOW_THE_PLAN.forward, output_path="$.rollout"),
        Outcome.REFUSED: refused(tasks, catalogue.PLAN_REFUSED.forward, *said),
    }.items():
        outcome.when(sfn.Condition.string_equals("$.rollout.outcome", value.value), following)


def _wait_and_plan_again(tasks: Tasks, name: str, plan: sfn.TaskStateBase) -> sfn.Wait:
    """Nothing is held and nothing was changed meanwhile; the plan is made of what is true then."""
    wait = sfn.Wait(tasks.scope, name, time=sfn.WaitTime.seconds_path("$.rollout.details.wait_seconds"))
    wait.next(plan)
    return wait


def _approval(tasks: Tasks, plan: sfn.TaskStateBase) -> sfn.TaskStateBase:
    """An operator is asked; then, or when nobody answered or was told, the plan is made anew.

    It finds the answer in the table.
    """
    ask = tasks.ask(catalogue.APPROVAL, "$.rollout.details.approval_seconds")
    ask.next(plan)
    tasks.again_for_half_an_hour(ask, NotToldYet.__name__)
    ask.add_catch(plan, errors=[TIMED_OUT, NotToldYet.__name__], result_path=sfn.JsonPath.DISCARD)
    ask.add_catch(
        sfn.Fail(
            tasks.scope, catalogue.APPROVAL_FAILED.forward, error_path=f"{FAILURE}.Error", cause_path=f"{FAILURE}.Cause"
        ),
        errors=["States.ALL"],
        result_path=FAILURE,
    )
    return ask


def _answer(tasks: Tasks) -> sfn.TaskStateBase:
    """This execution only answers another one; an answer that came too late, twice or to nobody is a failure."""
    answer = tasks.call(
        catalogue.ANSWER, result_selector={"rollout": sfn.JsonPath.object_at("$.Payload")}, result_path="$"
    )
    answer.add_catch(
        sfn.Fail(
            tasks.scope, catalogue.ANSWER_FAILED.forward, error_path=f"{FAILURE}.Error", cause_path=f"{FAILURE}.Cause"
        ),
        errors=["States.ALL"],
        result_path=FAILURE,
    )
    return answer
