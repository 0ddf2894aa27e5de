"""Services: what moto gets wrong about them, and the traps of AWS's own scheduler."""

from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator.aws.ecs.state import Workload
from tests.region.ecs.world import CLUSTER, World


def describe(ecs: Any, name: str = "web") -> Any:
    return ecs.describe_services(cluster=CLUSTER, services=[name])["services"][0]


def test_create_service_starts_tasks_and_completes_its_deployment(world: World, ecs: Any) -> None:
    world.fleet(2)
    world.define()
    ecs.create_service(cluster=CLUSTER, serviceName="web", taskDefinition="web", desiredCount=3)
    assert describe(ecs)["runningCount"] == 0
    world.clock.advance(60)
    shown = describe(ecs)
    assert (shown["runningCount"], shown["pendingCount"]) == (3, 0)
    assert shown["deployments"][0]["rolloutState"] == "COMPLETED"
    assert shown["events"][0]["message"] == "(service web) has reached a steady state."
    ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=["web"])


def test_raising_desired_count_takes_time_and_no_deployment(world: World, ecs: Any) -> None:
    world.fleet(2)
    world.serve(count=1)
    ecs.update_service(cluster=CLUSTER, service="web", desiredCount=4)
    assert describe(ecs)["runningCount"] == 1
    world.clock.advance(60)
    assert describe(ecs)["runningCount"] == 4
    assert len(describe(ecs)["deployments"]) == 1


def test_settings_of_create_service_are_kept(world: World, ecs: Any) -> None:
    world.fleet(1)
    world.define()
    asked = {
        "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}],
        "placementStrategy": [{"type": "binpack", "field": "memory"}],
        "deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 150},
    }
    ecs.create_service(cluster=CLUSTER, serviceName="web", taskDefinition="web", desiredCount=1, **asked)
    shown = describe(ecs)
    assert {name: shown[name] for name in asked} == asked


def test_a_rolling_deployment_keeps_within_its_percentages(world: World, ecs: Any) -> None:
    world.fleet(6)
    service = world.serve(count=6, percent=(50, 150))
    ecs.update_service(cluster=CLUSTER, service="web", forceNewDeployment=True)

    def within() -> None:
        assert service.running_count >= 3
        assert len(service.tasks) <= 9

    world.during(600, within)
    assert describe(ecs)["deployments"][0]["rolloutState"] == "COMPLETED"
    assert all(task.deployment is service.primary for task in service.tasks.values())


def test_min_and_max_at_100_percent_deadlock_and_say_so(world: World, ecs: Any) -> None:
    world.fleet(2)
    world.serve(count=2, percent=(100, 100))
    ecs.update_service(cluster=CLUSTER, service="web", forceNewDeployment=True)
    world.clock.advance(3600)
    assert len(describe(ecs)["deployments"]) == 2
    assert "was unable to stop or start tasks" in describe(ecs)["events"][0]["message"]


@pytest.mark.parametrize(("desired", "percent"), [(3, (100, 125)), (2, (75, 100))])
def test_rounding_deadlocks_too(world: World, ecs: Any, desired: int, percent: tuple[int, int]) -> None:
    machines = world.fleet(3)
    service = world.serve(count=desired, percent=percent)
    before = set(service.tasks)
    world.drain([task.instance.ec2_instance for task in list(service.tasks.values())][:1])
    world.clock.advance(3600)
    assert set(service.tasks) == before
    assert len(machines) == 3


def test_a_strategy_change_needs_force(world: World, ecs: Any) -> None:
    provider(ecs, "blue", "asg")
    world.fleet(2)
    world.serve(count=1)
    strategy = [{"capacityProvider": "blue", "weight": 1}]
    with pytest.raises(ClientError) as refused:
        ecs.update_service(cluster=CLUSTER, service="web", capacityProviderStrategy=strategy)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    ecs.update_service(cluster=CLUSTER, service="web", capacityProviderStrategy=strategy, forceNewDeployment=True)
    world.clock.advance(120)
    assert [task.capacity_provider_name for task in world.service().tasks.values()] == ["blue"]
    assert "launchType" not in describe(ecs)
    ecs.update_service(cluster=CLUSTER, service="web", capacityProviderStrategy=[], forceNewDeployment=True)
    assert describe(ecs)["launchType"] == "EC2"


def test_base_and_weights_share_the_tasks(world: World, ecs: Any) -> None:
    provider(ecs, "blue", "blue")
    provider(ecs, "green", "green")
    world.boot(3, group="blue")
    world.fleet(3, group="green")
    strategy = [
        {"capacityProvider": "blue", "base": 2, "weight": 1},
        {"capacityProvider": "green", "weight": 3},
    ]
    service = world.serve(count=6, capacityProviderStrategy=strategy)
    used = [task.capacity_provider_name for task in service.tasks.values()]
    assert (used.count("blue"), used.count("green")) == (3, 3)


def test_placement_constraints_start_no_deployment_and_move_nothing(world: World, ecs: Any) -> None:
    world.fleet(2)
    before = set(world.serve(count=2).tasks)
    rule = [{"type": "memberOf", "expression": "attribute:ecs.ami-id == ami-new"}]
    ecs.update_service(cluster=CLUSTER, service="web", placementConstraints=rule)
    world.clock.advance(600)
    assert set(world.service().tasks) == before
    assert len(describe(ecs)["deployments"]) == 1


def test_an_unplaceable_task_makes_one_event_until_it_is_resolved(world: World, ecs: Any) -> None:
    world.fleet(1)
    world.serve(count=10)
    world.clock.advance(3600)
    messages = [event["message"] for event in describe(ecs)["events"]]
    unplaceable = [text for text in messages if "was unable to place a task" in text]
    assert len(unplaceable) == 1
    assert "closest matching (container-instance" in unplaceable[0]
    world.fleet(1)
    world.clock.advance(60)
    assert describe(ecs)["runningCount"] == 10


def test_nothing_is_on_the_clock_when_nothing_happens(world: World) -> None:
    world.fleet(2)
    world.serve(count=30)
    world.clock.advance(600)
    assert world.clock.next_due() is None


def test_the_circuit_breaker_rolls_back_but_leaves_the_constraint(world: World, ecs: Any) -> None:
    world.fleet(3)
    breaker = {"enable": True, "rollback": True}
    world.serve(count=2, deploymentConfiguration={"deploymentCircuitBreaker": breaker})
    world.define("bad", Workload(crash_on_amis=("ami-old",)))
    rule = [{"type": "memberOf", "expression": "attribute:ecs.ami-id == ami-old"}]
    ecs.update_service(cluster=CLUSTER, service="web", taskDefinition="bad", placementConstraints=rule)
    failed = describe(ecs)["deployments"][0]["id"]
    world.clock.advance(900)
    shown = describe(ecs)
    assert shown["taskDefinition"].endswith("/web:1")
    assert shown["placementConstraints"] == rule
    assert shown["deployments"][0]["id"] != failed
    assert shown["runningCount"] == 2
    assert any("deployment failed: tasks failed to start" in event["message"] for event in shown["events"])
    ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=["web"])


def test_without_a_circuit_breaker_crashing_tasks_back_off(world: World, ecs: Any) -> None:
    world.fleet(2)
    world.serve(count=1, workload=Workload(crash_on_amis=("ami-old",)))
    world.clock.advance(3600)
    starts = [event.task.created_at for event in world.events if type(event).__name__ == "TaskPlaced"]
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert gaps == sorted(gaps)
    assert len(starts) < 12
    assert describe(ecs)["deployments"][0]["rolloutState"] == "IN_PROGRESS"


def test_a_failed_deployment_never_takes_the_old_tasks(world: World, ecs: Any) -> None:
    world.amis["ami-new"] = world.ami("ami-new").__class__("ami-new", tasks="crash")
    old = world.fleet(2)
    service = world.serve(count=2)
    world.fleet(2, image_id="ami-new")
    world.drain(old)
    world.during(1800, lambda: _at_least(service.running_count, 2))
    assert {task.instance.ec2_instance.image_id for task in service.tasks.values() if task.healthy} == {"ami-old"}


def test_a_never_healthy_target_never_counts(world: World, ecs: Any) -> None:
    old = world.fleet(2)
    target = [{"targetGroupArn": "arn:tg", "containerName": "app", "containerPort": 80}]
    service = world.serve(count=2, loadBalancers=target, workload=Workload(never_healthy_amis=("ami-new",)))
    world.fleet(2, image_id="ami-new")
    world.drain(old)
    world.during(1200, lambda: _at_least(sum(task.healthy for task in service.tasks.values()), 2))
    assert {task.instance.ec2_instance.image_id for task in service.tasks.values() if task.healthy} == {"ami-old"}


def test_stopping_behind_a_load_balancer_takes_the_deregistration_delay(world: World, ecs: Any) -> None:
    world.fleet(2)
    target = [{"targetGroupArn": "arn:tg", "containerName": "app", "containerPort": 80}]
    service = world.serve(count=1, loadBalancers=target, workload=Workload(deregistration_delay_seconds=100))
    task = next(iter(service.tasks.values()))
    ecs.update_service(cluster=CLUSTER, service="web", desiredCount=0)
    world.clock.advance(6)
    assert (task.desired_status, task.last_status) == ("STOPPED", "DEACTIVATING")
    assert ecs.list_tasks(cluster=CLUSTER, serviceName="web")["taskArns"] == []
    assert ecs.list_tasks(cluster=CLUSTER, serviceName="web", desiredStatus="STOPPED")["taskArns"] == [task.arn]
    assert describe(ecs)["runningCount"] == 0
    world.clock.advance(100)
    assert task.last_status == "STOPPING"
    world.clock.advance(11)
    assert task.last_status == "STOPPED"


def test_deleting_a_service_needs_force_and_leaves_it_described(world: World, ecs: Any) -> None:
    world.fleet(1)
    world.serve(count=1)
    with pytest.raises(ClientError, match="scaled above 0"):
        ecs.delete_service(cluster=CLUSTER, service="web")
    ecs.delete_service(cluster=CLUSTER, service="web", force=True)
    assert ecs.list_services(cluster=CLUSTER)["serviceArns"] == []
    world.clock.advance(60)
    assert describe(ecs)["status"] == "INACTIVE"
    with pytest.raises(ecs.exceptions.ServiceNotActiveException):
        ecs.update_service(cluster=CLUSTER, service="web", desiredCount=1)


def provider(ecs: Any, name: str, group: str, **settings: Any) -> None:
    arn = f"arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:1:autoScalingGroupName/{group}"
    ecs.create_capacity_provider(name=name, autoScalingGroupProvider={"autoScalingGroupArn": arn, **settings})
    known = ecs.describe_clusters(clusters=[CLUSTER])["clusters"][0]["capacityProviders"]
    ecs.put_cluster_capacity_providers(
        cluster=CLUSTER, capacityProviders=[*known, name], defaultCapacityProviderStrategy=[]
    )


def _at_least(count: int, floor: int) -> None:
    assert count >= floor
