"""EventBridge Scheduler's schedules of the deployed stack. They rest until `run` is called."""

from functools import partial

from simulator.region import Region
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
        for one in self._schedules:
            self._next(one)

    def _next(self, one: Schedule) -> None:
        self._region.engine.later(one.seconds, partial(self._invoke, one))

    def _invoke(self, one: Schedule) -> None:
        invoke(self._region, one.name, one.target, one.event)
        self._next(one)
