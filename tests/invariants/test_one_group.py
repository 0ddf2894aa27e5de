"""One group: it doubles for blue-green, its zones stay even while it rolls."""

from typing import Any

import pytest

from handlers import catalogue
from simulator.invariants import capacity, drains
from simulator.invariants.zones import EVEN
from simulator.stepfunctions.events import StateEntered
from tests.invariants.one_group import SIZE, OneGroup, one_group
from tests.invariants.two_groups import CLUSTER, NEW_AMI, OLD, OLD_AMI

BLUE_GREEN = {"type": "blue-green"}
ROLLING = {"type": "rolling", "surge": 4}


def switch_and_scale_in(seen: OneGroup) -> None:
    seen.point_at_the_target()
    seen.pin(OLD_AMI)
    seen.resize(OLD, 2 * SIZE)
    seen.pin(NEW_AMI)
    seen.drain(*seen.of(OLD_AMI))
    seen.terminate(*seen.of(OLD_AMI))


def test_a_group_doubles_is_switched_and_scaled_in() -> None:
    with one_group(BLUE_GREEN) as seen:
        switch_and_scale_in(seen)
        seen.pin()

        assert seen.end() == "all_new"
        assert seen.said == ""


def test_a_constraint_of_ours_that_stays_is_seen() -> None:
    with one_group(BLUE_GREEN) as seen:
        switch_and_scale_in(seen)

        assert seen.end() == "all_new"
        assert "web: constraints were to be () and are" in seen.said


def test_more_than_twice_the_size_is_too_many() -> None:
    with one_group(BLUE_GREEN) as seen:
        seen.resize(OLD, 2 * SIZE + 1)

        assert seen.broken == {capacity.CEILING}


def test_old_instances_that_still_serve_may_not_drain() -> None:
    with one_group(BLUE_GREEN) as seen:
        seen.point_at_the_target()
        seen.pin(OLD_AMI)
        seen.resize(OLD, 2 * SIZE)
        seen.drain(*seen.of(OLD_AMI))

        assert drains.ROOM in seen.broken


REVISED = {"type": "blue-green", "pin": "task_definition"}


def revise(seen: OneGroup, *amis: str) -> str:
    """A revision of the service's task definition with that pin; its ARN."""
    pins = [{"type": "memberOf", "expression": f"attribute:ecs.ami-id == {ami}"} for ami in amis]
    container = {"name": "main", "image": "web:1", "memory": 1024, "cpu": 512}
    made = seen.ecs.register_task_definition(
        family="prod-web", containerDefinitions=[container], placementConstraints=pins
    )
    arn: str = made["taskDefinition"]["taskDefinitionArn"]
    seen.ecs.update_service(cluster=CLUSTER, service="web", taskDefinition=arn)
    seen.wait()
    return arn


@pytest.mark.parametrize(
    ("strategy", "last", "complaint"),
    [
        (REVISED, (), ""),
        (REVISED, (NEW_AMI,), "web: its task definition's constraints were () and are"),
        (BLUE_GREEN, (), "web: task definition was"),
    ],
)
def test_revisions_are_for_those_who_ask_for_them(strategy: dict[str, Any], last: tuple[str], complaint: str) -> None:
    with one_group(strategy) as seen:
        switch_and_scale_in(seen)
        seen.pin()
        revise(seen, *last)
        seen.end()

        assert complaint in seen.said if complaint else seen.said == ""


def test_a_revision_that_nobody_uses_is_not_left_behind() -> None:
    with one_group(REVISED) as seen:
        switch_and_scale_in(seen)
        seen.pin()
        unused = revise(seen, NEW_AMI)
        revise(seen)
        seen.end()
        assert f"{unused} was registered and is ACTIVE" in seen.said


def surged(seen: OneGroup) -> dict[str, list[str]]:
    """Twice the instances; the old ones by zone, oldest first."""
    seen.point_at_the_target()
    seen.resize(OLD, 2 * SIZE)
    zones: dict[str, list[str]] = {}
    for name in seen.of(OLD_AMI):
        zones.setdefault(seen.region.scaling.instance(name).availability_zone, []).append(name)
    return zones


def age(seen: OneGroup, names: list[str]) -> None:
    """These are the oldest from now on."""
    for name in names:
        seen.region.scaling.instance(name).launched_at -= 10_000_000


def two_and_four_ready(seen: OneGroup) -> tuple[list[str], list[str]]:
    """The old instances of either zone; those of the first are the oldest, and no new one there is ready."""
    first, second = surged(seen).values()
    age(seen, first)
    for name in seen.of(NEW_AMI):
        if zone(seen, name) == zone(seen, first[0]):
            seen.region.ecs.instance_on(name).agent_connected = False  # type: ignore[union-attr]
    return first, second


def test_a_zone_may_not_be_emptied_first_even_oldest_first() -> None:
    with one_group(ROLLING) as seen:
        first, second = two_and_four_ready(seen)
        seen.drain(second[0])
        assert seen.said == ""

        seen.drain(first[0])
        assert seen.said == ""  # 1 and 3

        seen.drain(first[1])
        assert seen.broken == {EVEN}


def zone(seen: OneGroup, name: str) -> str:
    return seen.region.scaling.instance(name).availability_zone


def test_an_older_instance_is_passed_over_for_the_zones_sake_only() -> None:
    with one_group(ROLLING) as seen:
        first, second = surged(seen).values()
        age(seen, first)
        seen.drain(second[0])

        assert seen.broken == {drains.ORDER}


def enter(seen: OneGroup, state: str) -> None:
    seen.region.bus.emit(StateEntered(state, 1, None, "rehearsal"))


@pytest.mark.parametrize(("decided_again", "broken"), [(False, set()), (True, {drains.ORDER})])
def test_what_a_zone_needed_is_thought_of_again_at_the_next_decision(decided_again: bool, broken: set[str]) -> None:
    with one_group(ROLLING) as seen:
        second = two_and_four_ready(seen)[1]
        enter(seen, catalogue.DRAIN.forward)
        seen.drain(second[0])
        if decided_again:
            enter(seen, catalogue.DRAIN.forward)
        seen.drain(second[1])

        assert seen.broken == broken


@pytest.mark.parametrize(("later", "broken"), [(1.0, set()), (0.0, {drains.ORDER})])
def test_what_registers_while_it_is_decided_may_have_been_read_or_not(later: float, broken: set[str]) -> None:
    with one_group(ROLLING) as seen:
        first, second = surged(seen).values()
        age(seen, first)
        enter(seen, catalogue.DRAIN.forward)
        for name in seen.of(NEW_AMI):
            after = later if zone(seen, name) == zone(seen, second[0]) else 2 * later
            seen.region.ecs.instance_on(name).registered_at = seen.region.clock.now + after  # type: ignore[union-attr]
        seen.drain(second[0])

        assert seen.broken == broken
