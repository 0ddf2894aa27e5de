"""Whatever is asked of a group, in whatever order: its promises hold."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.api.dispatch import ApiError
from simulator.aws.autoscaling.termination_policy import eligible
from tests.region.small_region import SmallRegion, small_region

LEAST, MOST = 1, 9

MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("want"), st.integers(0, 10)),
        st.tuples(st.just("drop"), st.integers(0, 9)),
        st.tuples(st.just("replace"), st.integers(0, 9)),
        st.tuples(st.just("kill"), st.integers(0, 9)),
        st.tuples(st.just("pass"), st.integers(1, 60)),
    ),
    max_size=12,
)


def move(small: SmallRegion, kind: str, number: int) -> None:
    """One request; what the API would refuse is refused and changes nothing."""
    group = small.scaling.group("nodes")
    members = list(group.members)
    try:
        if kind == "want":
            small.scaling.set_desired("nodes", number)
        elif kind == "pass":
            small.clock.advance(number)
        elif members and kind == "kill":
            small.ec2.terminate(small.scaling.instance(members[number % len(members)]), "a test")
        elif members:
            small.scaling.terminate(members[number % len(members)], decrement=kind == "drop")
    except ApiError:
        pass


def make(small: SmallRegion) -> None:
    small.make_group(4, least=LEAST, most=MOST)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES, seed=st.integers(0, 1000))
def test_desired_stays_in_bounds_and_instances_converge_evenly(moves: list[tuple[str, int]], seed: int) -> None:
    with small_region(seed) as small:
        make(small)
        group = small.scaling.group("nodes")
        for kind, number in moves:
            move(small, kind, number)
            assert LEAST <= group.desired <= MOST
        small.settle(3600)
        assert len(group.members) == group.desired
        assert len(eligible(group)) == group.desired
        counts = group.by_zone().values()
        assert max(counts) - min(counts) <= 1
        assert small.clock.next_due() is None


@settings(max_examples=10, deadline=None)
@given(moves=MOVES, seed=st.integers(0, 1000))
def test_the_same_moves_and_the_same_seed_give_the_same_trace(moves: list[tuple[str, int]], seed: int) -> None:
    def digest() -> str:
        with small_region(seed) as small:
            make(small)
            for kind, number in moves:
                move(small, kind, number)
            small.settle(600)
            return small.bus.trace.sha256()

    assert digest() == digest()
