"""Room is given away once: what is on its way to a place, and what readings do not show there yet, has it already."""

from dataclasses import replace

import pytest

from handlers.domain.decision import distinct_instances
from handlers.domain.decision.replacement import to_drain
from handlers.domain.decision.situation import Situation
from handlers.domain.model.fleet import Fleet, Instance, Owner, Service, Task
from handlers.domain.model.observation import Observation
from handlers.domain.model.progress import Progress
from handlers.domain.model.resources import Resources
from handlers.payloads import Direction
from tests.decisions.failing_fleet import NOW, instance, service, the_plan
from tests.decisions.parts import with_fields
from tests.decisions.toy_fleet import NEW, OLD

ONE = Resources(cpu=256, memory=256)
PLAN = the_plan(ready=0)


def task(number: int, name: str = "web", wanted: str = "RUNNING", **changes: object) -> Task:
    one = Task(f"arn/task/{name}/{number}", Owner.SERVICE, name, wanted, wanted, ONE)
    return replace(one, **changes)


def holding(number: int, ami: str, *tasks: Task, free: int = 0, **changes: object) -> Instance:
    room = Resources(cpu=256 * free, memory=256 * free)
    return replace(instance(number, ami), tasks=tasks, task_count=len(tasks), free=room, **changes)


def of(name: str, desired: int, running: int, pending: int = 0) -> Service:
    return service(running, desired=desired, percent=100, name=name, resources=ONE, pending=pending)


def reading(
    leaves: tuple[Instance, ...], stays: tuple[Instance, ...], services: tuple[Service, ...], **progress: object
) -> Observation:
    desired = len(leaves) + len(stays)
    fleet = Fleet(leaves, stays, terminating=0, desired=desired, minimum=0, maximum=9)
    return Observation(NOW, fleet, services, with_fields(Progress(), **progress))  # type: ignore[arg-type]


def drained(observation: Observation) -> list[str]:
    return [each.instance_id for each in to_drain(Situation(PLAN, observation))]


@pytest.mark.parametrize(("free", "chosen"), [(1, []), (2, ["i-old0"])])
def test_a_pending_task_that_no_instance_shows_yet_has_its_room(free: int, chosen: list[str]) -> None:
    going, coming = holding(0, OLD, task(0)), holding(0, NEW, free=free)
    assert drained(reading((going,), (coming,), (of("web", 2, 2, pending=1),))) == chosen


def test_a_pending_task_that_is_shown_takes_no_room_twice() -> None:
    going, coming = holding(0, OLD, task(0)), holding(0, NEW, free=1, pending=1)
    assert drained(reading((going,), (coming,), (of("web", 2, 2, pending=1),))) == ["i-old0"]


@pytest.mark.parametrize(("ago", "chosen"), [(5.0, []), (300.0, ["i-old1"])])
def test_a_task_told_to_stop_a_moment_ago_may_be_counted_as_running(ago: float, chosen: list[str]) -> None:
    stopping = task(0, wanted="STOPPED", last_status="DEACTIVATING", stopping_at=NOW - ago)
    leaves = (holding(0, OLD, stopping, status="DRAINING"), holding(1, OLD, task(1)))
    assert drained(reading(leaves, (holding(0, NEW, free=1),), (of("web", 2, 2),))) == chosen


@pytest.mark.parametrize(("free", "chosen"), [(1, []), (2, ["i-new0"])])
def test_on_the_way_back_the_tasks_of_a_failing_service_take_room_like_any(free: int, chosen: list[str]) -> None:
    going, excluded_ids = holding(0, NEW, task(0)), holding(0, OLD, free=free)
    services = (of("web", 1, 1), of("worker", 1, 0))
    assert (
        drained(reading((going,), (excluded_ids,), services, direction=Direction.BACK, failing={"worker": 1.0}))
        == chosen
    )


def test_a_failing_service_that_has_no_room_at_all_holds_up_nobody() -> None:
    going, excluded_ids = holding(0, NEW, task(0, "worker")), holding(0, OLD, free=0)
    observation = reading(
        (going,), (excluded_ids,), (of("worker", 3, 1),), direction=Direction.BACK, failing={"worker": 1.0}
    )
    assert drained(observation) == ["i-new0"]


@pytest.mark.parametrize(("apart", "chosen"), [(False, ["i-old0"]), (True, [])])
def test_no_room_is_seen_where_a_task_that_shares_no_instance_has_one_already(apart: bool, chosen: list[str]) -> None:
    going, excluded_ids = holding(0, OLD, task(0)), holding(0, NEW, free=5)
    places = {"web": frozenset({going.arn or "", excluded_ids.arn or ""})} if apart else {}
    moving = replace(going, tasks=distinct_instances.placed(going.tasks or (), places))
    services = distinct_instances.with_places((of("web", 2, 2),), places)
    assert drained(reading((moving,), tuple(distinct_instances.taken([excluded_ids], places)), services)) == chosen
