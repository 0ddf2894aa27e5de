"""One drawn rollout whose tasks begin to fail: what was seen when, and how it ended."""

from dataclasses import asdict, dataclass
from typing import Any

from handlers import catalogue
from simulator.aws.ecs.events import TaskPlaced, TaskRunning
from simulator.cdk_output import ensure_synthesized
from simulator.invariants.floors import BY_ITSELF
from simulator.runs.rehearsal.run import observe
from simulator.runs.turnaround.scenarios import turnaround_scenario
from simulator.simulation import SimulatedRollout, open_simulation
from simulator.stepfunctions.events import StateEntered

LOOKS = catalogue.ASSESS.forward
TURNS = catalogue.BEGIN_ROLL_BACK.back
FAILING = "web"
KEEPS_FAILING = 2
"""Failures from which on a service keeps failing: one is noise."""


@dataclass(frozen=True)
class Turnaround:
    """What came of one seed. Times are virtual seconds.

    `seconds` run from the first assessment that could see the failing service at or below its floor, or at zero, after
    two of its tasks had failed on the new AMI, until its first task RUNNING on an instance of the old AMI that was
    placed after the rollout turned; None where no assessment saw that, or no such task came. `start_seconds` is how
    long that task took to start. `stands`: all old instances were there, ACTIVE, at that assessment. `harmed`: tasks
    failed on the new AMI at all.
    """

    seed: int
    strategy: str
    last_state: str
    error: str | None
    harmed: bool
    short: bool
    stands: bool
    seconds: float | None
    start_seconds: float
    seconds_below_floor: float
    violations: tuple[str, ...]

    @property
    def is_green(self) -> bool:
        """It ended as if nothing had been wrong."""
        return self.harmed and self.last_state == catalogue.ROLLED_OUT.forward

    @property
    def beyond_the_start(self) -> float | None:
        """The turnaround without the start of the task itself."""
        return None if self.seconds is None else max(0.0, self.seconds - self.start_seconds)

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return asdict(self) | {"violations": list(self.violations)}


def run_turnaround(seed: int, strategy: str, *, fast: bool = True) -> Turnaround:
    """Run the seed's scenario."""
    scenario = turnaround_scenario(seed, strategy)
    with open_simulation(scenario, seed, ensure_synthesized(), fast=fast) as region:
        stopwatch = _Stopwatch(region)
        outcome = observe(region)
    record = outcome.floors[FAILING]
    return Turnaround(
        seed=seed,
        strategy=strategy,
        last_state=outcome.last_state,
        error=outcome.error,
        harmed=stopwatch.harmed,
        short=stopwatch.short_at is not None,
        stands=stopwatch.stands,
        seconds=stopwatch.seconds,
        start_seconds=stopwatch.start_seconds,
        seconds_below_floor=round(record.by_the_rollout, 1),
        violations=tuple(map(str, outcome.violations)),
    )


class _Stopwatch:
    """Looks at the region itself at each assessment, and at each task that starts."""

    def __init__(self, region: SimulatedRollout) -> None:
        self._region = region
        self._old = {host.instance_id for name in region.scaling.groups for host in region.instances(name)}
        self._amis = {host.image_id for name in region.scaling.groups for host in region.instances(name)}
        self._placed: dict[str, float] = {}
        self._turned = False
        self.harmed = self.stands = False
        self.short_at: float | None = None
        self.seconds: float | None = None
        self.start_seconds = 0.0
        region.bus.subscribe(StateEntered, self._entered)
        region.bus.subscribe(TaskPlaced, self._place)
        region.bus.subscribe(TaskRunning, self._run)

    def _entered(self, event: StateEntered) -> None:
        self._turned = self._turned or event.state == TURNS
        if event.state != LOOKS or self.short_at is not None:
            return
        failures, service = self._failures(), self._region.cluster.services[FAILING]
        self.harmed = self.harmed or failures > 0
        running = service.running_count
        if failures >= KEEPS_FAILING and running < service.desired_count and (running <= service.floor or not running):
            self.short_at = self._region.clock.now
            self.stands = self._old_that_stand() == len(self._old)

    def _failures(self) -> int:
        """How many of its tasks failed on new instances, as far as ECS still tells."""
        tasks = self._region.cluster.stopped.values()
        return sum(
            task.service is not None
            and task.service.name == FAILING
            and task.instance.ec2_instance.image_id not in self._amis
            and (task.stop_code in BY_ITSELF or task.health == "UNHEALTHY")
            for task in tasks
        )

    def _old_that_stand(self) -> int:
        instances = self._region.cluster.instances.values()
        return sum(instance.open and instance.ec2_instance.instance_id in self._old for instance in instances)

    def _place(self, event: TaskPlaced) -> None:
        if self._is_back(event):
            self._placed[event.task.id] = self._region.clock.now

    def _run(self, event: TaskRunning) -> None:
        placed = self._placed.get(event.task.id)
        if placed is not None and self.short_at is not None and self.seconds is None:
            self.seconds = round(self._region.clock.now - self.short_at, 3)
            self.start_seconds = round(self._region.clock.now - placed, 3)

    def _is_back(self, event: TaskPlaced) -> bool:
        service = event.task.service
        ours = service is not None and service.name == FAILING
        return self._turned and ours and event.instance.ec2_instance.image_id in self._amis
