"""Stable is a property over time: what moved has to run for `min_healthy_seconds`, and a failure starts it anew."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.decision.decide import decide
from handlers.domain.decision.settling import LONGEST_SECONDS, needed_seconds, seconds_left, unsettled
from handlers.domain.decision.situation import Situation
from handlers.domain.decision.timeouts import check_timeouts
from handlers.domain.model.fleet import Fleet
from handlers.domain.model.observation import Observation
from handlers.domain.model.progress import Stall
from handlers.domain.model.step import Step
from handlers.errors import ServiceDidNotStabilize
from handlers.payloads import Direction, StepKind
from tests.decisions.failing_fleet import NOW, failure, instance, reading, service, the_plan
from tests.decisions.parts import with_fields
from tests.decisions.toy_fleet import NEW

PLAN = the_plan()
WELL = service(4)


def stalled(looked: Observation, since: float) -> Observation:
    stall = Stall(looked.score(), looked.deployments_digest, since)
    return replace(looked, progress=replace(looked.progress, stall=stall))


def observation(since: float | None, *lifetimes: float, ago: float = 30.0, running: int = 4) -> Observation:
    known = {} if since is None else {"web": since}
    gone = tuple(failure(instance(0, NEW), ago, lived, number) for number, lived in enumerate(lifetimes))
    return reading(replace(WELL, running=running), gone, unsettled=known)


def test_tasks_on_their_way_are_no_stability() -> None:
    assert unsettled(Situation(PLAN, observation(None, running=3))) == {"web": NOW}
    assert unsettled(Situation(PLAN, reading(replace(WELL, pending=1), ()))) == {"web": NOW}


def test_a_service_that_never_moved_is_not_waited_for() -> None:
    assert unsettled(Situation(PLAN, observation(None))) == {}


def test_the_time_counts_from_the_last_task_that_came() -> None:
    assert unsettled(Situation(PLAN, observation(NOW - 59))) == {"web": NOW - 59}
    assert unsettled(Situation(PLAN, observation(NOW - 60))) == {}


def test_a_failure_starts_the_time_anew() -> None:
    assert unsettled(Situation(PLAN, observation(NOW - 80, 5.0, ago=30.0))) == {"web": NOW - 30}


def test_one_failure_where_many_tasks_run_is_noise_and_nothing_has_to_outlive_it() -> None:
    noisy = replace(observation(NOW, 240.0), services=(service(40, 40),))
    assert needed_seconds(Situation(PLAN, noisy), service(40, 40)) == PLAN.policies.min_healthy_seconds


def test_what_a_service_has_to_stay_as_it_is_is_no_coming_and_going() -> None:
    """Its tasks lived for long, so it is waited for longer than a wait without progress may last otherwise."""
    waited = PLAN.policies.timeouts.stable_seconds + 100
    looked = stalled(observation(NOW - 10, 1200.0, ago=10), NOW - waited)
    step = Step(StepKind.WAIT_FOR_SERVICES, "", seconds=30)
    check_timeouts(Situation(PLAN, looked), step)
    with pytest.raises(ServiceDidNotStabilize, match="come and go"):
        check_timeouts(Situation(PLAN, stalled(looked, NOW - waited - LONGEST_SECONDS)), step)


def test_a_task_has_to_outlive_the_one_before_it_by_half() -> None:
    assert needed_seconds(Situation(PLAN, observation(NOW, 240.0)), WELL) == 360.0
    assert needed_seconds(Situation(PLAN, observation(NOW, 100_000.0)), WELL) == LONGEST_SECONDS


def test_zero_seconds_switch_it_off() -> None:
    assert unsettled(Situation(with_fields(PLAN, min_healthy_seconds=0), observation(None, running=1))) == {}


def test_the_way_back_waits_for_nothing() -> None:
    looked = observation(NOW, running=2)
    assert (
        unsettled(Situation(PLAN, replace(looked, progress=with_fields(looked.progress, direction=Direction.BACK))))
        == {}
    )


def test_a_stage_does_not_end_before_that() -> None:
    done = Fleet((), tuple(instance(number, NEW) for number in range(4)), 0, 4, 0, 9)
    early, late = replace(observation(NOW - 10), fleet=done), replace(observation(NOW - 70), fleet=done)
    step = decide(Situation(PLAN, early))
    assert (step.kind, step.seconds) == (StepKind.WAIT_FOR_SERVICES, 30)
    assert "50 s left: web" in step.because
    assert decide(Situation(PLAN, late)).kind is StepKind.DONE


@given(st.floats(0, 4000), st.lists(st.floats(0, 3600), max_size=4), st.floats(0, 3600))
def test_what_is_left_is_never_more_than_what_is_needed(since: float, lifetimes: list[float], ago: float) -> None:
    looked = observation(NOW - since, *lifetimes, ago=ago)
    for left in seconds_left(Situation(PLAN, looked)).values():
        assert 0 < left <= needed_seconds(Situation(PLAN, looked), WELL)
