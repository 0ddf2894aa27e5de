"""Tasks that wait for the instances of a provider with managed scaling, in both modes. Each test names its source."""

from collections.abc import Iterator
from typing import Any

import pytest

from simulator.aws.ecs.scheduler.provisioning import MOST_OF_A_CLUSTER
from simulator.scenario.model import NodeGroup, Service
from simulator.scenario.services import StrategyItem
from simulator.simulation import SimulatedRollout
from tests.conformance.regions import CLUSTER, GROUP, MODES, OLD, PROVIDER, opened, refused

LARGE = 1500
"""CPU units: one of an instance's 2048."""
STRATEGY: Any = [{"capacityProvider": PROVIDER, "weight": 1}]


@pytest.fixture(params=MODES)
def region(request: pytest.FixtureRequest) -> Iterator[SimulatedRollout]:
    """Three instances, each filled by a task of a service; managed scaling may launch three more."""
    with scaled(request.param) as made:
        yield made


def scaled(mode: str, most: int = 6, *, managed_scaling: bool = True, protects: bool = False) -> Any:
    group = NodeGroup(
        name=GROUP,
        ami=OLD,
        size=3,
        max=most,
        capacity_provider=PROVIDER,
        managed_scaling=managed_scaling,
        managed_termination_protection=protects,
    )
    service = Service(name="web", count=3, cpu=LARGE, capacity_provider_strategy=(StrategyItem(**STRATEGY[0]),))
    return opened(mode, node_groups=(group,), services=(service,))


def tasks(region: SimulatedRollout, **which: Any) -> Any:
    ecs = region.client("ecs")
    arns = ecs.list_tasks(cluster=CLUSTER, **which)["taskArns"]
    return ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []


def waiting(region: SimulatedRollout, **which: Any) -> Any:
    return [task for task in tasks(region, **which) if task["lastStatus"] == "PROVISIONING"]


def run(region: SimulatedRollout, count: int = 1, **settings: Any) -> Any:
    request = {"cluster": CLUSTER, "taskDefinition": "prod-web", "count": count, "capacityProviderStrategy": STRATEGY}
    return region.client("ecs").run_task(**request, **settings)


def test_run_task_without_room_makes_a_task_that_waits(region: SimulatedRollout) -> None:
    """containers-roadmap issues 2381 and 900; AWS containers blog, "Deep dive on Amazon ECS cluster auto scaling"."""
    answer = run(region)
    (task,) = answer["tasks"]
    assert answer["failures"] == []
    assert (task["lastStatus"], task["desiredStatus"]) == ("PROVISIONING", "RUNNING")
    assert not {"containerInstanceArn", "availabilityZone", "startedAt", "connectivity"} & task.keys()
    assert (task["launchType"], task["capacityProviderName"]) == ("EC2", PROVIDER)
    assert [each["taskArn"] for each in waiting(region)] == [task["taskArn"]]
    (cluster,) = region.client("ecs").describe_clusters(clusters=[CLUSTER])["clusters"]
    assert (cluster["runningTasksCount"], cluster["pendingTasksCount"]) == (3, 1)


def test_it_runs_on_the_instance_that_managed_scaling_launches_for_it(region: SimulatedRollout) -> None:
    """Developer guide, "managed scaling behavior": tasks in PROVISIONING are what it scales out for."""
    (task,) = run(region)["tasks"]
    before = {each.instance_id for each in region.instances(GROUP)}
    region.pass_time(600)
    assert len(region.instances(GROUP)) == 4
    (now,) = region.client("ecs").describe_tasks(cluster=CLUSTER, tasks=[task["taskArn"]])["tasks"]
    assert (now["lastStatus"], now["createdAt"]) == ("RUNNING", task["createdAt"])
    arn = now["containerInstanceArn"]
    (host,) = region.client("ecs").describe_container_instances(cluster=CLUSTER, containerInstances=[arn])[
        "containerInstances"
    ]
    assert host["ec2InstanceId"] not in before
    assert (host["runningTasksCount"], host["pendingTasksCount"]) == (1, 0)


def test_a_service_counts_what_waits_as_pending(region: SimulatedRollout) -> None:
    """botocore, `Service.pendingCount`; developer guide, "Amazon ECS task lifecycle"."""
    ecs = region.client("ecs")
    ecs.update_service(cluster=CLUSTER, service="web", desiredCount=5)
    region.pass_time(30)
    (service,) = ecs.describe_services(cluster=CLUSTER, services=["web"])["services"]
    assert (service["runningCount"], service["pendingCount"]) == (3, 2)
    assert service["deployments"][0]["pendingCount"] == 2
    assert len(waiting(region, serviceName="web")) == 2
    region.pass_time(900)
    (service,) = ecs.describe_services(cluster=CLUSTER, services=["web"])["services"]
    assert (service["runningCount"], service["pendingCount"]) == (5, 0)


def test_room_that_comes_free_goes_to_what_waits_longest(region: SimulatedRollout) -> None:
    """AWS containers blog, "Deep dive on Amazon ECS cluster auto scaling"."""
    first, second = (run(region)["tasks"][0]["taskArn"] for _ in range(2))
    region.client("ecs").update_service(cluster=CLUSTER, service="web", desiredCount=2)
    region.pass_time(50)
    assert [each["taskArn"] for each in waiting(region)] == [second]
    assert first in {each["taskArn"] for each in tasks(region) if "containerInstanceArn" in each}


def test_a_service_takes_back_what_waits_first(region: SimulatedRollout) -> None:
    """Developer guide, "Amazon ECS task lifecycle": PROVISIONING to STOPPED; no container has run."""
    ecs = region.client("ecs")
    ecs.update_service(cluster=CLUSTER, service="web", desiredCount=4)
    region.pass_time(20)
    (extra,) = waiting(region)
    ecs.update_service(cluster=CLUSTER, service="web", desiredCount=3)
    region.pass_time(20)
    (stopped,) = ecs.describe_tasks(cluster=CLUSTER, tasks=[extra["taskArn"]])["tasks"]
    assert stopped["lastStatus"] == "STOPPED"
    assert "exitCode" not in stopped["containers"][0]
    assert len(tasks(region, serviceName="web")) == 3


@pytest.mark.parametrize("mode", MODES)
def test_what_waits_protects_no_instance(mode: str) -> None:
    """Developer guide, "managed termination protection": instances with tasks are protected, and there is none here."""
    with scaled(mode, protects=True) as region:
        (task,) = run(region)["tasks"]
        stopped = region.client("ecs").stop_task(cluster=CLUSTER, task=task["taskArn"])["task"]
        assert (stopped["lastStatus"], stopped["stopCode"]) == ("STOPPED", "UserInitiated")


@pytest.mark.parametrize("mode", MODES)
def test_what_waits_in_vain_stops_after_ten_to_thirty_minutes(mode: str) -> None:
    """The same post, as containers-roadmap issue 2381 quotes it; developer guide, "API failure reasons"."""
    with scaled(mode, most=3) as region:
        (task,) = run(region)["tasks"]
        region.pass_time(590)
        assert len(waiting(region)) == 1
        region.pass_time(1300)
        (now,) = region.client("ecs").describe_tasks(cluster=CLUSTER, tasks=[task["taskArn"]])["tasks"]
    assert (now["lastStatus"], now["stopCode"], now["stoppedReason"]) == (
        "STOPPED",
        "TaskFailedToStart",
        "RESOURCE:CPU",
    )


@pytest.mark.parametrize("mode", MODES)
def test_without_managed_scaling_nothing_waits(mode: str) -> None:
    """PRX/Infrastructure issue 402 quotes the post: "tasks that can't find capacity will fail immediately"."""
    with scaled(mode, managed_scaling=False) as region:
        answer = run(region)
        assert (answer["tasks"], {each["reason"] for each in answer["failures"]}) == ([], {"RESOURCE:CPU"})
        region.client("ecs").update_service(cluster=CLUSTER, service="web", desiredCount=5)
        region.pass_time(60)
        assert len(tasks(region)) == 3


def test_no_more_than_five_hundred_of_a_cluster_wait(region: SimulatedRollout) -> None:
    """Service quotas; aws-sdk-ruby issue 3047 and rse-grand-challenge pull request 2013 for the error."""
    ecs = region.client("ecs")
    ecs.update_service(cluster=CLUSTER, service="web", desiredCount=MOST_OF_A_CLUSTER + 10)
    region.pass_time(30)
    (service,) = ecs.describe_services(cluster=CLUSTER, services=["web"])["services"]
    assert service["pendingCount"] == MOST_OF_A_CLUSTER
    assert "the tasks provisioning capacity limit was exceeded." in service["events"][0]["message"]
    request = {"cluster": CLUSTER, "taskDefinition": "prod-web", "capacityProviderStrategy": STRATEGY}
    said = refused(region, "ecs", "run_task", request)
    assert said == ("ClientException", "Tasks provisioning capacity limit exceeded.")
