"""The strategies that a service goes through between two capacity providers."""

from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.input.strategy_input import ByProvider, ProviderStep
from handlers.domain.model.fleet import Service
from handlers.domain.model.placement import BEFORE, Share
from handlers.domain.model.resources import Resources
from handlers.domain.strategies.capacity_provider import after_step, label, moves, stages

OLD, NEW = "old", "new"
ALL, HALF = ProviderStep(), ProviderStep(percent=50)


def service(name: str, *shares: Share, daemon: bool = False, launch_type: str | None = None) -> Service:
    return Service(
        name, daemon, 10, 10, 0, 100, 200, 1, "d", "COMPLETED", "ECS", zone_rebalancing=False,
        resources=Resources(1, 1),
        strategy=shares, launch_type=launch_type,
    )  # fmt: skip


shares = st.builds(Share, provider=st.just(OLD), base=st.integers(0, 100), weight=st.integers(1, 1000))
others = st.lists(
    st.builds(Share, provider=st.sampled_from(["x", "y"]), weight=st.integers(1, 1000)),
    max_size=2,
    unique_by=lambda share: share.provider,
)


def test_a_canary_is_so_many_tasks_on_the_new_provider_and_the_rest_on_the_old() -> None:
    step = ProviderStep(canary_tasks=5)
    assert after_step(step, (Share(OLD, 0, 1),), OLD, NEW) == (Share(NEW, 5, 0), Share(OLD, 0, 1))


def test_a_strategy_in_full_is_taken_as_it_is() -> None:
    step = ProviderStep(strategy=(Share(OLD, 5, 0), Share(NEW, 0, 1)))
    assert after_step(step, (Share(OLD, 0, 1),), OLD, NEW) == (Share(NEW, 0, 1), Share(OLD, 5, 0))


@given(shares, others)
def test_all_exchanges_the_one_provider_and_nothing_else(mine: Share, rest: list[Share]) -> None:
    found = after_step(ALL, (mine, *rest), OLD, NEW)
    assert found == tuple(sorted((Share(NEW, mine.base, mine.weight), *rest)))


@given(shares, others, st.integers(1, 99))
def test_a_percentage_is_one_that_ecs_takes_and_keeps_what_others_get(mine: Share, rest: list[Share], of: int) -> None:
    found = {share.provider: share for share in after_step(ProviderStep(percent=of), (mine, *rest), OLD, NEW)}
    assert all(0 <= share.weight <= 1000 for share in found.values())
    assert any(share.weight for share in found.values())
    assert sum(bool(share.base) for share in found.values()) <= 1
    assert set(found) == {OLD, NEW, *(share.provider for share in rest)}
    total = sum(share.weight for share in found.values())
    before = mine.weight + sum(share.weight for share in rest)
    for share in rest:
        assert abs(found[share.provider].weight / total - share.weight / before) < 0.01
    assert abs(found[NEW].weight / total - mine.weight * of / 100 / before) < 0.01


def test_only_services_of_the_old_provider_move_and_those_without_one_where_the_input_says_so() -> None:
    services = [
        service("web", Share(OLD, 0, 1)),
        service("elsewhere", Share("x", 0, 1)),
        service("plain", launch_type="EC2"),
        service("agent", daemon=True),
        service("legacy", Share(OLD, 0, 1)),
    ]
    asked = ByProvider(left_alone=("legacy",))
    assert [move.service for move in moves(asked, services, OLD, NEW)] == ["web"]
    adopting = ByProvider(left_alone=("legacy",), adopt_launch_type_services=True)
    assert [move.service for move in moves(adopting, services, OLD, NEW)] == ["web", "plain"]


def test_the_way_back_of_an_adopted_service_is_its_launch_type() -> None:
    (move,) = moves(ByProvider(adopt_launch_type_services=True), [service("plain", launch_type="EC2")], OLD, NEW)
    assert move.placements[BEFORE].strategy == ()
    assert move.placements[label(1)].strategy == (Share(NEW, 0, 1),)


def test_a_service_with_fewer_steps_stays_at_its_last() -> None:
    asked = ByProvider(steps=(HALF, ALL), steps_of={"web": (ALL,)})
    (web,) = moves(asked, [service("web", Share(OLD, 0, 1))], OLD, NEW)
    assert len(stages(asked, 0)) == 3
    assert web.placements[label(1)].strategy == web.placements[label(2)].strategy == (Share(NEW, 0, 1),)
