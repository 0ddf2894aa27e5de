"""Fixtures: the small cluster in both modes."""

from collections.abc import Iterator

import pytest

from simulator.simulation import SimulatedRollout
from tests.conformance.regions import MODES, opened


@pytest.fixture(params=MODES)
def region(request: pytest.FixtureRequest) -> Iterator[SimulatedRollout]:
    """Once in each mode."""
    with opened(request.param) as made:
        yield made


@pytest.fixture(params=MODES, scope="module")
def shared_region(request: pytest.FixtureRequest) -> Iterator[SimulatedRollout]:
    """Once in each mode for a whole module, of tests that change nothing."""
    with opened(request.param) as made:
        yield made
