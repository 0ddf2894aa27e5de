"""A planted bug: a function of the packaged handlers, replaced by a wrong one wherever its module is loaded."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from simulator.engine.handlers import loaded_modules
from simulator.scenario.random_faults import sweep_scenario
from simulator.sweep.run import run_scenario, run_seed

SEEDS_AT_MOST = 400

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
                yield
            return


def hunt(mutant: Mutant, first: int = 0) -> tuple[int, str] | None:
    """How many seeds it took to kill the mutant, and by what; None where it survives.

    It is killed by a broken promise, or when a rollout without any fault does not come to what it came to before.
    """
    for number in range(SEEDS_AT_MOST):
        seed = first + number
        calm = replace(sweep_scenario(seed), faults=())
        before = run_scenario(calm, seed)
        with mutant.planted():
            verdict, after = run_seed(seed), run_scenario(calm, seed)
        if verdict.complaints or after.complaints:
            return number + 1, (verdict.complaints or after.complaints)[0][:110]
        if (before.status, before.end) != (after.status, after.end):
            return number + 1, f"without a fault it ended {after.status} {after.end}: {after.error}"
    return None
