"""What ECS answers about services, in both modes. Each test names its source."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator.simulation import SimulatedRollout
from tests.conformance.regions import CLUSTER, PROVIDER, refused
from tests.conformance.test_what_is_shown import another

Clause = dict[str, Any]


def described(region: SimulatedRollout, name: str = "web") -> Any:
    return region.client("ecs").describe_services(cluster=CLUSTER, services=[name])["services"][0]


def define(region: SimulatedRollout, family: str, **settings: Any) -> str:
    container = {"name": "main", "image": "app:1", "memory": 64, "portMappings": [{"containerPort": 80}]}
    region.client("ecs").register_task_definition(family=family, containerDefinitions=[container], **settings)
    return family


def created(region: SimulatedRollout, name: str, **settings: Any) -> Any:
    request = {"cluster": CLUSTER, "serviceName": name, "taskDefinition": "app", "desiredCount": 1, **settings}
    return region.client("ecs").create_service(**request)["service"]


def by_code_deploy(region: SimulatedRollout) -> Any:
    define(region, "app")
    service = created(region, "shop", deploymentController={"type": "CODE_DEPLOY"})
    region.pass_time(120)
    return service


def test_a_code_deploy_service_has_task_sets_and_no_deployments(region: SimulatedRollout) -> None:
    """boto/botocore issue 2865, copilot-cli issue 1061; botocore, `Service.taskSets`."""
    by_code_deploy(region)
    shown = described(region, "shop")
    assert shown["deployments"] == []
    (one,) = shown["taskSets"]
    assert (one["status"], one["runningCount"], one["stabilityStatus"]) == ("PRIMARY", 1, "STEADY_STATE")
    assert one["taskDefinition"] == shown["taskDefinition"]


@pytest.mark.parametrize("change", [{"forceNewDeployment": True}, {"taskDefinition": "app"}, {"loadBalancers": [{}]}])
def test_a_code_deploy_service_is_deployed_by_nobody_else(region: SimulatedRollout, change: Clause) -> None:
    """botocore, `UpdateService`: what of CODE_DEPLOY services can be updated."""
    by_code_deploy(region)
    request = {"cluster": CLUSTER, "service": "shop", **change}
    assert refused(region, "ecs", "update_service", request)[0] == "InvalidParameterException"
    region.client("ecs").update_service(cluster=CLUSTER, service="shop", desiredCount=2)


def test_an_external_service_without_a_task_set_has_no_task_definition(region: SimulatedRollout) -> None:
    """botocore, `CreateService`: EXTERNAL needs no task definition; `Service.taskDefinition`."""
    made = region.client("ecs").create_service(
        cluster=CLUSTER, serviceName="other", desiredCount=1, deploymentController={"type": "EXTERNAL"}
    )["service"]
    region.pass_time(60)
    shown = described(region, "other")
    assert "taskDefinition" not in {**made, **shown}
    assert (shown["deployments"], shown["taskSets"], shown["runningCount"]) == ([], [], 0)
    assert refused(region, "ecs", "create_service", {"cluster": CLUSTER, "serviceName": "x", "desiredCount": 1})[0]


def test_fargate_stands_beside_the_instances(region: SimulatedRollout) -> None:
    """botocore, `PutClusterCapacityProviders`, `Task`: FARGATE is there, its tasks have no container instance."""
    ecs = region.client("ecs")
    (provider,) = ecs.describe_capacity_providers(capacityProviders=["FARGATE"])["capacityProviders"]
    assert "autoScalingGroupProvider" not in provider
    ecs.put_cluster_capacity_providers(
        cluster=CLUSTER, capacityProviders=[PROVIDER, "FARGATE"], defaultCapacityProviderStrategy=[]
    )
    define(region, "app", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512")
    network = {"awsvpcConfiguration": {"subnets": [region.ec2.subnet_of("a")]}}
    strategy = [{"capacityProvider": "FARGATE", "weight": 1}]
    created(region, "shop", capacityProviderStrategy=strategy, networkConfiguration=network)
    created(region, "plain", launchType="FARGATE", networkConfiguration=network)
    region.pass_time(180)
    for name in ("shop", "plain"):
        assert (described(region, name)["runningCount"], described(region, name)["pendingCount"]) == (1, 0)
        (arn,) = ecs.list_tasks(cluster=CLUSTER, serviceName=name)["taskArns"]
        (task,) = ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])["tasks"]
        assert "containerInstanceArn" not in task
        assert task["lastStatus"] == "RUNNING"
    hosts = ecs.list_container_instances(cluster=CLUSTER)["containerInstanceArns"]
    assert len(hosts) == 3


def deploy_what_crashes(region: SimulatedRollout) -> tuple[str, str]:
    """The ids of the deployment before and of the one that fails."""
    ecs = region.client("ecs")
    before = described(region)["deployments"][0]["id"]
    region.ecs.workloads["crash"] = region.ecs.workloads["prod-web"].__class__(crash_on_amis=("ami-0000000000000000a",))
    define(region, "crash")
    answer = ecs.update_service(cluster=CLUSTER, service="web", taskDefinition="crash")["service"]
    return before, answer["deployments"][0]["id"]


def test_a_circuit_breaker_promotes_the_old_deployment_back_to_primary(region: SimulatedRollout) -> None:
    """copilot-cli issue 4838, a maintainer: the same deployment, and its tasks stay."""
    ecs = region.client("ecs")
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    ecs.update_service(cluster=CLUSTER, service="web", deploymentConfiguration=breaker)
    tasks = set(ecs.list_tasks(cluster=CLUSTER, serviceName="web")["taskArns"])
    before, failed = deploy_what_crashes(region)
    region.pass_time(600)
    shown = described(region)
    assert before != failed
    assert [each["id"] for each in shown["deployments"]] == [before]
    assert (shown["deployments"][0]["status"], shown["deployments"][0]["rolloutState"]) == ("PRIMARY", "COMPLETED")
    assert tasks == set(ecs.list_tasks(cluster=CLUSTER, serviceName="web")["taskArns"])


def test_stop_service_deployment_rolls_an_ongoing_one_back_and_no_other(region: SimulatedRollout) -> None:
    """botocore, `StopServiceDeployment` and its errors; developer guide, "Stopping Amazon ECS service deployments"."""
    ecs = region.client("ecs")
    before, _failed = deploy_what_crashes(region)
    (ongoing,) = ecs.list_service_deployments(cluster=CLUSTER, service="web", status=["IN_PROGRESS"])[
        "serviceDeployments"
    ]
    arn = ongoing["serviceDeploymentArn"]
    assert described(region)["currentServiceDeployment"] == arn
    assert ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")["serviceDeploymentArn"] == arn
    assert ecs.stop_service_deployment(serviceDeploymentArn=arn)["serviceDeploymentArn"] == arn  # it goes on so
    region.pass_time(300)
    assert [each["id"] for each in described(region)["deployments"]] == [before]
    (ended,) = ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"]
    assert ended["status"] == "ROLLBACK_SUCCESSFUL"
    again = refused(region, "ecs", "stop_service_deployment", {"serviceDeploymentArn": arn})[0]
    assert again == "ConflictException"
    unknown = refused(region, "ecs", "stop_service_deployment", {"serviceDeploymentArn": f"{arn}x"})[0]
    assert unknown == "ServiceDeploymentNotFoundException"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        # aws-facts, "Found from outside": the words of ECS
        (
            {"deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 100}},
            "cannot be 100 as this will block deployments",
        ),
        # botocore, `DeploymentConfiguration`
        ({"deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 50}}, "cannot be less than"),
        # amazon-ecs-agent issue 1276
        (
            {"loadBalancers": [{"targetGroupArn": "arn:x", "containerName": "none", "containerPort": 80}]},
            "The container none does not exist in the task definition.",
        ),
        (
            {"loadBalancers": [{"targetGroupArn": "arn:x", "containerName": "main", "containerPort": 81}]},
            "The container main did not have a container port 81 defined.",
        ),
        # botocore, `CreateService`: a target group must exist
        (
            {"loadBalancers": [{"targetGroupArn": "arn:x", "containerName": "main", "containerPort": 80}]},
            "does not exist",
        ),
        # botocore, `CreateService.networkConfiguration`
        ({"taskDefinition": "own"}, "Network Configuration must be provided"),
        ({"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["s"]}}}, "Network Configuration is not valid"),
        # botocore, the enums
        ({"launchType": "LAMBDA"}, "Member must satisfy enum value set"),
        ({"schedulingStrategy": "SOME"}, "Member must satisfy enum value set"),
        # botocore, `CreateService.serviceName`
        ({"serviceName": "a b"}, "Invalid service name"),
    ],
)
def test_what_create_service_refuses(region: SimulatedRollout, settings: Clause, words: str) -> None:
    define(region, "app")
    define(region, "own", networkMode="awsvpc")
    request = {"cluster": CLUSTER, "serviceName": "shop", "taskDefinition": "app", "desiredCount": 1, **settings}
    code, message = refused(region, "ecs", "create_service", request)
    assert code == "InvalidParameterException"
    assert words in message


def test_update_service_refuses_the_same(region: SimulatedRollout) -> None:
    """aws-facts, "Found from outside"; the service stays as it was."""
    before = described(region)["deploymentConfiguration"]
    request = {"cluster": CLUSTER, "service": "web", "deploymentConfiguration": {"maximumPercent": 100}}
    code, message = refused(region, "ecs", "update_service", request)
    assert (code, "will block deployments" in message) == ("InvalidParameterException", True)
    assert described(region)["deploymentConfiguration"] == before


def test_a_repeated_client_token_returns_the_same_service(region: SimulatedRollout) -> None:
    """botocore, `CreateService.clientToken`."""
    define(region, "app")
    first = created(region, "shop", clientToken="once")
    assert created(region, "shop", clientToken="once")["serviceArn"] == first["serviceArn"]
    with pytest.raises(ClientError, match="not idempotent"):
        created(region, "shop", clientToken="another")


def test_capacity_providers_are_attached_after_the_call(region: SimulatedRollout) -> None:
    """botocore, `Cluster.attachmentsStatus` and the errors of PutClusterCapacityProviders."""
    ecs = region.client("ecs")
    of_group = {"autoScalingGroupArn": another(region)["AutoScalingGroupARN"], "managedScaling": {"status": "ENABLED"}}
    ecs.create_capacity_provider(name="second", autoScalingGroupProvider=of_group)
    request: Clause = {"cluster": CLUSTER, "capacityProviders": [PROVIDER, "second"]}
    request["defaultCapacityProviderStrategy"] = []
    answer = ecs.put_cluster_capacity_providers(**request)["cluster"]
    assert answer["attachmentsStatus"] == "UPDATE_IN_PROGRESS"
    assert refused(region, "ecs", "put_cluster_capacity_providers", request)[0] == "UpdateInProgressException"
    region.pass_time(60)
    shown = ecs.describe_clusters(clusters=[CLUSTER], include=["ATTACHMENTS"])["clusters"][0]
    assert shown["attachmentsStatus"] == "UPDATE_COMPLETE"
    assert {each["type"] for each in shown["attachments"]} == {"as_policy", "managed_draining"}
    (named,) = [one["value"] for each in shown["attachments"] for one in each["details"] if "Policy" in one["name"]]
    assert named.startswith("ECSManagedAutoScalingPolicy-")


def test_a_capacity_provider_in_use_is_not_deleted_and_the_answer_says_so(region: SimulatedRollout) -> None:
    """aws-nuke issue 542: HTTP 200, DELETE_FAILED."""
    answer = region.client("ecs").delete_capacity_provider(capacityProvider=PROVIDER)["capacityProvider"]
    assert (answer["status"], answer["updateStatus"]) == ("ACTIVE", "DELETE_FAILED")
    assert answer["updateStatusReason"]
