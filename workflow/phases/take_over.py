"""Take over: the rollout of an execution that ended before it. It goes on, or is turned back, from what is true now."""

from aws_cdk import aws_stepfunctions as sfn

from handlers import contract
from handlers.contract import Direction
from workflow.tasks import FUNCTION_TIMEOUT, Tasks, said_by_a_handler


def take_over(
    tasks: Tasks, forward: sfn.State, turn_back: sfn.State, human: sfn.State, failure_path: str
) -> sfn.TaskStateBase:
    """The branch's first state; it joins the spine where versions are made, or the roll-back.

    Where the take-over itself fails, what the execution before left is named, and changed by nobody.

    No invocation outlives a function's time-out: after that long none of the execution before can change anything.
    """
    scope = tasks.scope
    take = tasks.call(
        contract.TAKE_OVER,
        result_selector={name: sfn.JsonPath.string_at(f"$.Payload.{name}") for name in ("way", "Error", "Cause")},
        result_path=failure_path,
    )
    take.add_catch(
        said_by_a_handler(tasks, "Taken over by another", failure_path),
        errors=[contract.AlreadyRunning.__name__],
        result_path=failure_path,
    )
    take.add_catch(human, errors=["States.ALL"], result_path=failure_path)
    earlier = sfn.Wait(scope, "Wait for earlier calls to end", time=sfn.WaitTime.duration(FUNCTION_TIMEOUT))
    take.next(earlier).next(
        sfn.Choice(scope, "Which way from here?")
        .when(_way_is(failure_path, Direction.FORWARD), forward)
        .when(_way_is(failure_path, Direction.BACK), turn_back)
        .otherwise(sfn.Fail(scope, "Unknown way", error="UnknownWay", cause="The take-over named no known way."))
    )
    return take


def _way_is(failure_path: str, way: Direction) -> sfn.Condition:
    return sfn.Condition.string_equals(f"{failure_path}.way", way.value)
