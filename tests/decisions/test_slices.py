"""No more than a surge's worth of instances drains before what was moved has run for `min_healthy_seconds`."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.decision.replacement import slice_left
from handlers.domain.decision.situation import Situation
from handlers.domain.model.fleet import Instance, Owner, Task
from handlers.domain.model.observation import Observation
from handlers.domain.model.resources import Resources
from tests.decisions.failing_fleet import NOW, instance, reading, service, the_plan
from tests.decisions.parts import with_fields
from tests.decisions.toy_fleet import OLD


def holding(number: int, *services: str) -> Instance:
    tasks = tuple(
        Task(f"arn/{number}/{name}", Owner.SERVICE, name, "RUNNING", "RUNNING", Resources()) for name in services
    )
    return replace(instance(number, OLD), tasks=tasks)


def observation(drained: int, *, settled_at: float, moving: bool = True) -> Observation:
    names = [f"i-gone{number}" for number in range(drained)]
    return reading(
        service(4), (), unsettled={"web": NOW - 10} if moving else {}, settled_at=settled_at,
        started_at=dict.fromkeys(names, NOW - 100), tasks_at_start=dict.fromkeys(names, 2),
    )  # fmt: skip


WAITING = [holding(number, "web") for number in range(4)]


@pytest.mark.parametrize(("drained", "left"), [(0, 3), (1, 2), (3, 0), (5, 0)])
def test_the_slice_is_used_up_by_what_drained_since_all_was_settled(drained: int, left: int) -> None:
    plan = with_fields(the_plan(), surge=3)
    assert slice_left(Situation(plan, observation(drained, settled_at=NOW - 200)), WAITING) == max(0, left)
    assert slice_left(Situation(plan, observation(drained, settled_at=NOW - 50)), WAITING) == 3


def test_what_holds_other_services_only_is_not_held_up() -> None:
    waiting = [holding(0, "api"), holding(1, "api"), holding(2, "web")]
    plan = with_fields(the_plan(), surge=1)
    assert slice_left(Situation(plan, observation(1, settled_at=NOW - 200)), waiting) == 2


@given(st.integers(0, 9), st.integers(1, 9))
def test_a_settled_cluster_is_never_held_up(drained: int, surge: int) -> None:
    looked = observation(drained, settled_at=0.0, moving=False)
    assert slice_left(Situation(with_fields(the_plan(), surge=surge), looked), WAITING) == len(WAITING)


@given(st.integers(0, 9), st.integers(1, 9))
def test_together_they_are_never_more_than_the_surge(drained: int, surge: int) -> None:
    looked = observation(drained, settled_at=NOW - 200)
    assert slice_left(Situation(with_fields(the_plan(), surge=surge), looked), WAITING) + drained <= max(surge, drained)
