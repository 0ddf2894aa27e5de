"""The forward box: one try-block in which every failure turns the rollout back, whatever state it arose in."""

from aws_cdk import aws_stepfunctions as sfn

from handlers import catalogue
from handlers.errors import InstancesSkipped, LeaseLost, NotHandedOver, StoppedAsAsked
from workflow.phases.hand_over import HandOver
from workflow.phases.needs_a_human import NeedsAHuman
from workflow.phases.try_block import try_block
from workflow.tasks import Tasks


def roll_out(
    tasks: Tasks, turn_back: sfn.State, human: NeedsAHuman, hand_over: HandOver, failure_path: str
) -> sfn.Parallel:
    """The box, with its exits: all new, stopped where it stands, handed over, left to a human, or turned back.

    Only an execution that lost its lease, one that skipped instances, and one whose history is full changes nothing
    more.
    """
    box = try_block(tasks, catalogue.ROLL_OUT.forward, tasks.call(catalogue.CREATE_VERSION))

    stop = tasks.report(catalogue.STOP_IN_PLACE)
    stop.next(human.end)
    stop.add_catch(human.entrance, errors=["States.ALL"], result_path=failure_path)
    box.next(sfn.Succeed(tasks.scope, catalogue.ROLLED_OUT.forward, output_path="$.report"))
    box.add_catch(stop, errors=[StoppedAsAsked.__name__], result_path=failure_path)
    hand_over.catch(box)
    left = [LeaseLost.__name__, InstancesSkipped.__name__, NotHandedOver.__name__]
    box.add_catch(human.entrance, errors=left, result_path=failure_path)
    box.add_catch(turn_back, errors=["States.ALL"], result_path=failure_path)
    return box
