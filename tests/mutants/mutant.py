"""A planted bug: a function of the packaged handlers, replaced by a wrong one wherever its module is loaded."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from handlers import catalogue
from simulator.cdk_output import ensure_synthesized
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import simulate
from simulator.runs.sweep.crash_points import crash, crash_points
from simulator.runs.sweep.run import run_scenario, run_seed
from simulator.runs.sweep.verdict_rules import failures
from simulator.scenario.load import load
from simulator.scenario.model import Fault
from simulator.scenario.random_faults import sweep_scenario
from simulator.stepfunctions.lambda_functions import loaded_modules

EXAMPLES = Path(__file__).parents[2] / "examples"
SLOW = ("ten-instances", "one-in-one-out", "three-zones")
CALLS, EVERY = 560, 149
SEEDS_AT_MOST = 300

DEV = load(EXAMPLES / "dev-cluster.json")
FULL = replace(
    DEV,
    node_groups=(replace(DEV.node_groups[0], size=4, min=2, max=8),),
    services=(replace(DEV.services[0], count=4, cpu=1500, memory=1000),),  # one fills an instance
    input={**DEV.input, "strategy": {"type": "rolling", "surge": 1, "max_unavailable": 1}},
)
TWO = load(EXAMPLES / "sample-cluster.json")
MINIMUM = {"auto_scaling_group": DEV.node_groups[0].name, "min": 3}
DIRECTED = {
    "somebody raises the minimum": replace(
        DEV, faults=(Fault("edit_group", state=catalogue.WAIT_FOR_DRAIN.forward, with_=MINIMUM),)
    ),
    "ECS places slowly": replace(FULL, timings=replace(DEV.timings, scheduler_seconds=60.0)),
    "another node group beside it": replace(
        TWO, input={**TWO.input, "strategy": {"type": "blue-green", "burn_in_seconds": 60}}
    ),
    "agents flap": replace(FULL, timings=replace(DEV.timings, agent_flap_seconds=20.0)),
}
"""What chance draws too rarely, for bugs that show nowhere else."""

Make = Callable[[Any], Any]


@dataclass(frozen=True)
class Mutant:
    """What is wrong, where, and the wrong one made of the right one. `of` is a class where it is a method."""

    name: str
    module: str
    attribute: str
    make: Make
    of: str = ""

    @contextmanager
    def planted(self) -> Iterator[None]:
        """The bug is there, in every module that has the function under its name."""
        run_seed(0)  # loads all of them
        for modules in loaded_modules():
            home = modules[f"handlers.{self.module}"]
            if self.of:
                owner = getattr(home, self.of)
                with patch.object(owner, self.attribute, self.make(vars(owner)[self.attribute])):
                    yield
                return
            right = getattr(home, self.attribute)
            wrong = self.make(right)
            with ExitStack() as planted:
                for module in modules.values():
                    for name, value in list(vars(module).items()):
                        if value is right:
                            planted.enter_context(patch.object(module, name, wrong))
                        elif isinstance(value, tuple) and any(item is right for item in value):  # a list of rules
                            others = tuple(wrong if item is right else item for item in value)
                            planted.enter_context(patch.object(module, name, others))
                yield
            return


def hunt(mutant: Mutant, first: int = 0) -> tuple[int, str] | None:
    """How many runs it took to kill the mutant, and by what; None where it survives.

    First the examples, which say how they end; then crash points; then what is rare by chance; then seeds.
    It is killed by a broken promise, or when
    what has an expected end, or no fault at all, does not come to it.
    """
    number = 0
    for number, (name, outcome) in enumerate(_examples(mutant), 1):
        said = [*map(str, outcome.violations), *outcome.unexpected]
        if said:
            return number, f"{name}: {said[0]}"[:120]
    for name, scenario in DIRECTED.items():
        number += 1
        before = run_scenario(scenario, 1)
        with mutant.planted():
            after = run_scenario(scenario, 1)
        if after.failures or (before.status, before.end, before.error) != (after.status, after.end, after.error):
            return number, f"{name}: {(*after.failures, after.error)[0]}"[:120]
    for seed in range(first, first + SEEDS_AT_MOST):
        number += 2
        calm = replace(sweep_scenario(seed), faults=())
        before = run_scenario(calm, seed)
        with mutant.planted():
            verdict, after = run_seed(seed), run_scenario(calm, seed)
        if verdict.failures or after.failures:
            return number, f"seed {seed}: {(verdict.failures or after.failures)[0]}"[:120]
        if (before.status, before.end) != (after.status, after.end):
            return number, f"seed {seed}, without a fault: {after.status} {after.end}: {after.error}"
    return None


def _examples(mutant: Mutant) -> Iterator[tuple[str, Outcome]]:
    cdk_out = ensure_synthesized()
    for path in sorted(EXAMPLES.glob("*.json")):
        if path.stem not in SLOW:
            with mutant.planted():
                outcome = simulate(load(path), 1, fast=True)
            yield path.stem, outcome
    for point in list(crash_points(CALLS))[::EVERY]:
        with mutant.planted():
            outcome = crash(load(EXAMPLES / "dev-cluster.json"), 1, cdk_out, point)
        wrong = tuple(failures(outcome))
        yield str(point), replace(outcome, violations=(), unexpected=wrong)
