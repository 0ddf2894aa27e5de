"""EventBridge Scheduler's schedules of the deployed stack. They rest until `run` is called."""

from functools import partial

from simulator.aws.ecs.context import ACCOUNT
from simulator.iam.evaluation import Principal
from simulator.region import INVOKE, Region
from simulator.stepfunctions.deployed_stack import Schedule
from simulator.triggers.rules import invoke


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
        if self._region.may(schedule.name, Principal(ACCOUNT, role=schedule.role), INVOKE, schedule.target):
            invoke(self._region, schedule.name, schedule.target, schedule.event)
        self._next(schedule)
