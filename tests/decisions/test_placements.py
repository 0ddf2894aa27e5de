"""What services are told at each stage, and whose constraints stay."""

from dataclasses import replace

import pytest

from handlers.domain.decision.decide import passes
from handlers.domain.decision.doubt import is_doubtful
from handlers.domain.decision.failure_conditions import REVERTED_SECONDS, check_failure_conditions
from handlers.domain.decision.situation import Situation
from handlers.domain.decision.stages import has_placement, next_wave, to_move
from handlers.domain.input.strategy_input import BlueGreen, Rolling, Stop
from handlers.domain.model.fleet import Fleet, Service
from handlers.domain.model.observation import Observation
from handlers.domain.model.placement import BEFORE, Constraint, Share, keep_off, member_of, pin
from handlers.domain.model.plan import Plan
from handlers.domain.model.progress import Progress
from handlers.domain.model.resources import Resources
from handlers.domain.model.revisions import derived, is_mutable, repository_of
from handlers.domain.strategies import blue_green, rolling
from handlers.errors import ServiceDidNotStabilize
from handlers.payloads import Direction
from tests.decisions.parts import with_fields
from tests.decisions.toy_fleet import NEW, OLD, a_plan

WEB = Service(
    "web", False, 2, 2, 0, 100, 200, 1, "d", "COMPLETED", "ECS", zone_rebalancing=False, resources=Resources(1, 1),
    task_definition="web:1",
)  # fmt: skip
BLUE, GREEN = member_of(keep_off(NEW)), member_of(keep_off(OLD))
PINNED = member_of(pin(OLD))
MINE = Constraint("distinctInstance")


def plan_of(*services: Service, asked: BlueGreen | None = None) -> Plan:
    asked = asked or BlueGreen()
    return a_plan(
        2,
        2,
        stages=blue_green.stages(asked, 0),
        rollback_stages=blue_green.way_back(),
        moves=blue_green.moves(asked, services, OLD, NEW),
    )


def observation(*services: Service, **progress: object) -> Observation:
    fleet = Fleet((), (), 0, 2, 0, 4)
    return Observation(0.0, fleet, services, with_fields(Progress(), **progress))


def names(found: list[tuple[object, Service, object]]) -> list[str]:
    return [service.name for _move, service, _wanted in found]


def test_what_is_told_is_not_told_again() -> None:
    plan = plan_of(WEB)
    assert names(to_move(Situation(plan, observation(WEB)))) == ["web"]
    assert to_move(Situation(plan, observation(replace(WEB, constraints=(BLUE,))))) == []


def test_a_service_that_reads_as_taken_back_is_neither_moved_again_nor_given_up_on_one_reading() -> None:
    plan, reads_so = plan_of(WEB), replace(WEB, constraints=(BLUE,))
    moved = {"index": 1, "deployments": {"web": "ours"}}
    seen = observation(reads_so, **moved, reverted={"web": 0.0})
    assert next_wave(Situation(plan, seen)) == []
    assert is_doubtful(Situation(plan, seen))
    assert not passes(Situation(plan, seen))
    check_failure_conditions(Situation(plan, replace(seen, now=REVERTED_SECONDS - 1.0)))
    with pytest.raises(ServiceDidNotStabilize, match="its deployment is d, ours was ours"):
        check_failure_conditions(Situation(plan, replace(seen, now=float(REVERTED_SECONDS))))


def test_somebody_elses_constraint_neither_blocks_nor_gets_lost() -> None:
    plan = plan_of(WEB)
    (move,) = plan.route.moves
    both = replace(WEB, constraints=(MINE, BLUE))
    assert has_placement(move, both, move.placements[blue_green.BLUE], Progress())
    assert move.constraints((MINE, BLUE), move.placements[blue_green.GREEN]) == (MINE, GREEN)
    assert move.constraints((MINE, GREEN), move.placements[blue_green.AFTER]) == (MINE,)


def test_a_services_own_pin_to_the_old_ami_gives_way_to_the_new_one() -> None:
    (move,) = plan_of(replace(WEB, constraints=(BLUE,))).route.moves
    assert move.placements[blue_green.AFTER].pins == (GREEN,)
    assert move.placements[BEFORE].pins == (BLUE,)


def test_on_the_way_back_a_service_that_is_as_before_is_left_alone() -> None:
    plan = plan_of(WEB)
    back = {"direction": Direction.BACK}
    assert to_move(Situation(plan, observation(WEB, **back))) == []
    assert names(to_move(Situation(plan, observation(replace(WEB, constraints=(GREEN,)), **back)))) == ["web"]


def test_a_flip_tells_services_to_return_and_daemons_are_never_told_anything() -> None:
    agent = replace(WEB, name="agent", daemon=True)
    plan = plan_of(WEB, agent)
    green = replace(WEB, constraints=(GREEN,))
    assert to_move(Situation(plan, observation(green, agent, index=1))) == []
    flipped = to_move(Situation(plan, observation(green, agent, index=1, serving_old=True)))
    assert [(service.name, wanted.pins) for _move, service, wanted in flipped] == [("web", (BLUE,))]


def test_services_that_need_an_instance_for_each_task_go_first_and_the_others_wait_for_them() -> None:
    static = replace(WEB, name="static", resources=Resources(1, 1, ports=frozenset({"80/tcp"})))
    plan = plan_of(WEB, static)
    assert names(next_wave(Situation(plan, observation(WEB, static)))) == ["static"]
    moving = replace(static, constraints=(BLUE,), deployments=2)
    assert names(next_wave(Situation(plan, observation(WEB, moving, deployments={"static": "d2"})))) == []
    assert names(next_wave(Situation(plan, observation(WEB, replace(moving, deployments=1))))) == ["web"]


def test_a_service_that_needs_every_instance_goes_before_those_that_need_only_some() -> None:
    ports = Resources(1, 1, ports=frozenset({"80/tcp"}))
    one, everywhere = replace(WEB, name="one", desired=1, resources=ports), replace(WEB, name="static", resources=ports)
    plan = plan_of(one, everywhere)
    plan = replace(plan, sizes=replace(plan.sizes, size=everywhere.desired))
    assert names(next_wave(Situation(plan, observation(one, everywhere)))) == ["static"]
    moving = replace(everywhere, constraints=(BLUE,), deployments=2)
    assert names(next_wave(Situation(plan, observation(one, moving, deployments={"static": "d2"})))) == []
    assert names(next_wave(Situation(plan, observation(one, replace(moving, deployments=1))))) == ["one"]


def test_a_revision_that_somebody_deployed_meanwhile_is_derived_from_anew() -> None:
    plan = plan_of(WEB, asked=BlueGreen(pin="task_definition"))
    (move,) = plan.route.moves
    green = move.placements[blue_green.GREEN]
    ours = with_fields(Progress(), revisions={"web:2": (blue_green.GREEN, "web:1")})
    assert has_placement(move, replace(WEB, task_definition="web:2"), green, ours)
    assert not has_placement(move, replace(WEB, task_definition="web:3"), green, ours)


def test_a_definitions_own_pin_keeps_the_derived_revision_at_the_end() -> None:
    asked = BlueGreen(pin="task_definition")
    (pinned,) = plan_of(replace(WEB, definition_constraints=(BLUE,)), asked=asked).route.moves
    (bare,) = plan_of(WEB, asked=asked).route.moves
    assert pinned.placements[blue_green.AFTER].derived == blue_green.GREEN
    assert bare.placements[blue_green.AFTER].derived is None


def test_stops_come_in_order_and_never_above_the_size() -> None:
    asked = Rolling(canary=Stop(10), checkpoints=(Stop("50%"), Stop("99%")))
    assert [stage.replaced for stage in rolling.stages(asked, 3, 60)] == [3, 2, 3, None]
    assert [stage.bake_seconds for stage in rolling.stages(asked, 3, 60)] == [0, 0, 0, 60]


def test_the_cordons_constraint_is_recognised_however_it_is_spaced() -> None:
    spaced = replace(WEB, constraints=(member_of("attribute:rollout.cordoned   !exists"),))
    assert rolling.carries(spaced, "rollout.cordoned")
    assert not rolling.carries(spaced, "rollout")
    asked = Rolling(cordon="rollout.cordoned", prepare_cordon=True)
    assert [move.service for move in rolling.moves(asked, [WEB, spaced, replace(WEB, daemon=True)])] == ["web"]


def test_a_derived_definition_differs_in_images_or_in_one_constraint_only() -> None:
    definition = {
        "family": "web",
        "taskDefinitionArn": "arn",
        "revision": 1,
        "containerDefinitions": [{"name": "main", "image": "registry:5000/web:1"}, {"name": "other", "image": "b"}],
        "placementConstraints": [
            {"type": "memberOf", "expression": f"attribute:ecs.ami-id == {OLD}"},
            {"type": "memberOf", "expression": "attribute:zone == a"},
        ],
    }
    by_digest = derived(definition, {"registry:5000/web:1": "sha256:abc"}, ())
    assert [each["image"] for each in by_digest["containerDefinitions"]] == ["registry:5000/web@sha256:abc", "b"]
    assert by_digest["placementConstraints"] == definition["placementConstraints"]
    assert set(by_digest) == {"family", "containerDefinitions", "placementConstraints"}
    pinned = derived(definition, {}, (GREEN,))
    assert [each["expression"] for each in pinned["placementConstraints"]] == ["attribute:zone == a", GREEN.expression]
    assert pinned["containerDefinitions"] == definition["containerDefinitions"]


@pytest.mark.parametrize(
    ("image", "repository", "mutable"),
    [
        ("web", "web", True),
        ("web:1", "web", True),
        ("registry:5000/team/web", "registry:5000/team/web", True),
        ("registry:5000/team/web:1@sha256:abc", "registry:5000/team/web", False),
    ],
)
def test_image_names_are_read_as_docker_reads_them(image: str, repository: str, mutable: bool) -> None:
    assert (repository_of(image), is_mutable(image)) == (repository, mutable)


def test_shares_have_an_order_so_that_two_readings_compare() -> None:
    assert sorted([Share("b"), Share("a", 1)]) == [Share("a", 1), Share("b")]


def test_a_service_is_kept_off_an_ami_instead_of_bound_to_one_that_a_later_rollout_replaces() -> None:
    (move,) = blue_green.moves(BlueGreen(), [WEB], OLD, NEW)
    assert move.placements[blue_green.BLUE].pins == (member_of(f"attribute:ecs.ami-id != {NEW}"),)
    assert move.placements[blue_green.GREEN].pins == (member_of(f"attribute:ecs.ami-id != {OLD}"),)
    assert move.placements[BEFORE].pins == move.placements[blue_green.AFTER].pins == ()


@pytest.mark.parametrize(
    ("providers", "other_amis", "here", "there"),
    [
        ((), False, True, False),
        ((), True, True, True),
        (("mine",), True, True, False),
        (("mine", "other"), True, True, True),
        (("other",), True, False, True),
    ],
)
def test_where_a_services_tasks_may_run(providers: tuple[str, ...], other_amis: bool, here: bool, there: bool) -> None:
    service = replace(WEB, strategy=tuple(Share(name, 0, 1) for name in providers))
    assert blue_green.reaches(service, "mine") is here
    assert blue_green.spans(service, "mine", OLD, other_amis=other_amis) is there


def test_a_service_that_is_bound_to_the_old_ami_runs_nowhere_else() -> None:
    assert not blue_green.spans(replace(WEB, constraints=(PINNED,)), None, OLD, other_amis=True)
