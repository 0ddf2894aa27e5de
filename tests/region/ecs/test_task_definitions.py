"""Task definitions: what is read can be registered again; INACTIVE ones keep what runs on them."""

from typing import Any

import pytest

from tests.region.ecs.ecs_region import CLUSTER, EcsRegion

READ_ONLY = (
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
)
FULL: dict[str, Any] = {
    "family": "full",
    "taskRoleArn": "arn:aws:iam::123456789012:role/task",
    "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
    "networkMode": "host",
    "containerDefinitions": [
        {
            "name": "app",
            "image": "app:1",
            "memory": 256,
            "essential": True,
            "portMappings": [{"containerPort": 8080, "protocol": "tcp"}],
            "environment": [{"name": "STAGE", "value": "test"}],
            "healthCheck": {"command": ["CMD", "true"], "interval": 5},
            "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
        },
        {"name": "sidecar", "image": "sidecar:1", "memoryReservation": 64, "essential": False},
    ],
    "volumes": [{"name": "data", "host": {"sourcePath": "/data"}}],
    "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.instance-type =~ m6i.*"}],
    "requiresCompatibilities": ["EC2"],
    "cpu": "256",
    "memory": "512",
    "pidMode": "task",
    "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
}
TAGS = [{"key": "team", "value": "core"}]


def read(ecs: Any, name: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """A revision without what RegisterTaskDefinition does not take, and its tags."""
    answer = ecs.describe_task_definition(taskDefinition=name, include=["TAGS"])
    definition = answer["taskDefinition"]
    assert set(READ_ONLY) <= definition.keys()
    return {key: value for key, value in definition.items() if key not in READ_ONLY}, answer["tags"]


def test_what_is_read_registers_again_as_the_same(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs.register_task_definition(**FULL, tags=TAGS)
    definition, tags = read(ecs, "full")
    for given, shown in zip(FULL["containerDefinitions"], definition["containerDefinitions"], strict=True):
        assert shown | given | {"portMappings": shown["portMappings"]} == shown  # it is completed, and nothing changed
    rest = {"containerDefinitions": FULL["containerDefinitions"]}
    assert (definition | rest, tags) == (FULL, TAGS)
    ecs.register_task_definition(**definition, tags=tags)
    assert read(ecs, "full:2") == (definition, TAGS)
    assert ecs.describe_task_definition(taskDefinition="full")["taskDefinition"]["revision"] == 2


def test_the_least_that_can_be_registered_comes_back_with_empty_lists(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.define()
    definition, tags = read(ecs, "web")
    assert (definition["volumes"], definition["placementConstraints"], tags) == ([], [], [])
    ecs.register_task_definition(**definition)
    assert read(ecs, "web:2") == read(ecs, "web:1")


def test_an_empty_list_of_tags_is_refused(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.define()
    with pytest.raises(ecs.exceptions.ClientException, match="Tags can not be empty"):
        ecs.register_task_definition(**read(ecs, "web")[0], tags=[])


def test_an_inactive_revision_keeps_its_services_and_takes_no_new_ones(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(3)
    service = ecs_region.serve(count=2)
    ecs.deregister_task_definition(taskDefinition="web:1")
    ecs.update_service(cluster=CLUSTER, service="web", desiredCount=3)
    ecs.stop_task(cluster=CLUSTER, task=next(iter(service.tasks)))
    ecs_region.clock.advance(120)
    assert service.running_count == 3
    for refused in ("web:1", "web"):
        with pytest.raises(ecs.exceptions.ClientException):
            ecs.run_task(cluster=CLUSTER, taskDefinition=refused)
    with pytest.raises(ecs.exceptions.ClientException, match="inactive"):
        ecs.update_service(cluster=CLUSTER, service="web", taskDefinition="web:1")


def test_a_family_means_its_latest_active_revision_and_numbers_are_not_used_twice(
    ecs_region: EcsRegion, ecs: Any
) -> None:
    for _ in range(3):
        ecs_region.define()
    ecs.deregister_task_definition(taskDefinition="web:3")
    assert ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]["revision"] == 2
    ecs_region.define()
    assert ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]["revision"] == 4
    with pytest.raises(ecs.exceptions.ClientException, match="inactive"):
        ecs.update_service(cluster=CLUSTER, service=ecs_region.serve(count=0).name, taskDefinition="web:3")


def test_a_definitions_own_constraint_binds_its_tasks(ecs_region: EcsRegion, ecs: Any) -> None:
    old, new = ecs_region.fleet(1, image_id="ami-old")[0], ecs_region.fleet(1, image_id="ami-new")[0]
    only_new = [{"type": "memberOf", "expression": "attribute:ecs.ami-id == ami-new"}]
    service = ecs_region.serve(count=2, family=ecs_region.define(placementConstraints=only_new))
    assert service.on_instance == {ecs_region.instance(new).id: 2}
    assert ecs_region.instance(old).tasks == {}
