"""The roll-back branch: turn around, move the fleet the other way, restore and verify. It ends in a Fail, always."""

from aws_cdk import aws_stepfunctions as sfn

from handlers import contract
from workflow.phases.move_fleet import move_fleet
from workflow.phases.needs_a_human import NeedsAHuman
from workflow.tasks import Tasks

FAILURE = "$.roll_back_failure"


def roll_back(tasks: Tasks, human: NeedsAHuman) -> sfn.State:
    """The branch's first state; whatever fails in it ends in Needs a human."""
    begin = tasks.call(
        contract.BEGIN_ROLL_BACK,
        payload={**tasks.payload(), "state": sfn.JsonPath.object_at("$")},
    )
    prepare = tasks.call(contract.PREPARE)
    box = move_fleet(tasks, FAILURE)
    finish = tasks.report(contract.FINISH)
    rolled_back = sfn.Fail(tasks.scope, "Rolled back", error_path="$.report.error", cause_path="$.report.cause")

    begin.next(prepare).next(box.entrance)
    box.nothing_left.next(finish).next(rolled_back)
    box.unknown_step.next(human.entrance)
    for task in (begin, prepare, *box.tasks, finish):
        task.add_catch(human.entrance, errors=["States.ALL"], result_path=FAILURE)
    return begin
