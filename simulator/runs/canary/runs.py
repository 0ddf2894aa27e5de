"""One drawn rollout to a good or a bad AMI: when that showed, when the rollout turned, and how it ended."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from handlers import catalogue
from simulator.aws.ecs.events import (
    AgentConnectionChanged,
    ContainerInstanceStatusChanged,
    DeploymentStarted,
    TaskStopping,
)
from simulator.aws.ecs.harm import fails_on
from simulator.cdk_output import ensure_synthesized
from simulator.faults.faults import FaultStruck
from simulator.invariants.floors import BY_ITSELF
from simulator.runs.canary.noise import Noise
from simulator.runs.canary.scenarios import canary_scenario, strategy_of
from simulator.runs.rehearsal.run import observe
from simulator.scenario.random_clusters import NEW_AMI
from simulator.simulation import SimulatedRollout, open_simulation
from simulator.stepfunctions.events import StateEntered

TURNS = catalogue.BEGIN_ROLL_BACK.back
SHOWS = 3
"""Bad events from which on it shows that an AMI is bad."""

OF_MACHINES = ("disconnect_agent", "reboot_instance", "fail_status_checks")
UNDER_WAY_SECONDS = 5.0
"""What is decided in such a moment was read before."""


@dataclass(frozen=True)
class Trial:
    """What came of one seed. Times are virtual seconds from the execution's start; None: it did not happen.

    `showed_at` is the third bad event, `turned_at` when the rollout turned, `beyond_at` when it moved more than its
    first slice: the canary, the surge, or all that one deployment moves.
    """

    seed: int
    strategy: str
    bad: bool
    last_state: str
    error: str | None
    events: int
    showed_at: float | None
    turned_at: float | None
    beyond_at: float | None
    ended_at: float
    violations: tuple[str, ...]

    @property
    def showed_early(self) -> bool:
        """It showed while only the first slice had moved."""
        return self.showed_at is not None and (
            self.beyond_at is None or self.showed_at + UNDER_WAY_SECONDS <= self.beyond_at
        )

    @property
    def moved_on(self) -> bool:
        """More moved although it showed."""
        return self.showed_early and self.beyond_at is not None

    @property
    def delay(self) -> float | None:
        """Seconds from the third bad event until the rollout turned; 0 where it turned before."""
        if self.showed_at is None or self.turned_at is None:
            return None
        return max(0.0, round(self.turned_at - self.showed_at, 3))

    @property
    def is_green(self) -> bool:
        """It ended as if nothing had been wrong, and it had shown."""
        return self.showed_at is not None and self.last_state == catalogue.ROLLED_OUT.forward

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return asdict(self) | {"violations": list(self.violations), "delay": self.delay}


def run_trial(seed: int, noise: Noise, *, bad: bool, fast: bool = True) -> Trial:
    """Run the seed's scenario."""
    scenario = canary_scenario(seed, noise, bad=bad)
    with open_simulation(scenario, seed, ensure_synthesized(), fast=fast) as region:
        watch = _Watch(region)
        outcome = observe(region)
    events = [at for at in watch.bad_events if at <= outcome.virtual_seconds]
    return Trial(
        seed=seed,
        strategy=strategy_of(seed),
        bad=bad,
        last_state=outcome.last_state,
        error=outcome.error,
        events=len(events),
        showed_at=events[SHOWS - 1] if len(events) >= SHOWS else None,
        turned_at=watch.turned_at,
        beyond_at=watch.beyond_at,
        ended_at=outcome.virtual_seconds,
        violations=tuple(map(str, outcome.violations)),
    )


class _Watch:
    """Looks at the region itself until the rollout turns: what fails on the new AMI, and how much has moved."""

    def __init__(self, region: SimulatedRollout) -> None:
        self._region = region
        self._hosts = {host.instance_id: host for name in region.scaling.groups for host in region.instances(name)}
        self._drained: set[str] = set()
        self._deployments: Counter[str] = Counter()
        self._first = _first_slice(region.scenario.input["strategy"])
        self.bad_events: list[float] = []
        self.turned_at: float | None = None
        self.beyond_at: float | None = None
        region.bus.subscribe(StateEntered, self._entered)
        region.bus.subscribe(TaskStopping, self._stopping)
        region.bus.subscribe(FaultStruck, self._struck)
        region.bus.subscribe(AgentConnectionChanged, self._connection)
        region.bus.subscribe(ContainerInstanceStatusChanged, self._status)
        region.bus.subscribe(DeploymentStarted, self._deployed)

    @property
    def _now(self) -> float:
        return round(self._region.clock.now - self._region.started_at, 3)

    def _entered(self, event: StateEntered) -> None:
        if event.state == TURNS and self.turned_at is None:
            self.turned_at = self._now

    def _bad(self) -> None:
        if self.turned_at is None:
            self.bad_events.append(self._now)

    def _stopping(self, event: TaskStopping) -> None:
        task = event.task
        failed = task.stop_code in BY_ITSELF or task.health == "UNHEALTHY"
        if failed and task.instance.ec2_instance.image_id == NEW_AMI and self._harms(event):
            self._bad()

    def _harms(self, event: TaskStopping) -> bool:
        return fails_on(self._region.ecs.context, event.task, NEW_AMI)

    def _struck(self, event: FaultStruck) -> None:
        if event.kind in OF_MACHINES and not event.parameters:
            self._bad()

    def _connection(self, event: AgentConnectionChanged) -> None:
        ami = self._region.ec2.images.get(event.instance.ec2_instance.image_id)
        if ami.agent == "flaps" and not event.connected and event.instance.ec2_instance.alive:
            self._bad()

    def _status(self, event: ContainerInstanceStatusChanged) -> None:
        name = event.instance.ec2_instance.instance_id
        if self.turned_at is None and event.after == "DRAINING" and name in self._hosts:
            self._drained.add(name)
            self._weigh()

    def _deployed(self, event: DeploymentStarted) -> None:
        if self.turned_at is None:
            self._deployments[event.service.name] += 1
            self._weigh()

    def _weigh(self) -> None:
        again = max(self._deployments.values(), default=0) > 1
        if self.beyond_at is None and (again or len(self._drained) > self._first):
            self.beyond_at = self._now


def _first_slice(strategy: dict[str, Any]) -> int:
    """Old instances that may drain before more than the first slice has moved; beside a second fleet none."""
    if strategy["type"] != "rolling":
        return 0
    return int(strategy.get("canary", {}).get("instances", strategy["surge"]))
