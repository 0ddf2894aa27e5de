"""The spine, top-down: the runbook that this state machine replaces."""

from aws_cdk import aws_stepfunctions as sfn

from handlers import contract
from handlers.contract import Direction, Outcome
from workflow.phases.move_fleet import Box, move_fleet
from workflow.phases.needs_a_human import NeedsAHuman, needs_a_human
from workflow.phases.roll_back import roll_back
from workflow.phases.take_over import take_over
from workflow.tasks import TIMED_OUT, Tasks, said_by_a_handler

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
    turn_back = roll_back(back, human)

    plan = _plan(tasks)
    not_answered = said_by_a_handler(tasks, "Not answered", FAILURE)
    lock = tasks.call(contract.LOCK)
    create = tasks.call(contract.CREATE_VERSION)
    prepare = tasks.call(contract.PREPARE)
    box = move_fleet(tasks, FAILURE)
    finish = tasks.report(contract.FINISH)
    stop = tasks.report(contract.STOP_HERE)
    rolled_out = sfn.Succeed(tasks.scope, "Rolled out", output_path="$.report")

    taking_over = take_over(tasks, create, turn_back, human.entrance, FAILURE)
    plan.next(_what_the_plan_says(tasks, plan, lock, taking_over, _answer(tasks, not_answered)))
    plan.add_catch(not_answered, errors=[contract.NotAnswered.__name__], result_path=FAILURE)
    failed = sfn.Fail(tasks.scope, "Plan failed", error_path=f"{FAILURE}.Error", cause_path=f"{FAILURE}.Cause")
    plan.add_catch(failed, errors=["States.ALL"], result_path=FAILURE)
    lock.next(create).next(prepare).next(box.entrance)
    box.nothing_left.next(finish).next(rolled_out)
    if box.stopped is not None:
        box.stopped.next(stop).next(human.end)

    lock.add_catch(
        said_by_a_handler(tasks, "Already running", FAILURE),
        errors=[contract.AlreadyRunning.__name__],
        result_path=FAILURE,
    )
    finish.add_catch(human.entrance, errors=[contract.InstancesSkipped.__name__], result_path=FAILURE)
    stop.add_catch(human.entrance, errors=["States.ALL"], result_path=FAILURE)
    _turn_back_on_error((lock, create, prepare, *box.tasks, finish), box, turn_back, human)
    return plan


def _plan(tasks: Tasks) -> sfn.TaskStateBase:
    """Plan rollout turns the operator's input into `$.rollout`; the raw input goes no further."""
    plan = tasks.call(
        contract.PLAN,
        payload={
            "input": sfn.JsonPath.object_at("$$.Execution.Input"),
            "execution_id": sfn.JsonPath.execution_id,
        },
        result_selector={"rollout": sfn.JsonPath.object_at("$.Payload")},
        result_path="$",
    )
    refusals = [error.__name__ for error in contract.PLAN_REFUSALS]
    plan.add_catch(said_by_a_handler(tasks, "Plan refused", FAILURE), errors=refusals, result_path=FAILURE)
    return plan


def _what_the_plan_says(
    tasks: Tasks,
    plan: sfn.TaskStateBase,
    lock: sfn.IChainable,
    taking_over: sfn.IChainable,
    answering: sfn.IChainable,
) -> sfn.Choice:
    scope = tasks.scope
    return (
        sfn.Choice(scope, "What does the plan say?")
        .when(_outcome_is(Outcome.PROCEED), lock)
        .when(_outcome_is(Outcome.APPROVAL), _approval(tasks, plan))
        .when(_outcome_is(Outcome.CLOSED), _wait_and_plan_again(tasks, "Wait for maintenance window", plan))
        .when(_outcome_is(Outcome.ITS_TURN), _wait_and_plan_again(tasks, "Wait for the rollout before", plan))
        .when(_outcome_is(Outcome.ANSWER), answering)
        .when(_outcome_is(Outcome.TAKE_OVER), taking_over)
        .when(_outcome_is(Outcome.UP_TO_DATE), sfn.Succeed(scope, "Nothing to do", output_path="$.rollout"))
        .when(_outcome_is(Outcome.DRY_RUN), sfn.Succeed(scope, "Show the plan", output_path="$.rollout"))
        .otherwise(sfn.Fail(scope, "Unknown plan", error="UnknownPlan", cause="The plan has an unknown outcome."))
    )


def _wait_and_plan_again(tasks: Tasks, name: str, plan: sfn.TaskStateBase) -> sfn.Wait:
    """Nothing is held and nothing was changed meanwhile; the plan is made of what is true then."""
    wait = sfn.Wait(tasks.scope, name, time=sfn.WaitTime.seconds_path("$.rollout.details.wait_seconds"))
    wait.next(plan)
    return wait


def _approval(tasks: Tasks, plan: sfn.TaskStateBase) -> sfn.TaskStateBase:
    """Somebody is asked; then, or when nobody answered, the plan is made anew and finds the answer in the table."""
    ask = tasks.ask(contract.APPROVAL, "$.rollout.details.approval_seconds")
    ask.next(plan)
    ask.add_catch(plan, errors=[TIMED_OUT], result_path=sfn.JsonPath.DISCARD)
    ask.add_catch(
        sfn.Fail(tasks.scope, "Approval failed", error_path=f"{FAILURE}.Error", cause_path=f"{FAILURE}.Cause"),
        errors=["States.ALL"],
        result_path=FAILURE,
    )
    return ask


def _answer(tasks: Tasks, not_answered: sfn.State) -> sfn.TaskStateBase:
    """This execution only answers another one; an answer that came too late, twice or to nobody is a failure."""
    answer = tasks.call(contract.ANSWER, result_path="$.answer", result_selector={"said.$": "$.Payload"})
    answer.add_catch(not_answered, errors=[contract.NotAnswered.__name__], result_path=FAILURE)
    answer.add_catch(
        sfn.Fail(tasks.scope, "Answer failed", error_path=f"{FAILURE}.Error", cause_path=f"{FAILURE}.Cause"),
        errors=["States.ALL"],
        result_path=FAILURE,
    )
    answer.next(sfn.Succeed(tasks.scope, "Answered", output_path="$.answer.said"))
    return answer


def _outcome_is(outcome: Outcome) -> sfn.Condition:
    return sfn.Condition.string_equals("$.rollout.outcome", outcome.value)


def _turn_back_on_error(
    changing: tuple[sfn.TaskStateBase, ...], box: Box, turn_back: sfn.State, human: NeedsAHuman
) -> None:
    """Whatever fails after the plan turns the rollout back; only one that lost its lease changes nothing more."""
    box.unknown_step.next(turn_back)
    for task in changing:
        task.add_catch(human.entrance, errors=[contract.LeaseLost.__name__], result_path=FAILURE)
        task.add_catch(turn_back, errors=["States.ALL"], result_path=FAILURE)
