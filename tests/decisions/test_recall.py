"""On the way back ECS takes half-done deployments back itself; instances above the size come last, and few."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.decision.recall import is_being_recalled, is_returned, left_half_done, to_recall
from handlers.domain.decision.situation import Situation
from handlers.domain.decision.stages import to_move
from handlers.domain.decision.temporary_capacity import missing_room
from handlers.domain.input.strategy_input import BlueGreen
from handlers.domain.model.fleet import Service
from handlers.domain.model.observation import Observation
from handlers.domain.model.plan import Plan, Recorded
from handlers.domain.model.progress import StageProgress
from handlers.domain.strategies import blue_green
from handlers.payloads import Direction
from tests.decisions.parts import with_fields
from tests.decisions.test_growth import WHOLE
from tests.decisions.test_placements import WEB, observation
from tests.decisions.test_room import holding, of, reading, task
from tests.decisions.toy_fleet import NEW, OLD, a_plan

HALF_DONE = replace(WEB, deployment_id="ours", rollout_state="IN_PROGRESS", service_deployment="arn:ours")
BEFORE = "d"


def plan() -> Plan:
    return a_plan(
        2,
        2,
        stages=blue_green.stages(BlueGreen(), 0),
        rollback_stages=blue_green.way_back(),
        moves=blue_green.moves(BlueGreen(), [WEB], OLD, NEW),
        recorded=Recorded((), deployments={"web": BEFORE}),
    )


def back(service: Service, **progress: object) -> Situation:
    fields = {"direction": Direction.BACK, "left": {"web": "ours"}, **progress}
    return Situation(plan(), observation(service, **fields))


def recalled(situation: Situation) -> list[str]:
    return [service.name for _move, service in to_recall(situation)]


def test_a_half_done_deployment_of_ours_is_taken_back_once_and_is_told_nothing_beside() -> None:
    assert recalled(back(HALF_DONE)) == ["web"]
    assert to_move(back(HALF_DONE)) == []
    asked = back(HALF_DONE, recalled={"web": 0.0})
    assert recalled(asked) == []
    assert is_being_recalled(asked, HALF_DONE)
    assert to_move(asked) == []


@pytest.mark.parametrize(
    "service",
    [
        replace(HALF_DONE, deployment_id="somebody's"),
        replace(HALF_DONE, rollout_state="COMPLETED"),
        replace(HALF_DONE, service_deployment=""),
    ],
    ids=["somebody else's", "ended", "not of ECS's own"],
)
def test_what_ecs_cannot_take_back_for_us_is_not_stopped(service: Service) -> None:
    assert recalled(back(service)) == []


def test_on_the_way_forward_nothing_is_stopped() -> None:
    assert recalled(Situation(plan(), observation(HALF_DONE, left={"web": "ours"}))) == []


def test_what_it_does_not_take_back_within_a_minute_is_deployed() -> None:
    refused = back(HALF_DONE, recalled={"web": -61.0})
    assert [wanted.deploys for _move, _service, wanted in to_move(refused)] == [True]


def test_a_service_that_returned_is_told_its_constraints_and_no_deployment() -> None:
    returned = replace(WEB, deployment_id=BEFORE)
    situation = back(returned)
    assert is_returned(situation, returned)
    assert [wanted.deploys for _move, _service, wanted in to_move(situation)] in ([], [False])


def test_one_that_is_short_and_starts_nothing_for_a_minute_has_not_returned() -> None:
    short = replace(WEB, deployment_id=BEFORE, running=1)
    assert is_returned(back(short), short)
    assert not is_returned(back(short, last_progress_at=-60.0), short)


def test_only_deployments_over_what_was_there_before_the_rollout_are_taken_back() -> None:
    switch, replacing = StageProgress(index=1, deployments={"web": "ours"}), StageProgress(index=2)
    assert left_half_done(plan(), switch) == {"web": "ours"}
    assert left_half_done(plan(), replace(replacing, deployments={"web": "ours"})) == {}
    assert left_half_done(plan(), replace(switch, serving_old=True)) == {}
    assert left_half_done(plan(), replace(switch, switch_handled_at=5.0)) == {}


def exactly_full(size: int, *, temporary: int = 0, free: int = 0, running: int | None = None) -> Observation:
    """An old fleet with two tasks each and room for no more; the service's deployment may stop none of them."""
    stays = tuple(
        holding(number, OLD, task(number), task(number + 99), free=free, whole=WHOLE) for number in range(size)
    )
    service = replace(of("web", 2 * size, 2 * size if running is None else running), rollout_state="IN_PROGRESS")
    service = replace(service, on_new_deployment=0, minimum_healthy_percent=100, maximum_percent=200, older=2 * size)
    return reading((), stays, (service,), direction=Direction.BACK, deployments={"web": "back"}, temporary=temporary)


def sized(size: int, most: int) -> Plan:
    base = a_plan(size, 0)
    return replace(base, sizes=replace(base.sizes, temporary=most))


def test_an_exactly_full_fleet_wants_instances_above_its_size() -> None:
    assert missing_room(Situation(sized(3, 2), exactly_full(3))) > 0


def test_none_while_there_is_room_or_while_ecs_may_stop_a_task_instead() -> None:
    assert missing_room(Situation(sized(3, 2), exactly_full(3, free=1))) == 0
    spare = exactly_full(3)
    relaxed = tuple(replace(service, minimum_healthy_percent=50) for service in spare.services)
    assert missing_room(Situation(sized(3, 2), replace(spare, services=relaxed))) == 0


def test_none_on_the_way_forward_and_none_while_some_come() -> None:
    forward = exactly_full(3)
    forward = replace(forward, progress=with_fields(forward.progress, direction=Direction.FORWARD))
    assert missing_room(Situation(sized(3, 2), forward)) == 0
    assert missing_room(Situation(sized(3, 3), exactly_full(3, temporary=1))) == 0


@given(st.integers(1, 12), st.integers(0, 6))
def test_never_more_than_the_way_back_may_have(size: int, most: int) -> None:
    assert 0 <= missing_room(Situation(sized(size, most), exactly_full(size))) <= most
