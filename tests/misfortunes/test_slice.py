"""A slice of the misfortunes; `rollout misfortunes` plays all of them."""

import pytest

from simulator.runs.misfortunes.catalogue import MISFORTUNES, NONE, Misfortune
from simulator.runs.misfortunes.scenarios import STRATEGIES, misfortune_document
from simulator.runs.misfortunes.table import row

SLICE = ("none", "a spot interruption, old", "a handler dies")


@pytest.mark.parametrize("back", [False, True], ids=["there", "back"])
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("name", SLICE)
def test_a_rollout_ends_as_the_misfortune_may_end_it(name: str, strategy: str, back: bool) -> None:
    assert row((name, strategy, back), seeds=range(1, 2)).failures == ()


def test_an_end_that_a_misfortune_may_not_cause_is_a_failure() -> None:
    assert NONE.ends(back=False) == {"all_new"}
    assert NONE.ends(back=True) == {"all_old"}
    assert Misfortune("bad", turns=True, stuck=True).ends(back=False) == {"all_new", "all_old", "needs_a_human"}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_misfortune_strikes_at_a_time_of_its_direction(strategy: str) -> None:
    for misfortune in MISFORTUNES:
        there = misfortune_document(misfortune, strategy, back=False)["faults"]
        back = misfortune_document(misfortune, strategy, back=True)["faults"]
        assert len(there) == len(misfortune.faults)
        assert len(back) == len(there) + 1, "the alarm that turns it"
        assert {each["state"] for each in there}.isdisjoint(each["state"] for each in back[1:])


def test_names_are_unique() -> None:
    assert len({misfortune.name for misfortune in MISFORTUNES}) == len(MISFORTUNES)
