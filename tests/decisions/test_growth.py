"""While it holds a group that managed scaling sized, the rollout makes room as managed scaling would, and no more."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.decision.growth import lacking, may_grow
from handlers.domain.decision.situation import Situation
from handlers.domain.decision.stranded import stranded
from handlers.domain.model.group_record import ProviderSettings
from handlers.domain.model.observation import Observation
from handlers.domain.model.plan import AtStart, Plan
from handlers.domain.model.resources import Resources
from handlers.domain.model.topology import OneGroup
from handlers.payloads import Direction
from tests.decisions.failing_fleet import the_plan
from tests.decisions.parts import with_fields
from tests.decisions.test_room import ONE, holding, of, reading, task
from tests.decisions.toy_fleet import NEW, OLD

WHOLE = Resources(cpu=512, memory=512)


def held(*, maximum: int = 5, scales: bool = True) -> Plan:
    """Two instances, which are all new, of a provider."""
    plan = with_fields(the_plan(ready=0), size=2, at_start=AtStart(old=2, ready=0, spread=0))
    provider = ProviderSettings("p", {"status": "ENABLED" if scales else "DISABLED"}, "DISABLED")
    source = replace(plan.topology.old, desired=2, maximum=maximum, provider=provider)
    return replace(plan, topology=OneGroup(source))


def full(wanted: int, *, free: int = 0, **progress: object) -> Observation:
    """Two new instances with two tasks each; so many are wanted."""
    stays = tuple(holding(number, NEW, task(number), task(number + 9), free=free, whole=WHOLE) for number in range(2))
    return reading((), stays, (of("web", wanted, 4),), **progress)


@pytest.mark.parametrize(("wanted", "more"), [(4, 0), (5, 1), (6, 1), (7, 2), (99, 3)])
def test_as_many_instances_as_hold_what_fits_nowhere_within_the_groups_own_maximum(wanted: int, more: int) -> None:
    assert lacking(Situation(held(), full(wanted))) == more


def test_what_has_room_makes_no_group_larger() -> None:
    assert lacking(Situation(held(), full(5, free=1))) == 0


@pytest.mark.parametrize("plan", [held(scales=False), held(maximum=2)], ids=["nobody-scaled-it", "at-its-maximum"])
def test_a_group_that_nobody_would_scale_keeps_its_size(plan: Plan) -> None:
    assert (may_grow(Situation(plan, full(9))) > 0, lacking(Situation(plan, full(9)))) == (False, 0)


def test_nothing_is_added_while_something_comes_or_goes() -> None:
    observation = full(9)
    fleet = replace(observation.fleet, desired=3)
    assert lacking(Situation(held(), replace(observation, fleet=fleet))) == 0


def test_tasks_that_fail_anyway_want_no_instance() -> None:
    assert lacking(Situation(held(), full(9, failing={"web": 1.0}))) == 0


@given(st.integers(0, 30), st.integers(2, 9))
def test_never_more_than_the_maximum(wanted: int, maximum: int) -> None:
    assert 0 <= lacking(Situation(held(maximum=maximum), full(wanted))) <= maximum - 2


def way_back(free: int, **changes: object) -> Observation:
    """A new instance with a task, and the two old ones that are to stay."""
    going, excluded_ids = holding(0, NEW, task(0)), tuple(holding(number, OLD, free=free) for number in range(2))
    return reading((going,), excluded_ids, (replace(of("web", 3, 1), **changes),), direction=Direction.BACK)


@pytest.mark.parametrize(("free", "left"), [(0, 3), (1, 1), (2, 0)])
def test_on_the_way_back_what_the_old_fleet_has_no_place_for_is_not_waited_for(free: int, left: int) -> None:
    assert stranded(Situation(held(maximum=2), way_back(free))) == Counter({"web": left} if left else {})


@pytest.mark.parametrize("changes", [{"pending": 1}, {"failed": "no"}], ids=["it-starts", "its-deployment-failed"])
def test_what_may_still_be_placed_is_not_given_up(changes: dict[str, object]) -> None:
    assert stranded(Situation(held(maximum=2), way_back(0, **changes))) == Counter()


def test_nothing_is_given_up_forward_or_where_the_group_may_grow() -> None:
    assert stranded(Situation(held(maximum=3), way_back(0))) == Counter()
    assert stranded(Situation(held(maximum=2), full(9))) == Counter()
    assert ONE.cpu < WHOLE.cpu
