"""Availability Zone rebalancing of services: what it moves, in which order, when it does not, what it says.

Sources: developer guide, "Balancing an Amazon ECS service across Availability Zones" (conditions, order, what is even)
and "Availability Zone service rebalancing event messages"; the words with their prefix as an account of somebody else's
showed them on 2026-09-16.
"""

import re
from typing import Any

import pytest

from simulator.aws.ecs.state import Workload
from tests.region.ecs.ecs_region import CLUSTER, EcsRegion

SPREAD = [{"type": "spread", "field": "attribute:ecs.availability-zone"}]
FIVE = "3 tasks in eu-west-1a, 2 tasks in eu-west-1b"


def uneven(ecs_region: EcsRegion, count: int = 4, **settings: Any) -> Any:
    """A service whose tasks are all in zone a, the only one that had instances; then zone b gets one."""
    ecs_region.fleet(2, zone="a")
    service = ecs_region.serve(count=count, availabilityZoneRebalancing="ENABLED", **settings)
    assert zones(service) == {"eu-west-1a": count}
    ecs_region.boot(zone="b")
    return service


def zones(service: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for task in service.tasks.values():
        if task.wanted:
            found[task.instance.zone] = found.get(task.instance.zone, 0) + 1
    return found


def said(service: Any) -> list[str]:
    """Oldest first, without the ids of tasks."""
    return [re.sub(r"\(task [0-9a-f]{32}\)", "(task)", each.text) for each in reversed(service.events)]


def test_tasks_move_to_where_there_are_fewest(ecs_region: EcsRegion) -> None:
    service = uneven(ecs_region)
    ecs_region.clock.advance(300)
    assert zones(service) == {"eu-west-1a": 2, "eu-west-1b": 2}
    prefix = "(service web) "
    assert said(service)[-5:] == [
        prefix + "is not AZ balanced with 4 tasks in eu-west-1a. AZ Rebalancing in progress.",
        prefix + "has started 2 tasks in eu-west-1b to AZ Rebalance: (task) (task).",
        prefix + "has stopped 2 running tasks in eu-west-1a due to AZ rebalancing: (task) (task).",
        prefix + "is AZ balanced with 2 tasks in eu-west-1a, 2 tasks in eu-west-1b.",
        prefix + "has reached a steady state.",
    ]
    assert len(service.deployments) == 1


def test_a_task_is_healthy_before_one_stops(ecs_region: EcsRegion) -> None:
    """ "The scheduler waits for the newly started tasks to be HEALTHY and RUNNING before stopping the tasks"."""
    service = uneven(ecs_region)
    fewest: list[int] = []
    most: list[int] = []

    def count() -> None:
        fewest.append(sum(task.healthy and task.wanted for task in service.tasks.values()))
        most.append(len(service.tasks))

    ecs_region.during(300, count)
    assert (min(fewest), max(most)) == (4, 6)


def test_the_maximum_percent_holds(ecs_region: EcsRegion) -> None:
    service = uneven(ecs_region, percent=(100, 125))
    most: list[int] = []
    ecs_region.during(600, lambda: most.append(len(service.tasks)))
    assert max(most) == 5
    assert zones(service) == {"eu-west-1a": 2, "eu-west-1b": 2}


def test_one_more_than_elsewhere_is_even(ecs_region: EcsRegion) -> None:
    """Five tasks and two zones: 3 and 2."""
    service = uneven(ecs_region, count=5)
    ecs_region.clock.advance(400)
    assert zones(service) == {"eu-west-1a": 3, "eu-west-1b": 2}
    assert said(service)[-2] == f"(service web) is AZ balanced with {FIVE}."
    ecs_region.clock.advance(4000)
    assert said(service)[-1] == "(service web) has reached a steady state."


@pytest.mark.parametrize(
    "settings",
    [
        {"availabilityZoneRebalancing": "DISABLED"},
        {"placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.ami-id == ami-old"}]},
    ],
)
def test_what_is_off_or_not_allowed_there_stays(ecs_region: EcsRegion, ecs: Any, settings: Any) -> None:
    ecs_region.fleet(2, zone="a")
    request = {"cluster": CLUSTER, "serviceName": "web", "desiredCount": 4, "taskDefinition": ecs_region.define()}
    ecs.create_service(**request, **settings)
    ecs_region.clock.advance(120)
    ecs_region.boot(zone="b", image_id="ami-new")
    ecs_region.clock.advance(600)
    assert zones(ecs_region.service()) == {"eu-west-1a": 4}
    assert not any("AZ" in text for text in said(ecs_region.service()))


def test_no_room_there_is_said_once(ecs_region: EcsRegion) -> None:
    service = uneven(ecs_region)
    (machine,) = ecs_region.machines[2:]
    ecs_region.clock.advance(31)
    ecs_region.instance(machine).accounting.cpu_left = 0
    ecs_region.clock.advance(600)
    words = "is unable to place a task in eu-west-1b because no container instance met all of its requirements."
    assert zones(service)["eu-west-1a"] == 4
    assert [text for text in said(service) if "AZ" in text or "unable" in text] == [f"(service web) {words}"]


def test_a_deployment_stops_it(ecs_region: EcsRegion, ecs: Any) -> None:
    """ "Look for concurrent service deployments that could interrupt rebalancing"; SERVICE_REBALANCING_STOPPED."""
    service = uneven(ecs_region)
    ecs_region.clock.advance(45)
    assert len(service.tasks) == 6
    ecs.update_service(cluster=CLUSTER, service="web", forceNewDeployment=True)
    ecs_region.clock.advance(10)
    assert "(service web) stopped AZ Rebalancing." in said(service)
    ecs_region.clock.advance(600)
    assert len(service.tasks) == 4
    assert zones(service) == {"eu-west-1a": 2, "eu-west-1b": 2}


def test_a_drain_stops_it(ecs_region: EcsRegion) -> None:
    service = uneven(ecs_region)
    ecs_region.clock.advance(45)
    ecs_region.drain([ecs_region.machines[2]])
    ecs_region.clock.advance(600)
    assert zones(service) == {"eu-west-1a": 4}
    assert "(service web) stopped AZ Rebalancing." in said(service)


def test_protected_tasks_hold_it(ecs_region: EcsRegion, ecs: Any) -> None:
    """ "Check for task protection that might be blocking the operation"."""
    ecs_region.fleet(2, zone="a")
    service = ecs_region.serve(count=4, availabilityZoneRebalancing="ENABLED")
    ecs.update_task_protection(cluster=CLUSTER, tasks=list(service.tasks), protectionEnabled=True)
    ecs_region.boot(zone="b")
    ecs_region.clock.advance(600)
    assert zones(service) == {"eu-west-1a": 4}
    assert "was unable to AZ Rebalance because (taskSet" in said(service)[-1]
    ecs_region.clock.advance(7200)
    assert zones(service) == {"eu-west-1a": 2, "eu-west-1b": 2}


def test_tasks_that_fail_there_are_tried_less_and_less_often(ecs_region: EcsRegion) -> None:
    """Developer guide, "service throttle logic"."""
    service = uneven(ecs_region, workload=Workload(crash_on_amis=("ami-new",)))
    ecs_region.machines[2].image_id = "ami-new"
    ecs_region.clock.advance(3600)
    assert zones(service)["eu-west-1a"] == 4
    assert 2 < sum("AZ Rebalancing in progress" in text for text in said(service)) < 15
    assert all(task.healthy for task in service.tasks.values() if task.instance.zone == "eu-west-1a")


def test_a_constraint_on_the_zone_and_rebalancing_exclude_each_other(ecs_region: EcsRegion, ecs: Any) -> None:
    """ "Uses the attribute:ecs.availability-zone as a task placement constraint"."""
    ecs_region.fleet(2, zone="a")
    family = ecs_region.define()
    request = {"cluster": CLUSTER, "taskDefinition": family, "desiredCount": 1}
    pinned = [{"type": "memberOf", "expression": "attribute:ecs.availability-zone == eu-west-1a"}]
    made = ecs.create_service(serviceName="pinned", placementConstraints=pinned, **request)["service"]
    assert made["availabilityZoneRebalancing"] == "DISABLED"
    made = ecs.create_service(serviceName="free", placementStrategy=SPREAD, **request)["service"]
    assert made["availabilityZoneRebalancing"] == "ENABLED"
    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.update_service(cluster=CLUSTER, service="free", placementConstraints=pinned)
