"""Two groups, on the way: what must not be drained, terminated or launched, and what may."""

from collections.abc import Callable

import pytest

from handlers import catalogue
from simulator.invariants import capacity, drains, terminations
from simulator.invariants.alarms import CALM
from tests.invariants.two_groups import NEW, NEW_CP, OLD, SIZE, World, world

Wrong = Callable[[World], None]


def drain_without_room(seen: World) -> None:
    seen.drain(*seen.ids(OLD))


def drain_into_room_that_the_provider_does_not_have(seen: World) -> None:
    seen.resize(NEW, SIZE)
    seen.drain(*seen.ids(OLD))


def drain_a_new_instance(seen: World) -> None:
    seen.resize(NEW, SIZE)
    seen.drain(seen.ids(NEW)[0])


def terminate_a_new_instance(seen: World) -> None:
    seen.resize(NEW, SIZE)
    seen.terminate(seen.ids(NEW)[0])


def terminate_with_tasks(seen: World) -> None:
    seen.resize(NEW, SIZE)
    seen.terminate(seen.ids(OLD)[0])


def grow_the_old_group(seen: World) -> None:
    seen.resize(OLD, SIZE + 1)


def drain_after_an_alarm(seen: World) -> None:
    seen.resize(NEW, SIZE)
    seen.switch()
    seen.region.set_alarm("errors", "ALARM")
    seen.wait(121)
    seen.drain(seen.ids(OLD)[0])


@pytest.mark.parametrize(
    ("does", "promise"),
    [
        (drain_without_room, drains.ROOM),
        (drain_into_room_that_the_provider_does_not_have, drains.ROOM),
        (drain_a_new_instance, drains.WRONG),
        (terminate_a_new_instance, terminations.WRONG),
        (terminate_with_tasks, terminations.EMPTY),
        (grow_the_old_group, capacity.CEILING),
        (drain_after_an_alarm, CALM),
    ],
)
def test_a_wrong_step_is_seen(does: Wrong, promise: str) -> None:
    with world() as seen:
        does(seen)

        assert promise in seen.broken


def test_the_right_steps_break_nothing() -> None:
    with world() as seen:
        seen.roll_out()

        assert seen.end() == "all_new"
        assert seen.said == ""


def test_an_empty_old_instance_may_drain_though_another_one_still_holds_tasks() -> None:
    with world(web={"count": 1}) as seen:
        empty = [each for each in seen.ids(OLD) if not seen.region.ecs.instance_on(each).tasks]  # type: ignore[union-attr]
        seen.drain(*empty)

        assert seen.said == ""


def test_a_drain_soon_after_an_alarm_was_under_way_already() -> None:
    with world() as seen:
        seen.resize(NEW, SIZE)
        seen.switch()
        seen.region.set_alarm("errors", "ALARM")
        seen.wait(60)
        seen.drain(seen.ids(OLD)[0])

        assert seen.said == ""


def test_an_alarm_that_was_there_before_the_start_is_the_plans_business() -> None:
    with world(alarms=[{"name": "errors", "state": "ALARM"}]) as seen:
        seen.roll_out()

        assert seen.said == ""


def test_on_the_way_back_what_came_goes_and_what_was_there_stays() -> None:
    with world() as seen:
        seen.resize(NEW, SIZE)
        seen.monitor.direction.back = True
        seen.drain(*seen.ids(NEW))
        seen.terminate(*seen.ids(NEW))
        assert seen.said == ""
        assert seen.end(catalogue.ROLLED_BACK.back) == "all_old"
        assert seen.said == ""

        seen.drain(seen.ids(OLD)[0])
        assert drains.WRONG in seen.broken


def test_an_old_instance_that_replaces_a_lost_one_on_the_way_back_stays() -> None:
    with world() as seen:
        seen.monitor.direction.back = True
        seen.scaling.terminate_instance_in_auto_scaling_group(
            InstanceId=seen.ids(OLD)[0], ShouldDecrementDesiredCapacity=False
        )
        seen.wait()
        came = seen.ids(OLD)[-1]
        before = len(seen.monitor.violations)
        seen.drain(came)

        assert drains.WRONG in {violation.invariant for violation in seen.monitor.violations[before:]}


MANAGED = {"managed_scaling": True, "managed_termination_protection": True}


def test_managed_scaling_may_take_what_nobody_needs() -> None:
    strategy = {"type": "capacity-provider", "target": NEW_CP, "scale": "managed"}
    with world(groups=MANAGED, strategy=strategy) as seen:
        seen.switch()
        seen.wait(3600)

        assert seen.ids(OLD) == []
        assert seen.ids(NEW) != []
        assert seen.end() == "all_new"
        assert seen.said == ""


def test_managed_scaling_takes_nothing_new_where_the_rollout_scales_ahead() -> None:
    with world(groups={"managed_scaling": True}) as seen:
        seen.resize(NEW, SIZE)
        seen.wait(3600)

        assert terminations.WRONG in seen.broken
