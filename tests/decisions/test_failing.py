"""Tasks that keep failing on new instances turn the rollout; nothing else that leaves a service short does."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.decision.decide import actions, decide, wait_seconds
from handlers.domain.decision.failing_tasks import (
    AGAIN_SECONDS,
    RECENT_SECONDS,
    check_failing_services,
    failing_services,
    is_suspicious,
    rescued,
    suspects,
)
from handlers.domain.decision.situation import Situation
from handlers.domain.model.fleet import Service
from handlers.domain.model.observation import Observation
from handlers.domain.model.stage import REPLACE, Stage
from handlers.domain.model.task_failure import TaskFailure
from handlers.errors import TasksFailing
from handlers.payloads import Direction, StepKind
from tests.decisions.failing_fleet import NOW, failure, instance, reading, service, the_plan
from tests.decisions.parts import with_fields
from tests.decisions.toy_fleet import NEW, OLD

PLAN = the_plan()
ON_NEW, ON_OLD = instance(0, NEW), instance(0, OLD)
LONG_AGO = NOW - 300.0


def failures(count: int, *, ago: float = 10.0, old: int = 0) -> tuple[TaskFailure, ...]:
    new = tuple(failure(instance(number % 4, NEW), ago, number=number) for number in range(count))
    return new + tuple(failure(ON_OLD, ago, number=100 + number) for number in range(old))


def turns(observation: Observation) -> bool:
    try:
        check_failing_services(Situation(PLAN, observation))
    except TasksFailing:
        return True
    return False


def test_a_service_at_its_floor_turns_on_the_second_reading_and_not_on_the_first() -> None:
    first = reading(service(2), failures(2))
    assert not turns(first)
    assert suspects(Situation(PLAN, first)) == {"web": NOW}
    assert turns(reading(service(2), failures(2), known_since=NOW - AGAIN_SECONDS))


def test_a_second_look_comes_soon() -> None:
    observation = reading(service(2), failures(2))
    plan = with_fields(PLAN, poll_seconds=60)
    assert wait_seconds(Situation(plan, observation), decide(Situation(plan, observation))) <= 15


@pytest.mark.parametrize(("percent", "running"), [(0, 0), (100, 3), (50, 0), (50, 2)])
def test_at_or_below_the_floor_or_at_zero_counts(percent: int, running: int) -> None:
    assert turns(reading(service(running, percent=percent), failures(4 - running + 1), known_since=LONG_AGO))


def test_what_somebody_newly_wants_is_no_failure() -> None:
    assert not turns(reading(service(4, desired=8), (), known_since=LONG_AGO))
    assert not turns(reading(service(4, desired=40), failures(2), known_since=LONG_AGO))


def test_a_deployment_that_fails_on_old_instances_just_so_is_somebodys_own() -> None:
    assert not turns(reading(service(1), failures(3, old=3), known_since=LONG_AGO))
    assert turns(reading(service(1), failures(9, old=1), known_since=LONG_AGO))


def test_a_lost_zone_is_no_failure_of_tasks() -> None:
    assert not suspects(Situation(PLAN, reading(service(1), (), new=2)))


def test_what_failed_on_an_instance_that_is_gone_tells_nothing() -> None:
    gone = replace(ON_NEW, arn="arn/i-gone")
    assert not suspects(Situation(PLAN, reading(service(1), tuple(failure(gone, number=each) for each in range(5)))))


def test_one_failure_is_noise_whatever_else_a_service_lacks() -> None:
    """An instance that is interrupted later takes tasks along, too."""
    single = service(0, desired=1, percent=100)
    assert not turns(reading(single, failures(1, ago=20.0), known_since=NOW - 20.0))
    assert not turns(reading(single, failures(1, ago=280.0), known_since=NOW - 280.0))


def test_a_task_that_lives_for_minutes_keeps_its_service_under_suspicion() -> None:
    one = service(1, desired=1, percent=100)
    back = reading(one, failures(1, ago=200.0), known_since=LONG_AGO)
    assert suspects(Situation(PLAN, back)) == {"web": LONG_AGO}
    assert not is_suspicious(Situation(PLAN, back))
    assert turns(reading(service(0, desired=1, percent=100), failures(2), known_since=LONG_AGO))


def test_above_its_floor_a_service_turns_by_how_often_its_tasks_fail() -> None:
    pluralize = service(19, desired=20)
    assert not turns(reading(pluralize, failures(2), known_since=LONG_AGO))
    assert turns(reading(pluralize, failures(5), known_since=LONG_AGO))


def test_a_revision_deployed_in_mid_rollout_is_not_held_against_the_ami_where_nothing_compares() -> None:
    foreign = replace(service(0, rollout_state="IN_PROGRESS"), task_definition="arn/web:2")
    theirs = tuple(replace(each, task_definition="arn/web:2") for each in failures(4))
    assert not turns(reading(foreign, theirs, known_since=LONG_AGO, old=0))
    assert turns(reading(foreign, theirs, known_since=LONG_AGO))
    assert turns(reading(replace(foreign, rollout_state="COMPLETED"), theirs, known_since=LONG_AGO, old=0))


def test_on_the_way_back_nothing_turns_and_the_service_is_rescued() -> None:
    observation = reading(service(0), failures(4), known_since=LONG_AGO, direction=Direction.BACK)
    assert not turns(observation)
    assert rescued(observation) == {"web"}


def test_the_message_says_what_was_seen_and_the_tasks_last_words() -> None:
    with pytest.raises(TasksFailing, match=r"0 of 4 tasks in service, its floor is 2.*exit code 1"):
        check_failing_services(Situation(PLAN, reading(service(0), failures(4), known_since=LONG_AGO)))


def test_while_it_is_in_doubt_nothing_drains_and_no_bake_ends() -> None:
    plan = the_plan(stages=(Stage("canary", replaced=0, bake_seconds=600), REPLACE))
    over = {"bake_began_at": NOW - 600.0, "failed_before": {}}
    calm, doubtful = (Situation(plan, reading(service(4), failures(count), **over)) for count in (0, 2))
    assert decide(calm).kind is StepKind.DONE
    assert decide(doubtful).kind is StepKind.WAIT_UNDER_LOAD
    moving = Situation(the_plan(), reading(service(4), failures(2), failed_before={}))
    assert StepKind.DRAIN not in {step.kind for step in actions(moving)}


def test_two_crashes_of_many_tasks_at_their_floor_are_noise() -> None:
    """Of 120 tasks of which one in fifty task-hours crashes, two do in one quarter of an hour of eight."""
    many = service(118, desired=120, percent=100)
    assert not turns(reading(many, failures(2), known_since=LONG_AGO, old=0, failed_before={}))
    assert turns(reading(many, failures(8), known_since=LONG_AGO, old=0, failed_before={}))


def test_what_failed_before_the_rollout_excuses_what_fails_when_nothing_old_is_left() -> None:
    crashy = service(3, percent=100)
    assert not turns(reading(crashy, failures(6), known_since=LONG_AGO, old=0, failed_before={"web": 24}))
    assert turns(reading(crashy, failures(6), known_since=LONG_AGO, old=0, failed_before={"web": 1}))


def test_tasks_that_live_long_show_within_the_hour() -> None:
    slow = tuple(failure(ON_NEW, ago, number=number) for number, ago in enumerate((20.0, 1200.0, 2400.0)))
    assert turns(reading(service(4), slow, known_since=LONG_AGO))
    assert not turns(reading(service(4), slow[:2], known_since=LONG_AGO))


def test_old_instances_that_gave_their_tasks_away_had_them_before() -> None:
    """One crash there in an hour says nothing of four in some minutes here, wherever the tasks are by now."""
    looked = reading(service(3, percent=100), failures(4, old=1), known_since=LONG_AGO)
    moved = replace(
        looked.fleet,
        incoming=tuple(replace(each, joined_at=LONG_AGO, task_count=1) for each in looked.fleet.incoming),
    )
    assert turns(replace(looked, fleet=moved))


services = st.builds(service, st.integers(0, 12), desired=st.integers(0, 12), percent=st.sampled_from([0, 50, 75, 100]))


@given(services, st.integers(0, 12), st.integers(0, 12), st.floats(0, 3600), st.one_of(st.none(), st.just(LONG_AGO)))
def test_only_failures_on_new_instances_ever_turn(
    each: Service, new: int, old: int, ago: float, known_since: float | None
) -> None:
    observation = reading(each, failures(new, ago=ago, old=old), known_since=known_since)
    if turns(observation):
        assert new > old
        assert ago <= RECENT_SECONDS
        assert known_since is not None


@given(services, st.integers(0, 12))
def test_more_failures_never_turn_less(each: Service, count: int) -> None:
    fewer = reading(each, failures(count), known_since=LONG_AGO)
    assert not turns(fewer) or turns(reading(each, failures(count + 1), known_since=LONG_AGO))


@given(services, st.integers(0, 12))
def test_who_turns_was_a_suspect(item: Service, count: int) -> None:
    observation = reading(item, failures(count), known_since=LONG_AGO)
    assert not turns(observation) or "web" in {
        each.service.name for each in failing_services(Situation(PLAN, observation))
    }
