"""A try-block: a Parallel state with one branch, whose one list of catches is for everything in it."""

from aws_cdk import aws_stepfunctions as sfn

from handlers import catalogue
from workflow.phases.move_fleet import move_fleet
from workflow.tasks import REPORTED, Tasks


def try_block(tasks: Tasks, name: str, first: sfn.TaskStateBase) -> sfn.Parallel:
    """From its first Task to the report; the catches are the caller's."""
    prepare = tasks.call(catalogue.PREPARE)
    loop = move_fleet(tasks)
    box = sfn.Parallel(tasks.scope, name, result_selector=REPORTED)
    box.branch(sfn.Chain.start(first).next(prepare).next(loop.entrance))
    loop.nothing_left.next(tasks.report(catalogue.FINISH, tries=sfn.JsonPath.number_at("$$.State.RetryCount")))
    return box
