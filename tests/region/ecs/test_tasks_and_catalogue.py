"""Tasks, task definitions, clusters, capacity providers: lists, failures, error codes."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator.aws.ecs.state import Workload
from tests.region.ecs.ecs_region import CLUSTER, EcsRegion
from tests.region.ecs.test_services import provider


def test_list_tasks_by_service_and_desired_status(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(2)
    web, api = ecs_region.serve("web", 2), ecs_region.serve("api", 1)
    assert len(ecs.list_tasks(cluster=CLUSTER)["taskArns"]) == 3
    assert len(ecs.list_tasks(cluster=CLUSTER, serviceName="web")["taskArns"]) == 2
    assert ecs.list_tasks(cluster=CLUSTER, desiredStatus="PENDING")["taskArns"] == []
    instance = next(iter(api.tasks.values())).instance
    here = ecs.list_tasks(cluster=CLUSTER, containerInstance=instance.arn)["taskArns"]
    assert here == [task.arn for task in instance.tasks.values()]
    deployment = web.primary.id
    assert len(ecs.list_tasks(cluster=CLUSTER, startedBy=deployment)["taskArns"]) == 2
    with pytest.raises(ecs.exceptions.ServiceNotFoundException):
        ecs.list_tasks(cluster=CLUSTER, serviceName="gone")


def test_describing_tasks_does_not_move_them(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(1)
    task = next(iter(ecs_region.serve(count=1).tasks.values()))
    shown = [ecs.describe_tasks(cluster=CLUSTER, tasks=[task.arn])["tasks"][0]["lastStatus"] for _ in range(5)]
    assert shown == ["RUNNING"] * 5


def test_stopped_tasks_are_listed_for_an_hour(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(1)
    ecs_region.define("job", Workload(run_seconds=60.0))
    arn = ecs.run_task(cluster=CLUSTER, taskDefinition="job")["tasks"][0]["taskArn"]
    ecs_region.clock.advance(100)
    assert ecs.list_tasks(cluster=CLUSTER)["taskArns"] == []
    assert ecs.list_tasks(cluster=CLUSTER, desiredStatus="STOPPED")["taskArns"] == [arn]
    shown = ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])["tasks"][0]
    assert (shown["stopCode"], shown["containers"][0]["exitCode"]) == ("EssentialContainerExited", 0)
    ecs_region.clock.advance(3601)
    assert ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])["failures"][0]["reason"] == "MISSING"


def test_run_task_without_room_fails_with_reasons_and_http_200(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(1)
    ecs_region.define("big", container={"cpu": 4096})
    answer = ecs.run_task(cluster=CLUSTER, taskDefinition="big")
    assert answer["tasks"] == []
    assert [item["reason"] for item in answer["failures"]] == ["RESOURCE:CPU"]
    ecs_region.ecs.create_cluster("empty")
    with pytest.raises(ClientError, match="No Container Instances"):
        ecs.run_task(cluster="empty", taskDefinition="big")


def test_a_stopped_service_task_is_replaced(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(2)
    service = ecs_region.serve(count=2)
    gone = next(iter(service.tasks))
    ecs.stop_task(cluster=CLUSTER, task=gone)
    ecs_region.clock.advance(60)
    assert service.running_count == 2
    assert gone not in service.tasks


def test_standalone_tasks_cannot_be_protected(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(1)
    ecs_region.define("job")
    arn = ecs.run_task(cluster=CLUSTER, taskDefinition="job")["tasks"][0]["taskArn"]
    answer = ecs.update_task_protection(cluster=CLUSTER, tasks=[arn], protectionEnabled=True)
    assert answer["failures"][0]["reason"] == "TASK_NOT_VALID"


@pytest.mark.parametrize(
    ("operation", "asked", "code"),
    [
        ("list_tasks", {"cluster": "gone"}, "ClusterNotFoundException"),
        ("describe_services", {"cluster": "gone", "services": ["x"]}, "ClusterNotFoundException"),
        ("update_service", {"cluster": CLUSTER, "service": "gone"}, "ServiceNotFoundException"),
        ("describe_task_definition", {"taskDefinition": "gone"}, "ClientException"),
        ("list_services", {"cluster": CLUSTER, "maxResults": 101}, "InvalidParameterException"),
        ("list_tasks", {"cluster": CLUSTER, "nextToken": "?"}, "InvalidParameterException"),
        ("stop_task", {"cluster": CLUSTER, "task": "gone"}, "InvalidParameterException"),
    ],
)
def test_error_codes(ecs_region: EcsRegion, ecs: Any, operation: str, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as raised:
        getattr(ecs, operation)(**asked)
    assert raised.value.response["Error"]["Code"] == code


def test_operations_that_the_region_lacks_fail_and_never_fall_to_moto(ecs_region: EcsRegion, ecs: Any) -> None:
    with pytest.raises(ClientError, match="does not have ecs:CreateTaskSet"):
        ecs.create_task_set(cluster=CLUSTER, service="web", taskDefinition="web")


def test_services_are_listed_ten_a_page(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.define()
    for number in range(12):
        ecs.create_service(cluster=CLUSTER, serviceName=f"s{number}", taskDefinition="web", desiredCount=0)
    first = ecs.list_services(cluster=CLUSTER)
    assert len(first["serviceArns"]) == 10
    pages = ecs.get_paginator("list_services").paginate(cluster=CLUSTER)
    assert [arn for page in pages for arn in page["serviceArns"]] == [
        service.arn for service in ecs_region.ecs.clusters[CLUSTER].services.values()
    ]
    missing = ecs.describe_services(cluster=CLUSTER, services=["gone"])
    assert missing["failures"][0]["reason"] == "MISSING"


def test_task_definitions_have_revisions(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.define()
    ecs_region.define()
    ecs.deregister_task_definition(taskDefinition="web:2")
    assert ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]["revision"] == 1
    assert ecs.describe_task_definition(taskDefinition="web:2")["taskDefinition"]["status"] == "INACTIVE"
    assert [arn[-5:] for arn in ecs.list_task_definitions()["taskDefinitionArns"]] == ["web:1"]
    with pytest.raises(ecs.exceptions.ClientException):
        ecs.create_service(cluster=CLUSTER, serviceName="web", taskDefinition="web:2", desiredCount=1)


def test_put_cluster_capacity_providers_drops_what_it_does_not_name(ecs_region: EcsRegion, ecs: Any) -> None:
    provider(ecs_region, ecs, "blue", "blue")
    provider(ecs_region, ecs, "green", "green")
    ecs.put_cluster_capacity_providers(
        cluster=CLUSTER,
        capacityProviders=["green"],
        defaultCapacityProviderStrategy=[{"capacityProvider": "green", "weight": 1}],
    )
    shown = ecs.describe_clusters(clusters=[CLUSTER])["clusters"][0]
    assert shown["capacityProviders"] == ["green"]
    going = ecs.delete_capacity_provider(capacityProvider="blue")["capacityProvider"]
    assert (going["status"], going["updateStatus"]) == ("ACTIVE", "DELETE_IN_PROGRESS")
    ecs_region.clock.advance(10)
    gone = ecs.describe_capacity_providers(capacityProviders=["blue"])["capacityProviders"][0]
    assert (gone["status"], gone["updateStatus"]) == ("INACTIVE", "DELETE_COMPLETE")
    kept = ecs.delete_capacity_provider(capacityProvider="green")["capacityProvider"]
    assert (kept["status"], kept["updateStatus"]) == ("ACTIVE", "DELETE_FAILED")


def test_a_provider_in_use_cannot_be_dropped(ecs_region: EcsRegion, ecs: Any) -> None:
    provider(ecs_region, ecs, "blue", "asg")
    ecs_region.fleet(1)
    ecs_region.serve(count=1, capacityProviderStrategy=[{"capacityProvider": "blue", "weight": 1}])
    with pytest.raises(ecs.exceptions.ResourceInUseException):
        ecs.put_cluster_capacity_providers(cluster=CLUSTER, capacityProviders=[], defaultCapacityProviderStrategy=[])


@pytest.mark.parametrize(
    "strategy",
    [
        [{"capacityProvider": "unknown", "weight": 1}],
        [{"capacityProvider": "blue", "weight": 0}],
        [{"capacityProvider": "blue", "weight": 1, "base": 1}, {"capacityProvider": "green", "weight": 1, "base": 1}],
    ],
)
def test_impossible_strategies_are_refused(ecs_region: EcsRegion, ecs: Any, strategy: list[Any]) -> None:
    provider(ecs_region, ecs, "blue", "blue")
    provider(ecs_region, ecs, "green", "green")
    ecs_region.define()
    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.create_service(
            cluster=CLUSTER, serviceName="web", taskDefinition="web", desiredCount=1, capacityProviderStrategy=strategy
        )


def test_describe_clusters_includes_what_is_asked_for(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(2)
    ecs_region.serve(count=1)
    shown = ecs.describe_clusters(clusters=[CLUSTER, "gone"], include=["SETTINGS", "STATISTICS"])
    cluster = shown["clusters"][0]
    assert (cluster["registeredContainerInstancesCount"], cluster["runningTasksCount"]) == (2, 1)
    assert {"name": "runningEC2TasksCount", "value": "1"} in cluster["statistics"]
    assert cluster["settings"]
    assert shown["failures"][0]["reason"] == "MISSING"


def test_managed_termination_protection_needs_managed_scaling(ecs_region: EcsRegion, ecs: Any) -> None:
    with pytest.raises(ecs.exceptions.InvalidParameterException):
        provider(ecs_region, ecs, "blue", "asg", managedTerminationProtection="ENABLED")


def test_tags_travel_by_arn(ecs_region: EcsRegion, ecs: Any) -> None:
    arn = ecs.describe_clusters(clusters=[CLUSTER])["clusters"][0]["clusterArn"]
    ecs.tag_resource(resourceArn=arn, tags=[{"key": "team", "value": "core"}])
    assert ecs.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "team", "value": "core"}]
    ecs.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert ecs.list_tags_for_resource(resourceArn=arn)["tags"] == []
