"""On the way back, what is not stable for somebody else's reason is not waited for; what may be ours is."""

from dataclasses import replace

import pytest

from handlers.domain.decision.beyond_mending import beyond_mending
from handlers.domain.decision.situation import Situation
from handlers.domain.model.fleet import Fleet, Service
from handlers.domain.model.observation import BEYOND_HELP_SECONDS, Observation
from handlers.domain.model.progress import StageProgress
from handlers.domain.model.task_failure import TaskFailure
from handlers.payloads import Direction
from tests.decisions.failing_fleet import NOW, failure, instance, reading, service, the_plan
from tests.decisions.parts import with_fields
from tests.decisions.toy_fleet import NEW, OLD

PLAN = the_plan()
OLD_ONES, NEW_ONES = (
    tuple(instance(number, OLD) for number in range(4)),
    tuple(instance(number, NEW) for number in range(4)),
)
DEPLOYED = service(4, deployments=2, deployment_id="theirs")


def back(each: Service, *failures: TaskFailure, new_ones_left: bool = False, **known: object) -> Observation:
    looked = reading(each, failures, direction=Direction.BACK, began_at=NOW - 600.0, **known)
    fleet = Fleet(NEW_ONES if new_ones_left else (), OLD_ONES, 0, 4, 0, 9)
    return replace(looked, fleet=fleet)


def names(looked: Observation) -> set[str]:
    return set(beyond_mending(Situation(PLAN, looked)))


def failed_on_old(count: int) -> tuple[TaskFailure, ...]:
    return tuple(failure(OLD_ONES[number % 4], number=number) for number in range(count))


@pytest.mark.parametrize(("running", "failed", "named"), [(0, 2, True), (0, 1, False), (3, 1, True), (4, 4, False)])
def test_failures_on_instances_that_stay_have_to_explain_what_is_missing(
    running: int, failed: int, *, named: bool
) -> None:
    assert (names(back(service(running), *failed_on_old(failed))) == {"web"}) is named


def test_failures_on_instances_that_go_explain_nothing() -> None:
    assert not names(back(service(0), *(failure(each) for each in NEW_ONES), new_ones_left=True))


def test_another_actors_deployment_is_theirs_once_nothing_has_to_go() -> None:
    assert names(back(DEPLOYED)) == {"web"}
    assert not names(back(DEPLOYED, new_ones_left=True))


@pytest.mark.parametrize("remembered", ["deployments", "left"])
def test_a_deployment_of_the_rollouts_own_is_waited_for(remembered: str) -> None:
    assert not names(back(DEPLOYED, stage=StageProgress(**{remembered: {"web": "theirs"}})))


def test_forward_everything_is_waited_for() -> None:
    looked = back(DEPLOYED)
    assert not names(replace(looked, progress=with_fields(looked.progress, direction=Direction.FORWARD)))


def test_it_has_to_hold_for_a_while() -> None:
    short, long = (back(DEPLOYED, anyway={"web": NOW - since}) for since in (10.0, BEYOND_HELP_SECONDS))
    assert [each.name for each in short.unstable] == ["web"]
    assert not long.unstable
