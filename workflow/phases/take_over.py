"""Who acts for the node groups: this execution, from now on, or one that was quicker.

A rollout that another execution left in the middle goes on, or is turned back, from what is true now. One that another
execution handed over goes on.
"""

from aws_cdk import aws_stepfunctions as sfn

from handlers import catalogue, errors
from handlers.payloads import Way
from workflow.tasks import Tasks, refused

SECONDS = "wait_seconds"


def take_over(
    tasks: Tasks, forward: sfn.State, turn_back: sfn.State, human: sfn.State, failure_path: str
) -> tuple[sfn.TaskStateBase, sfn.TaskStateBase]:
    """Lock cluster and Take over rollout; both join the boxes.

    Where the take-over itself fails, what the execution before left is named, and changed by nobody.

    No invocation outlives a function's time-out: after that long none of the execution before can change anything. Of
    one that handed over nothing runs but that: then there is nothing to wait for.
    """
    scope = tasks.scope
    found = {
        key: sfn.JsonPath.string_at(f"$.Payload.{name}")
        for key, name in (("way", "outcome"), ("Error", "error"), ("Cause", "cause"))
    }
    lock = tasks.call(catalogue.LOCK, result_selector=found, result_path=failure_path)
    seconds = {SECONDS: sfn.JsonPath.number_at(f"$.Payload.{SECONDS}")}
    take = tasks.call(catalogue.TAKE_OVER, result_selector={**found, **seconds}, result_path=failure_path)
    lock.add_catch(human, errors=[errors.LeaseLost.__name__], result_path=failure_path)
    lock.add_catch(turn_back, errors=["States.ALL"], result_path=failure_path)
    take.add_catch(human, errors=["States.ALL"], result_path=failure_path)

    time = sfn.WaitTime.seconds_path(f"{failure_path}.{SECONDS}")
    earlier = sfn.Wait(scope, catalogue.WAIT_FOR_INVOCATIONS.forward, time=time)
    way = sfn.Choice(scope, catalogue.RESUME_OR_ROLL_BACK.forward)
    lock.next(way)
    take.next(earlier).next(way)
    said = (f"{failure_path}.Error", f"{failure_path}.Cause")
    for value, following in {
        Way.FORWARD: forward,
        Way.BACK: turn_back,
        Way.ALREADY_RUNNING: refused(tasks, catalogue.ALREADY_RUNNING.forward, *said),
        Way.TAKEN_OVER: refused(tasks, catalogue.TAKEN_OVER.forward, *said),
    }.items():
        way.when(sfn.Condition.string_equals(f"{failure_path}.way", value.value), following)
    return lock, take
