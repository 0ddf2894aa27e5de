"""The least time that a way back could take from how the fleet stands when it begins: no polls, no calls, no doubts.

The rules are those of the region: Auto Scaling and ECS's scheduler look every so often; a task counts when it is
RUNNING and healthy; another one is stopped then, behind a load balancer after its deregistration; a place is free when
its task has stopped, and an instance gone when it has terminated. Everything that takes time is drawn from the
scenario's timings, and the mean over `DRAWS` draws is what is held against: the slowest of many counts, not the mean.
"""

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from statistics import fmean

from simulator.kernel.random_streams import Range
from simulator.scenario.model import Scenario

DRAWS = 20


@dataclass(frozen=True)
class Standing:
    """How the fleet stands when the way back begins.

    `gone` old instances are missing and `new` ones are there. `missing` are the tasks that have to be started on old
    instances, those of `behind` a load balancer; `places` how many of them can be at a time, where it is not all of
    them, and `boots` whether that takes instances that have to be launched first.
    """

    gone: int
    new: int
    missing: int
    behind: int
    places: int
    boots: bool


def ideal_of_deployments(scenario: Scenario, standing: Standing) -> float:
    """All that is missing starts at once, or in rounds of as many as there are places for."""

    def once(clock: "_Timings") -> float:
        at = clock.boot(standing.gone) if standing.gone else 0.0
        if standing.missing and standing.boots:
            at += clock.boot(1)
        rounds = math.ceil(standing.missing / max(1, standing.places))
        for number in range(rounds):
            tasks = min(standing.places, standing.missing - number * standing.places)
            at = clock.moved(at, tasks, min(tasks, standing.behind))
        return at + (clock.terminated(standing.new) if standing.new else 0.0)

    return _mean_of(scenario, once)


def ideal_of_slots(scenario: Scenario, standing: Standing, slots: int, tasks: int, behind: int) -> float:
    """Each old instance that is missing comes up in a slot, takes the tasks of a new one, which goes then."""

    def once(clock: "_Timings") -> float:
        free, end = [0.0] * max(1, slots), 0.0
        for _ in range(standing.gone):
            up = clock.look(heapq.heappop(free)) + clock.boot(1)
            gone = clock.moved(clock.look(up), tasks, behind)
            heapq.heappush(free, gone)
            end = max(end, gone)
        if not standing.gone and standing.missing:
            end = clock.moved(0.0, standing.missing, standing.behind)
        return end + (clock.terminated(standing.new) if standing.new else 0.0)

    return _mean_of(scenario, once)


def _mean_of(scenario: Scenario, once: Callable[["_Timings"], float]) -> float:
    chance = Random(1)
    return round(fmean(once(_Timings(scenario, chance)) for _ in range(DRAWS)), 1)


class _Timings:
    """The scenario's timings, drawn."""

    def __init__(self, scenario: Scenario, chance: Random) -> None:
        self._timings, self._chance = scenario.timings, chance
        delays = [each.load_balancer.deregistration_delay_seconds for each in scenario.services if each.load_balancer]
        self._deregistration = max(delays, default=0.0)

    def look(self, at: float) -> float:
        """The next look of Auto Scaling, or of ECS's scheduler."""
        cadence = self._timings.scheduler_seconds
        return math.ceil(at / cadence) * cadence

    def boot(self, instances: int) -> float:
        """Until the slowest of so many instances is connected."""
        return max(self._draw(self._timings.launch_seconds) + self._draw(self._timings.agent_seconds)
                   for _ in range(instances))  # fmt: skip

    def moved(self, at: float, tasks: int, behind: int) -> float:
        """Until so many tasks, of which some are `behind` a load balancer, run here and have stopped there."""
        began, ends = self.look(at), [at]
        for number in range(tasks):
            healthy = self._draw(self._timings.healthy_seconds) if number < behind else self._timings.steady_seconds
            counts = self.look(began + self._draw(self._timings.start_seconds) + healthy)
            leaves = self._deregistration if number < behind else 0.0
            ends.append(counts + leaves + self._draw(self._timings.stop_seconds))
        return max(ends)

    def terminated(self, instances: int) -> float:
        """Until the slowest of so many instances is gone."""
        return max(self._draw(self._timings.terminate_seconds) for _ in range(instances))

    def _draw(self, seconds: Range) -> float:
        return self._chance.uniform(*seconds)
