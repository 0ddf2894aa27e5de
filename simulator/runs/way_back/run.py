"""One rollout of the matrix: how it ended, and how long each way took."""

import math
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from handlers import catalogue
from simulator.aws.ecs.state import EcsService
from simulator.cdk_output import ensure_synthesized
from simulator.region import Region
from simulator.runs.rehearsal.run import observe
from simulator.runs.way_back.ideal import Standing, ideal_of_deployments, ideal_of_slots
from simulator.runs.way_back.scenarios import GROUP, NEW, STRATEGIES, Cell, way_back_scenario
from simulator.scenario.input_expectations import ROLLING, Allowance
from simulator.simulation import open_simulation
from simulator.stepfunctions.events import StateEntered

TURNS = catalogue.BEGIN_ROLL_BACK.back
RETURNED = catalogue.ROLLED_BACK.back


@dataclass(frozen=True)
class WayBack:
    """What came of one cell. `out`, `back` and `ideal` are virtual seconds; None where it did not come to that.

    `ideal` is the least that the way back could take, `out` the time until it began.
    """

    cell: Cell
    seed: int
    end: str
    last_state: str
    error: str | None
    cause: str | None
    out: float | None
    back: float | None
    ideal: float | None
    violations: tuple[str, ...]

    @property
    def is_returned(self) -> bool:
        """It ended as it should: all old, every setting read back, nothing broken on the way."""
        return self.last_state == RETURNED and self.end == "all_old" and not self.violations

    @property
    def ratio(self) -> float | None:
        """The way back against its ideal."""
        return self.back / self.ideal if self.back is not None and self.ideal else None

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return asdict(self) | {"cell": str(self.cell), "ratio": self.ratio, "violations": list(self.violations)}


def run_way_back(
    cell: Cell,
    seed: int,
    size: int,
    aws: dict[str, Any] | None = None,
    roll_back: dict[str, Any] | None = None,
    *,
    fast: bool = True,
) -> WayBack:
    """Run it with so many instances; `aws` are the region's switches, `roll_back` the input's key of that name."""
    scenario = way_back_scenario(cell, size, aws, roll_back)
    with open_simulation(scenario, seed, ensure_synthesized(), fast=fast) as region:
        turn = _Turn(region, cell)
        outcome = observe(region)
    return WayBack(
        cell=cell,
        seed=seed,
        end=outcome.end,
        last_state=outcome.last_state,
        error=outcome.error,
        cause=outcome.cause,
        out=turn.at,
        back=None if turn.at is None else round(outcome.virtual_seconds - turn.at, 1),
        ideal=turn.ideal,
        violations=tuple(map(str, outcome.violations)),
    )


class _Turn:
    """The moment in which the rollout turns, and what the way back could be from there."""

    def __init__(self, region: Region, cell: Cell) -> None:
        self._region, self._gradual = region, STRATEGIES[cell.strategy]["type"] == ROLLING
        self._first = {name: service.primary for name, service in region.cluster.services.items()}
        self.at: float | None = None
        self.ideal: float | None = None
        region.bus.subscribe(StateEntered, self._entered)

    def _entered(self, event: StateEntered) -> None:
        if event.state != TURNS or self.at is not None:
            return
        self.at = round(self._region.clock.now - self._region.started_at, 1)
        self.ideal = self._ideal()

    def _ideal(self) -> float:
        """By what stands and what is missing now."""
        region, scenario = self._region, self._region.scenario
        size = scenario.node_groups[0].size
        old = [host for host in region.instances(GROUP) if host.alive and host.image_id != NEW]
        new = sum(host.alive for name in region.scaling.groups for host in region.instances(name)) - len(old)
        services = list(region.cluster.services.values())
        kept = Counter({service.name: self._kept(service) for service in services})
        missing = {service.name: service.desired_count - kept[service.name] for service in services}
        held = sum(task.wanted and task.instance.ec2_instance.image_id != NEW for service in services
                   for task in service.tasks.values())  # fmt: skip
        room = sum(service.desired_count for service in services) - held
        more = Allowance.of(scenario.input, size).back_surge
        behind = sum(missing[service.name] for service in services if service.load_balancers)
        whole = sum(missing.values())
        boots = whole > 0 and room <= 0
        standing = Standing(
            gone=size - len(old),
            new=new,
            missing=whole,
            behind=behind,
            places=2 * more if boots else max(1, room),
            boots=boots,
        )
        if self._gradual:
            surge = max(Allowance.of(scenario.input, size).surge, min(more, scenario.node_groups[0].max - size))
            return ideal_of_slots(scenario, standing, surge, 2, math.ceil(behind / max(1, whole) * 2))
        return ideal_of_deployments(scenario, standing)

    def _kept(self, service: EcsService) -> int:
        """The tasks of the deployment before that may stay where they are: ECS can return to it."""
        first, newest = self._first[service.name], service.primary
        returns = newest is first or newest.rollout_state == "IN_PROGRESS"
        on_old = [task for task in service.tasks.values() if task.wanted and task.instance.ec2_instance.image_id != NEW]
        return sum(task.deployment is first for task in on_old) if returns or self._gradual else 0
