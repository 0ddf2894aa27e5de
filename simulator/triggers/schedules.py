"""EventBridge Scheduler's schedules of the deployed stack. They rest until `run` is called."""

from functools import partial

from simulator.aws.ecs.context import ACCOUNT
from simulator.iam.evaluation import Principal
from simulator.region import INVOKE, Region
from simulator.stepfunctions.deployed_stack import Schedule
from simulator.triggers.dead_letters import Undelivered, bury
from simulator.triggers.invocations import invoke
from simulator.triggers.rules import RuleMatched


class Schedules:
    """Invoke their functions, each at its own rate, the first time one interval from `run` on.

    A rehearsal is about one rollout: its trace should not grow with what the stack does every hour.
    """

    def __init__(self, region: Region, schedules: tuple[Schedule, ...]) -> None:
        self._region, self._schedules = region, schedules

    def run(self) -> None:
        """From now on."""
        for schedule in self._schedules:
            self._next(schedule)

    def _next(self, schedule: Schedule) -> None:
        self._region.engine.later(schedule.seconds, partial(self._invoke, schedule))

    def _invoke(self, schedule: Schedule) -> None:
        region, by = self._region, Principal(ACCOUNT, role=schedule.role)
        if region.may(schedule.name, by, INVOKE, schedule.target):
            region.bus.emit(RuleMatched(schedule.name, schedule.target.rsplit(":", 1)[-1]))
            invoke(region, schedule.name, schedule.target, schedule.event)
        else:
            bury(region, Undelivered(schedule.name, schedule.dead_letters, by))
        self._next(schedule)
