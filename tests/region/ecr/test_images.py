"""Images of the scenario: what ECR says of its own, digests of running tasks, and where a container starts."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from handlers.aws.ecr import Ecr
from simulator.cdk_output import ensure_synthesized
from simulator.scenario.model import Ami, Image, NodeGroup, Scenario, Service
from simulator.simulation import Simulation

REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
BOTH, ONE = f"{REGISTRY}/both:1", f"{REGISTRY}/team/one:2"
SCENARIO = Scenario(
    name="images",
    cluster="prod",
    amis=(Ami("ami-0aaaaaaaaaaaaaaa1"),),
    node_groups=(NodeGroup("nodes", "ami-0aaaaaaaaaaaaaaa1", 1),),
    images=(Image(BOTH, ("x86_64", "arm64")), Image(ONE), Image("elsewhere:1", ("arm64",))),
    services=(
        Service(
            "web",
            image=BOTH,
            cpu_architecture="X86_64",
            task_placement_constraints=({"type": "memberOf", "expression": "attribute:ecs.os-type == linux"},),
        ),
    ),
)


@pytest.fixture(scope="module")
def region() -> Iterator[Simulation]:
    with Simulation(SCENARIO, 1, ensure_synthesized()) as opened:
        yield opened


def images(*ids: dict[str, str], repository: str = "both") -> Any:
    return boto3.client("ecr").batch_get_image(repositoryName=repository, imageIds=list(ids))


def test_an_index_names_its_architectures_and_a_single_manifest_does_not(region: Simulation) -> None:
    ecr = Ecr(lambda: boto3.client("ecr"))
    assert ecr.platforms(BOTH) == {"amd64", "arm64"}
    assert ecr.platforms(ONE) == set()
    assert ecr.platforms("elsewhere:1") is None
    assert ecr.platforms(f"{REGISTRY}/both:unknown") is None
    assert region.dispatch.calls[("ecr", "BatchGetImage")]


def test_a_digest_names_the_same_image_and_unknown_ones_are_failures(region: Simulation) -> None:
    digest = region.ecs.context.images.digest(BOTH)
    (by_tag,) = images({"imageTag": "1"})["images"]
    (by_digest,) = images({"imageDigest": digest})["images"]
    assert by_tag["imageId"] == by_digest["imageId"] == {"imageDigest": digest, "imageTag": "1"}
    assert images({"imageTag": "9"})["failures"][0]["failureCode"] == "ImageNotFound"


def test_running_containers_have_the_digest_and_the_definition_what_the_scenario_says(region: Simulation) -> None:
    ecs = boto3.client("ecs")
    (arn,) = ecs.list_tasks(cluster="prod", serviceName="web")["taskArns"]
    (task,) = ecs.describe_tasks(cluster="prod", tasks=[arn])["tasks"]
    assert task["containers"][0]["imageDigest"] == region.ecs.context.images.digest(BOTH)
    definition = ecs.describe_task_definition(taskDefinition=task["taskDefinitionArn"])["taskDefinition"]
    assert definition["runtimePlatform"]["cpuArchitecture"] == "X86_64"
    assert definition["placementConstraints"][0]["expression"] == "attribute:ecs.os-type == linux"


def test_a_container_of_another_architecture_exits(region: Simulation) -> None:
    ecs = boto3.client("ecs")
    ecs.register_task_definition(
        family="arm", containerDefinitions=[{"name": "main", "image": "elsewhere:1", "memory": 64}]
    )
    ecs.run_task(cluster="prod", taskDefinition="arm", launchType="EC2")
    region.clock.advance(120)
    (arn,) = ecs.list_tasks(cluster="prod", family="arm", desiredStatus="STOPPED")["taskArns"]
    (task,) = ecs.describe_tasks(cluster="prod", tasks=[arn])["tasks"]
    assert (task["stopCode"], task["containers"][0]["exitCode"]) == ("EssentialContainerExited", 1)


def test_each_platform_of_an_index_has_a_manifest_of_its_own(region: Simulation) -> None:
    (index,) = images({"imageTag": "1"})["images"]
    assert index["imageManifestMediaType"] == "application/vnd.oci.image.index.v1+json"
    entries = json.loads(index["imageManifest"])["manifests"]
    assert {entry["platform"]["architecture"] for entry in entries} == {"amd64", "arm64"}
    for entry in entries:
        (one,) = images({"imageDigest": entry["digest"]})["images"]
        assert one["imageManifestMediaType"] == entry["mediaType"] == "application/vnd.oci.image.manifest.v1+json"
        assert one["imageId"] == {"imageDigest": entry["digest"]}


def test_ids_that_mean_nothing_or_two_things_are_failures(region: Simulation) -> None:
    digest = region.ecs.context.images.digest(BOTH)
    asked: list[dict[str, str]] = [
        {"imageTag": "1", "imageDigest": "sha256:" + "0" * 64},
        {},
        {"imageDigest": "sha256:1"},
    ]
    codes = [each["failureCode"] for each in images(*asked)["failures"]]
    assert codes == ["ImageTagDoesNotMatchDigest", "MissingDigestAndTag", "ImageNotFound"]
    assert images({"imageTag": "1", "imageDigest": digest})["failures"] == []


@pytest.mark.parametrize("more", [{"repositoryName": "gone"}, {"repositoryName": "both", "registryId": "210987654321"}])
def test_a_repository_that_is_not_there_is_an_error(region: Simulation, more: dict[str, str]) -> None:
    ecr = boto3.client("ecr")
    for operation in (ecr.batch_get_image, ecr.describe_images):
        with pytest.raises(ecr.exceptions.RepositoryNotFoundException):
            operation(imageIds=[{"imageTag": "1"}], **more)


def test_a_push_leaves_the_old_image_untagged(region: Simulation) -> None:
    old = region.ecs.context.images.digest(ONE)
    new = region.ecs.context.images.push(Image(ONE, ("arm64",)))
    ecr = boto3.client("ecr")
    details = {each["imageDigest"]: each for each in ecr.describe_images(repositoryName="team/one")["imageDetails"]}
    assert details[new]["imageTags"] == ["2"]
    assert "imageTags" not in details[old]
    (by_tag,) = images({"imageTag": "2"}, repository="team/one")["images"]
    assert by_tag["imageId"]["imageDigest"] == new
    untagged = ecr.describe_images(repositoryName="team/one", filter={"tagStatus": "UNTAGGED"})["imageDetails"]
    assert [each["imageDigest"] for each in untagged] == [old]
    with pytest.raises(ecr.exceptions.ImageNotFoundException):
        ecr.describe_images(repositoryName="team/one", imageIds=[{"imageTag": "9"}])
