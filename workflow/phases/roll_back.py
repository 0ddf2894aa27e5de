"""The box of the way back: turn around, move the fleet the other way, restore and verify. It ends in a Fail, always."""

from aws_cdk import aws_stepfunctions as sfn

from handlers import catalogue
from workflow.phases.hand_over import HandOver
from workflow.phases.needs_a_human import NeedsAHuman
from workflow.phases.try_block import try_block
from workflow.tasks import Tasks

FAILURE = "$.roll_back_failure"


def roll_back(tasks: Tasks, human: NeedsAHuman, hand_over: HandOver) -> sfn.Parallel:
    """The box; whatever fails in it ends in Needs a human, but for what another execution goes on after."""
    begin = tasks.call(
        catalogue.BEGIN_ROLL_BACK,
        payload={**tasks.payload(), "state": sfn.JsonPath.object_at("$")},
    )
    box = try_block(tasks, catalogue.ROLL_BACK.back, begin)
    box.next(
        sfn.Fail(tasks.scope, catalogue.ROLLED_BACK.back, error_path="$.report.error", cause_path="$.report.cause")
    )
    hand_over.catch(box)
    box.add_catch(human.entrance, errors=["States.ALL"], result_path=FAILURE)
    return box
