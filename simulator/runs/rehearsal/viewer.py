"""Makes a view of the rollout whenever something that it shows has changed."""

import json
from collections.abc import Callable
from typing import Any

from simulator.aws.ecs.events import TaskRunning, TaskStopped
from simulator.invariants.monitor import Monitor
from simulator.runs.rehearsal.bounds import lower_bound_seconds
from simulator.runs.rehearsal.view import Margin, View
from simulator.simulation import SimulatedRollout
from simulator.stepfunctions.definition import all_states
from simulator.stepfunctions.events import StateEntered

SURE_AFTER_PERCENT = 20
"""From here on the estimate is the rollout's own pace, before it is the lower bound."""

ASSESSMENT = "$.assessment"
"""Where the states that assess the fleet leave what they found."""


class Viewer:
    """Tells the observer of each state that the execution enters, and of each task that starts or stops.

    Assessments and choices come between any two steps: the state shown is the last one that did or awaits something.
    """

    def __init__(self, region: SimulatedRollout, monitor: Monitor, observer: Callable[[View], None]) -> None:
        self._region, self._monitor, self._observer = region, monitor, observer
        self._said: dict[str, Any] = {}
        self._state = ""
        self._between = _between(json.loads(region.deployment.machine.definition))
        baseline = monitor.baseline
        self._bound = lower_bound_seconds(region.scenario, baseline.settings.desired, baseline.allowance)
        region.bus.subscribe(StateEntered, self._entered)
        region.bus.subscribe(TaskRunning, self._task)
        region.bus.subscribe(TaskStopped, self._task)

    def view(self) -> View:
        """This moment."""
        region, monitor = self._region, self._monitor
        seconds = region.clock.now - region.started_at
        percent = int(self._said.get("percent", 0))
        return View(
            seconds=round(seconds, 1),
            state=self._state,
            direction="back" if monitor.direction.back else "forward",
            because=str(self._said.get("because", "")),
            size=monitor.baseline.settings.desired,
            percent=percent,
            seconds_left=self._left(seconds, percent),
            margins=self._margins(),
            operators=region.operators.acted,
            **self._counts(),
        )

    def _entered(self, event: StateEntered) -> None:
        if event.execution != self._region.main_execution:
            return
        self._said = event.assessment or self._said
        if event.state not in self._between:
            self._state = event.state
        self._observer(self.view())

    def _task(self, _event: TaskRunning | TaskStopped) -> None:
        self._observer(self.view())

    def _counts(self) -> dict[str, int]:
        region, monitor = self._region, self._monitor
        counts = dict.fromkeys(("terminating", "draining", "launching", "old", "new"), 0)
        groups = [group for group in region.scaling.groups.values() if monitor.baseline.involves(group.name)]
        for member in (member for group in groups for member in group.members.values()):
            instance = region.ecs.instance_on(member.instance.instance_id)
            if not member.instance.alive:
                kind = "terminating"
            elif instance is None:
                kind = "launching"
            elif instance.status == "DRAINING":
                kind = "draining"
            else:
                kind = "old" if monitor.direction.old(member.instance) else "new"
            counts[kind] += 1
        return counts

    def _margins(self) -> tuple[Margin, ...]:
        floors = self._monitor.floors
        return tuple(
            Margin(service.name, floors.running(service.name), service.floor, service.desired_count)
            for service in self._region.cluster.services.values()
            if not service.is_daemon
        )

    def _left(self, seconds: float, percent: int) -> float | None:
        if self._monitor.direction.back or not self._bound:
            return None
        if percent >= SURE_AFTER_PERCENT:
            return seconds * (100 - percent) / percent
        return max(0.0, self._bound - seconds)


def _between(definition: dict[str, Any]) -> frozenset[str]:
    """The states that come between any two steps: those that choose, and those that assess the fleet."""
    return frozenset(
        name
        for name, state in all_states(definition).items()
        if state["Type"] == "Choice" or state.get("ResultPath") == ASSESSMENT
    )
