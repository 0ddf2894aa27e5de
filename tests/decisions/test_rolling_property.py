"""decide() over many small fleets: it ends, and no step on the way breaks the floor or the ceiling."""

from hypothesis import given
from hypothesis import strategies as st

from handlers.payloads import Direction, StepKind
from tests.decisions.parts import with_fields
from tests.decisions.toy_fleet import NEW, OLD, ToyFleet, a_plan

sizes = st.integers(0, 12)
surges = st.integers(1, 5)
seeds = st.integers(0, 10**6)
PASSES = 600


def toy(size: int, surge: int, slots: int, seed: int) -> ToyFleet:
    return ToyFleet.full(a_plan(size, surge), slots, 0, seed)


@given(sizes, surges, st.integers(0, 4), seeds)
def test_every_instance_ends_new_and_every_task_still_runs(size: int, surge: int, slots: int, seed: int) -> None:
    fleet = toy(size, surge, slots, seed)
    tasks = fleet.total
    assert fleet.run(PASSES) is StepKind.DONE
    assert [machine.ami for machine in fleet.machines] == [NEW] * size
    assert fleet.total == tasks
    assert fleet.desired == size


@given(sizes, surges, st.integers(0, 4), seeds)
def test_flapping_agents_delay_and_never_break_the_floor(size: int, surge: int, slots: int, seed: int) -> None:
    fleet = toy(size, surge, slots, seed)
    assert fleet.run(PASSES, flaps=True) is StepKind.DONE
    assert {machine.ami for machine in fleet.machines} <= {NEW}


@given(sizes, surges, st.integers(0, 4), seeds, st.integers(0, 60))
def test_from_any_moment_the_way_back_ends_all_old(size: int, surge: int, slots: int, seed: int, context: int) -> None:
    fleet = toy(size, surge, slots, seed)
    fleet.run(context)
    fleet.progress = with_fields(fleet.progress, direction=Direction.BACK, best_score=None)
    assert fleet.run(PASSES) is StepKind.DONE
    assert [machine.ami for machine in fleet.machines] == [OLD] * size
    assert not any(machine.draining for machine in fleet.machines)
    assert fleet.desired == size


@given(st.integers(1, 12), seeds)
def test_with_surge_one_instances_leave_oldest_first(size: int, seed: int) -> None:
    fleet = toy(size, 1, 3, seed)
    fleet.run(PASSES)
    assert fleet.drained_order == sorted(fleet.drained_order)
    assert len(fleet.drained_order) == size


@given(st.integers(2, 12), st.integers(1, 3), seeds)
def test_without_a_surge_the_floor_is_what_may_be_missing(size: int, unavailable: int, seed: int) -> None:
    plan = a_plan(size, 0, min(unavailable, size - 1))
    fleet = ToyFleet.full(plan, 4, 0, seed)
    for machine in fleet.machines:
        machine.tasks = min(machine.tasks, 2)
    assert fleet.run(PASSES) is StepKind.DONE
    assert [machine.ami for machine in fleet.machines] == [NEW] * size
