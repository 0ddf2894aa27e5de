"""Functions that a rule or a schedule invokes without waiting for the answer.

"How Lambda handles errors and retries with asynchronous invocation" (Lambda developer guide): a function that fails is
tried again a minute later, and again two minutes after that; then the event goes to the function's destination.
"""

from functools import partial

from simulator.aws.ecs.context import ACCOUNT
from simulator.iam.evaluation import Principal
from simulator.region import Region
from simulator.stepfunctions.deployed_stack import Function
from simulator.stepfunctions.events import LambdaInvoked
from simulator.triggers.dead_letters import Undelivered, bury

AGAIN_AFTER = (60.0, 120.0)


def invoke(region: Region, by: str, target: str, event: str) -> None:
    """A function is invoked by a rule or a schedule of that name."""
    _try(region, by, region.engine.functions.of(target), event, 0)


def _try(region: Region, by: str, function: Function, event: str, tried: int) -> None:
    _answer, error = region.engine.functions.invoke(function.arn, event.encode())
    region.bus.emit(LambdaInvoked(function.name, error, by))
    if error is None:
        return
    if tried < function.retries:
        region.engine.later(AGAIN_AFTER[tried], partial(_try, region, by, function, event, tried + 1))
    else:
        bury(region, Undelivered(function.name, function.on_failure, Principal(ACCOUNT, role=function.role)))
