"""The sweep kills planted bugs: what it calls honest would not be, had one of them slipped in."""

import logging
import os

import pytest

from tests.mutants.mutant import Mutant, hunt
from tests.mutants.planted import EXPLAINED, MUTANTS

CHEAP = (
    "newest first",
    "surge without end",
    "processes not resumed",
    "locks never released",
)
WANTED = MUTANTS if os.environ.get("MUTANTS") else tuple(each for each in MUTANTS if each.name in CHEAP)


@pytest.mark.parametrize("mutant", WANTED, ids=lambda each: each.name)
def test_a_planted_bug_is_killed(mutant: Mutant) -> None:
    killed = hunt(mutant)
    logging.getLogger("mutants").warning("%s: %s", mutant.name, killed)
    assert (killed is None) is (mutant.name in EXPLAINED)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_a_planted_bug_replaces_is_there(mutant: Mutant) -> None:
    with mutant.planted():
        assert mutant.name


def test_there_are_enough_and_nearly_all_are_killed() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 40
    assert set(EXPLAINED) <= {mutant.name for mutant in MUTANTS}
    assert len(EXPLAINED) <= 0.05 * len(MUTANTS)
