"""Properties over random fleets: nothing is overbooked, no deployment and no drain leaves its percentages."""

from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from simulator.aws.ecs.resource_accounting import AGENT_PORTS
from tests.region.ecs.ecs_region import CLUSTER, QUICK, EcsRegion

QUIETLY = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
CHANCE = replace(QUICK, start_seconds=(5.0, 40.0), stop_seconds=(1.0, 20.0), agent_seconds=(1.0, 30.0))

containers = some.fixed_dictionaries(
    {
        "cpu": some.sampled_from([64, 256, 700]),
        "memory": some.sampled_from([128, 512, 3000]),
        "portMappings": some.sampled_from([[], [{"containerPort": 80, "hostPort": 80}]]),
    }
)
rules: Any = some.sampled_from(
    [
        [],
        [{"type": "random"}],
        [{"type": "binpack", "field": "memory"}],
        [{"type": "spread", "field": "instanceId"}],
        [{"type": "spread", "field": "attribute:ecs.availability-zone"}, {"type": "binpack", "field": "cpu"}],
    ]
)
percentages = some.sampled_from([(0, 100), (50, 100), (50, 150), (100, 200), (100, 125), (75, 130), (100, 150)])


def books_balance(ecs_region: EcsRegion) -> None:
    """Every ledger equals the sum of what its tasks take, every count the tasks it counts."""
    for instance in ecs_region.ecs.clusters[CLUSTER].instances.values():
        needs = [task.task_definition.resources for task in instance.tasks.values()]
        accounting = instance.accounting
        assert accounting.cpu_left == accounting.cpu - sum(need.cpu for need in needs) >= 0
        assert accounting.memory_left == accounting.memory - sum(need.memory for need in needs) >= 0
        ports = [port for need in needs for port in need.ports]
        assert sorted(accounting.ports) == sorted([*AGENT_PORTS, *ports])
        assert instance.running == sum(task.wanted for task in instance.tasks.values())
    for service in ecs_region.ecs.clusters[CLUSTER].services.values():
        statuses = Counter(task.last_status for task in service.tasks.values())
        assert (service.running_count, service.pending_count) == (statuses["RUNNING"], statuses["PENDING"])
        wanted = Counter(task.instance.id for task in service.tasks.values() if task.wanted)
        assert service.on_instance == wanted


@QUIETLY
@given(seed=some.integers(0, 10_000), container=containers, rule=rules, percent=percentages, count=some.integers(1, 9))
def test_a_drain_of_half_the_fleet_keeps_floor_ceiling_and_books(
    seed: int, container: dict[str, Any], rule: list[Any], percent: tuple[int, int], count: int
) -> None:
    ecs_region = EcsRegion(CHANCE, seed)
    machines = ecs_region.fleet(6)
    ecs_region.define(container=container)
    service = ecs_region.serve(family="web", count=count, percent=percent, placementStrategy=rule, settle=300)
    running = service.running_count
    ecs_region.drain(machines[:3])

    def holds() -> None:
        books_balance(ecs_region)
        assert service.running_count >= min(service.floor, running)
        assert len(service.tasks) <= max(service.ceiling, running)

    ecs_region.during(1200, holds)
    draining = [ecs_region.instance(machine) for machine in machines[:3]]
    assert not any(task.last_status == "PENDING" for instance in draining for task in instance.tasks.values())


@QUIETLY
@given(
    seed=some.integers(0, 10_000),
    percent=percentages,
    count=some.integers(1, 8),  # as many as the one instance that is spared at least has CPU for
    spared=some.integers(1, 5),
)
def test_a_deployment_amid_terminations_keeps_its_books(
    seed: int, percent: tuple[int, int], count: int, spared: int
) -> None:
    ecs_region = EcsRegion(CHANCE, seed)
    machines = ecs_region.fleet(6)
    service = ecs_region.serve(count=count, percent=percent, settle=300)
    ecs_region.ecs.update_service("web", CLUSTER, forceNewDeployment=True)
    for machine in machines[spared:]:
        ecs_region.during(20, lambda: books_balance(ecs_region))
        ecs_region.terminate(machine)
    ecs_region.during(1800, lambda: books_balance(ecs_region))
    assert len(service.tasks) <= service.ceiling
    deadlocks = service.ceiling == service.floor == count
    assert deadlocks or service.running_count == count


@QUIETLY
@given(seed=some.integers(0, 10_000), count=some.integers(1, 12), percent=percentages)
def test_the_same_seed_gives_the_same_trace(seed: int, count: int, percent: tuple[int, int]) -> None:
    def trace() -> str:
        ecs_region = EcsRegion(CHANCE, seed)
        machines = ecs_region.fleet(4)
        ecs_region.serve(count=count, percent=percent, placementStrategy=[{"type": "random"}])
        ecs_region.drain(machines[:1])
        ecs_region.clock.advance(600)
        return ecs_region.bus.trace.sha256()

    assert trace() == trace()


@QUIETLY
@given(
    seed=some.integers(0, 10_000), count=some.integers(1, 12), zones=some.lists(some.sampled_from("abc"), min_size=3)
)
def test_the_default_spreads_over_zones_within_one(seed: int, count: int, zones: list[str]) -> None:
    ecs_region = EcsRegion(CHANCE, seed)
    for zone in zones:
        ecs_region.boot(1, zone=zone, instance_type="m6i.4xlarge")
    ecs_region.clock.advance(31)
    service = ecs_region.serve(count=count)
    spread = [service.in_zone.get(f"eu-west-1{zone}", 0) for zone in sorted(set(zones))]
    assert max(spread) - min(spread) <= 1


@QUIETLY
@given(seed=some.integers(0, 10_000), count=some.integers(1, 8))
def test_distinct_instance_never_puts_two_together(seed: int, count: int) -> None:
    ecs_region = EcsRegion(CHANCE, seed)
    ecs_region.fleet(5)
    service = ecs_region.serve(count=count, placementConstraints=[{"type": "distinctInstance"}], percent=(100, 200))
    ecs_region.ecs.update_service("web", CLUSTER, forceNewDeployment=True)

    def distinct() -> None:
        assert all(number == 1 for number in service.on_instance.values())

    ecs_region.during(900, distinct)
    assert service.running_count == min(count, 5)
