"""Which image a task runs: tags are resolved once for each deployment, and images have architectures."""

from typing import Any

from simulator.aws.container_images import ContainerImages
from simulator.scenario.model import Image
from tests.region.ecs.ecs_region import CLUSTER, EcsRegion

BREAKER = {
    "minimumHealthyPercent": 100,
    "maximumPercent": 200,
    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
}
APP = "registry.example/app:1"


def app(ecs_region: EcsRegion, *architectures: str) -> str:
    """Push the image that `web` runs; its digest."""
    return ecs_region.ecs.context.images.push(Image(APP, architectures or ("x86_64",)))


def define(ecs_region: EcsRegion, **container: Any) -> str:
    return ecs_region.define(container={"image": APP, **container})


def running(ecs: Any) -> set[str]:
    """The digests of all containers that the service wants."""
    arns = ecs.list_tasks(cluster=CLUSTER, serviceName="web")["taskArns"]
    tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]
    assert {container["image"] for task in tasks for container in task["containers"]} == {APP}
    return {container["imageDigest"] for task in tasks for container in task["containers"]}


def test_tasks_of_a_deployment_run_what_the_tag_meant_when_it_began(ecs_region: EcsRegion, ecs: Any) -> None:
    first = app(ecs_region)
    ecs_region.fleet(3)
    ecs_region.serve(count=1, family=define(ecs_region))
    second = app(ecs_region)
    ecs.update_service(cluster=CLUSTER, service="web", desiredCount=3)
    ecs_region.clock.advance(120)
    assert running(ecs) == {first}
    ecs.update_service(cluster=CLUSTER, service="web", forceNewDeployment=True)
    ecs_region.clock.advance(300)
    assert running(ecs) == {second} != {first}


def test_without_version_consistency_each_task_resolves_anew(ecs_region: EcsRegion, ecs: Any) -> None:
    first = app(ecs_region)
    ecs_region.fleet(2)
    ecs_region.serve(count=1, family=define(ecs_region, versionConsistency="disabled"))
    second = app(ecs_region)
    ecs.update_service(cluster=CLUSTER, service="web", desiredCount=2)
    ecs_region.clock.advance(120)
    assert running(ecs) == {first, second}


def test_a_roll_back_returns_to_the_image_that_ran(ecs_region: EcsRegion, ecs: Any) -> None:
    first = app(ecs_region)
    ecs_region.fleet(3)
    service = ecs_region.serve(count=3, family=define(ecs_region), deploymentConfiguration=BREAKER)
    before = service.primary
    app(ecs_region, "arm64")
    ecs.update_service(cluster=CLUSTER, service="web", forceNewDeployment=True)
    ecs_region.clock.advance(1200)
    assert service.primary is before
    assert service.primary.rollout_state == "COMPLETED"
    assert running(ecs) == {first}


def test_an_image_of_another_architecture_fails_the_deployment(ecs_region: EcsRegion, ecs: Any) -> None:
    app(ecs_region, "arm64")
    ecs_region.fleet(3)
    service = ecs_region.serve(count=3, family=define(ecs_region), deploymentConfiguration=BREAKER)
    ecs_region.clock.advance(600)
    assert (service.primary.rollout_state, service.primary.failed_tasks) == ("FAILED", 3)
    stopped = ecs.list_tasks(cluster=CLUSTER, desiredStatus="STOPPED")["taskArns"]
    tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=stopped)["tasks"]
    assert {task["stopCode"] for task in tasks} == {"EssentialContainerExited"}


def test_an_image_of_both_architectures_runs_on_both(ecs_region: EcsRegion, ecs: Any) -> None:
    digest = app(ecs_region, "x86_64", "arm64")
    ecs_region.fleet(1)
    ecs_region.fleet(1, instance_type="m7g.large")
    service = ecs_region.serve(count=2, family=define(ecs_region))
    assert service.running_count == 2
    assert running(ecs) == {digest}
    tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=list(service.tasks))["tasks"]
    assert {each["value"] for task in tasks for each in task["attributes"]} == {"x86_64", "arm64"}


def test_a_digest_is_known_once_the_image_is_pulled(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(1)
    arn = ecs.run_task(cluster=CLUSTER, taskDefinition=define(ecs_region))["tasks"][0]["taskArn"]
    (pending,) = ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])["tasks"]
    assert "imageDigest" not in pending["containers"][0]
    ecs_region.clock.advance(30)
    (task,) = ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])["tasks"]
    assert task["containers"][0]["imageDigest"] == ecs_region.ecs.context.images.digest(APP)


def test_a_name_without_a_tag_means_latest_and_a_digest_itself() -> None:
    images = ContainerImages([Image("registry:5000/app"), Image("plain:2", digest="sha256:" + "2" * 64)])
    assert images.digest("registry:5000/app") == images.digest("registry:5000/app:latest")
    assert images.digest("plain:2") == "sha256:" + "2" * 64
    assert images.digest("plain:2@sha256:abc") == "sha256:abc"
    assert not images.runs_on("registry:5000/app@x", images.digest("registry:5000/app"), "arm64")
    assert images.runs_on("nobody/named:it", images.digest("nobody/named:it"), "arm64")
