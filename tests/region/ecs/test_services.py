"""Services: what moto gets wrong about them, and the traps of AWS's own scheduler."""

from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator.aws.ecs.events import TaskStopped
from simulator.aws.ecs.state import Workload
from simulator.scenario.model import Ami
from tests.region.ecs.ecs_region import CLUSTER, EcsRegion


def describe(ecs: Any, name: str = "web") -> Any:
    return ecs.describe_services(cluster=CLUSTER, services=[name])["services"][0]


def test_create_service_starts_tasks_and_completes_its_deployment(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(2)
    ecs_region.define()
    ecs.create_service(cluster=CLUSTER, serviceName="web", taskDefinition="web", desiredCount=3)
    assert describe(ecs)["runningCount"] == 0
    ecs_region.clock.advance(60)
    shown = describe(ecs)
    assert (shown["runningCount"], shown["pendingCount"]) == (3, 0)
    assert shown["deployments"][0]["rolloutState"] == "COMPLETED"
    assert shown["events"][0]["message"] == "(service web) has reached a steady state."
    ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=["web"])


def test_raising_desired_count_takes_time_and_no_deployment(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(2)
    ecs_region.serve(count=1)
    ecs.update_service(cluster=CLUSTER, service="web", desiredCount=4)
    assert describe(ecs)["runningCount"] == 1
    ecs_region.clock.advance(60)
    assert describe(ecs)["runningCount"] == 4
    assert len(describe(ecs)["deployments"]) == 1


def test_settings_of_create_service_are_kept(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(1)
    ecs_region.define()
    asked = {
        "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}],
        "placementStrategy": [{"type": "binpack", "field": "memory"}],
        "deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 150},
    }
    ecs.create_service(cluster=CLUSTER, serviceName="web", taskDefinition="web", desiredCount=1, **asked)
    shown = describe(ecs)
    shown["deploymentConfiguration"] = {
        name: shown["deploymentConfiguration"][name] for name in asked["deploymentConfiguration"]
    }  # beside what it was not told
    assert {name: shown[name] for name in asked} == asked


def test_a_rolling_deployment_keeps_within_its_percentages(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(6)
    service = ecs_region.serve(count=6, percent=(50, 150))
    ecs.update_service(cluster=CLUSTER, service="web", forceNewDeployment=True)

    def within() -> None:
        assert service.running_count >= 3
        assert len(service.tasks) <= 9

    ecs_region.during(600, within)
    assert describe(ecs)["deployments"][0]["rolloutState"] == "COMPLETED"
    assert all(task.deployment is service.primary for task in service.tasks.values())


def test_a_maximum_that_leaves_no_room_deadlocks_and_says_so(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(2)
    ecs_region.serve(count=2, percent=(100, 101))
    ecs.update_service(cluster=CLUSTER, service="web", forceNewDeployment=True)
    ecs_region.clock.advance(3600)
    assert len(describe(ecs)["deployments"]) == 2
    assert "was unable to stop or start tasks" in describe(ecs)["events"][0]["message"]


@pytest.mark.parametrize(("desired", "percent"), [(3, (100, 125)), (2, (75, 100))])
def test_rounding_deadlocks_too(ecs_region: EcsRegion, ecs: Any, desired: int, percent: tuple[int, int]) -> None:
    machines = ecs_region.fleet(3)
    service = ecs_region.serve(count=desired, percent=percent)
    before = set(service.tasks)
    ecs_region.drain([task.instance.ec2_instance for task in list(service.tasks.values())][:1])
    ecs_region.clock.advance(3600)
    assert set(service.tasks) == before
    assert len(machines) == 3


def test_a_strategy_change_needs_force(ecs_region: EcsRegion, ecs: Any) -> None:
    provider(ecs_region, ecs, "blue", "asg")
    ecs_region.fleet(2)
    ecs_region.serve(count=1)
    strategy = [{"capacityProvider": "blue", "weight": 1}]
    with pytest.raises(ClientError) as refused:
        ecs.update_service(cluster=CLUSTER, service="web", capacityProviderStrategy=strategy)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    ecs.update_service(cluster=CLUSTER, service="web", capacityProviderStrategy=strategy, forceNewDeployment=True)
    ecs_region.clock.advance(120)
    assert [task.capacity_provider_name for task in ecs_region.service().tasks.values()] == ["blue"]
    assert "launchType" not in describe(ecs)
    ecs.update_service(cluster=CLUSTER, service="web", capacityProviderStrategy=[], forceNewDeployment=True)
    assert describe(ecs)["launchType"] == "EC2"


def test_base_and_weights_share_the_tasks(ecs_region: EcsRegion, ecs: Any) -> None:
    provider(ecs_region, ecs, "blue", "blue")
    provider(ecs_region, ecs, "green", "green")
    ecs_region.boot(3, group="blue")
    ecs_region.fleet(3, group="green")
    strategy = [
        {"capacityProvider": "blue", "base": 2, "weight": 1},
        {"capacityProvider": "green", "weight": 3},
    ]
    service = ecs_region.serve(count=6, capacityProviderStrategy=strategy)
    used = [task.capacity_provider_name for task in service.tasks.values()]
    assert (used.count("blue"), used.count("green")) == (3, 3)


def test_placement_constraints_start_no_deployment_and_move_nothing(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(2)
    before = set(ecs_region.serve(count=2).tasks)
    rule = [{"type": "memberOf", "expression": "attribute:ecs.ami-id == ami-new"}]
    ecs.update_service(cluster=CLUSTER, service="web", placementConstraints=rule)
    ecs_region.clock.advance(600)
    assert set(ecs_region.service().tasks) == before
    assert len(describe(ecs)["deployments"]) == 1


def test_an_unplaceable_task_makes_one_event_until_it_is_resolved(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(1)
    ecs_region.serve(count=10)
    ecs_region.clock.advance(3600)
    messages = [event["message"] for event in describe(ecs)["events"]]
    unplaceable = [text for text in messages if "was unable to place a task" in text]
    assert len(unplaceable) == 1
    assert "closest matching (container-instance" in unplaceable[0]
    ecs_region.fleet(1)
    ecs_region.clock.advance(60)
    assert describe(ecs)["runningCount"] == 10


def test_nothing_is_on_the_clock_when_nothing_happens(ecs_region: EcsRegion) -> None:
    ecs_region.fleet(2)
    ecs_region.serve(count=30)
    ecs_region.clock.advance(600)
    assert ecs_region.clock.next_due() is None


def test_the_circuit_breaker_rolls_back_but_leaves_the_constraint(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(3)
    breaker = {"enable": True, "rollback": True}
    ecs_region.serve(count=2, deploymentConfiguration={"deploymentCircuitBreaker": breaker})
    ecs_region.define("bad", Workload(crash_on_amis=("ami-old",)))
    rule = [{"type": "memberOf", "expression": "attribute:ecs.ami-id == ami-old"}]
    ecs.update_service(cluster=CLUSTER, service="web", taskDefinition="bad", placementConstraints=rule)
    failed = describe(ecs)["deployments"][0]["id"]
    ecs_region.clock.advance(900)
    shown = describe(ecs)
    assert shown["taskDefinition"].endswith("/web:1")
    assert shown["placementConstraints"] == rule
    assert shown["deployments"][0]["id"] != failed
    assert shown["runningCount"] == 2
    assert any("deployment failed: tasks failed to start" in event["message"] for event in shown["events"])
    ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=["web"])


def test_without_a_circuit_breaker_crashing_tasks_back_off(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(2)
    ecs_region.serve(count=1, workload=Workload(crash_on_amis=("ami-old",)))
    ecs_region.clock.advance(3600)
    starts = [event.task.created_at for event in ecs_region.events if type(event).__name__ == "TaskPlaced"]
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert gaps == sorted(gaps)
    assert len(starts) < 12
    assert describe(ecs)["deployments"][0]["rolloutState"] == "IN_PROGRESS"


def test_a_failed_deployment_never_takes_the_old_tasks(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.amis["ami-new"] = ecs_region.ami("ami-new").__class__("ami-new", tasks="crash")
    old = ecs_region.fleet(2)
    service = ecs_region.serve(count=2)
    ecs_region.fleet(2, image_id="ami-new")
    ecs_region.drain(old)
    ecs_region.during(1800, lambda: _at_least(service.running_count, 2))
    assert {task.instance.ec2_instance.image_id for task in service.tasks.values() if task.healthy} == {"ami-old"}


def test_a_never_healthy_target_never_counts(ecs_region: EcsRegion, ecs: Any) -> None:
    old = ecs_region.fleet(2)
    workload = Workload(never_healthy_amis=("ami-new",))
    service = ecs_region.serve(count=2, **ecs_region.behind_load_balancer("web", workload))
    ecs_region.fleet(2, image_id="ami-new")
    ecs_region.drain(old)
    ecs_region.during(1200, lambda: _at_least(sum(task.healthy for task in service.tasks.values()), 2))
    assert {task.instance.ec2_instance.image_id for task in service.tasks.values() if task.healthy} == {"ami-old"}


def test_a_target_that_was_healthy_fails_its_checks_and_its_task_is_replaced(ecs_region: EcsRegion) -> None:
    ecs_region.amis["ami-new"] = Ami("ami-new", tasks="fail_checks", checks_fail_after_seconds=(100.0, 100.0))
    ecs_region.fleet(2, image_id="ami-new")
    service = ecs_region.serve(count=1, **ecs_region.behind_load_balancer("web"))
    task = next(iter(service.tasks.values()))
    ecs_region.clock.advance_to((task.started_at or 0.0) + 139)
    assert (task.healthy, task.failing_checks) == (True, False)
    ecs_region.clock.advance(2)
    assert task.failing_checks
    ecs_region.clock.advance(30)
    assert (task.health, task.desired_status) == ("UNHEALTHY", "STOPPED")
    assert task.stopped_reason.startswith("Task failed ELB health checks")


def test_an_ami_that_hits_a_share_of_the_tasks_of_one_service_lets_the_others_run(ecs_region: EcsRegion) -> None:
    crash: dict[str, Any] = {
        "tasks": "crash",
        "tasks_crash_after_seconds": (50.0, 50.0),
        "tasks_hit": 0.5,
        "tasks_of": "web",
    }
    ecs_region.amis["ami-new"] = Ami("ami-new", **crash)
    ecs_region.fleet(8, image_id="ami-new")
    web, api = ecs_region.serve(count=16), ecs_region.serve(name="api", count=8)
    ecs_region.clock.advance(1200)
    crashed = [event.task for event in ecs_region.events if isinstance(event, TaskStopped)]
    assert {task.service and task.service.name for task in crashed} == {"web"}
    assert {task.stop_code for task in crashed} == {"EssentialContainerExited"}
    assert len(crashed) >= 4
    lived = [task for task in web.tasks.values() if ecs_region.clock.now - (task.started_at or 0.0) > 60]
    assert len(lived) >= 8
    assert api.running_count == 8


def test_tasks_crash_now_and_then_whatever_they_run_on(ecs_region: EcsRegion) -> None:
    ecs_region.fleet(8)
    service = ecs_region.serve(count=16)
    ecs_region.retime(task_crash_seconds=3600.0)
    ecs_region.clock.advance(3 * 3600)
    crashes = sum(isinstance(event, TaskStopped) for event in ecs_region.events)
    assert 30 < crashes < 70  # sixteen tasks, one an hour: 48
    assert service.running_count >= 14


def test_stopping_behind_a_load_balancer_takes_the_deregistration_delay(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(2)
    service = ecs_region.serve(count=1, **ecs_region.behind_load_balancer("web", delay_seconds=100))
    task = next(iter(service.tasks.values()))
    ecs.update_service(cluster=CLUSTER, service="web", desiredCount=0)
    ecs_region.clock.advance(6)
    assert (task.desired_status, task.last_status) == ("STOPPED", "DEACTIVATING")
    assert ecs.list_tasks(cluster=CLUSTER, serviceName="web")["taskArns"] == []
    assert ecs.list_tasks(cluster=CLUSTER, serviceName="web", desiredStatus="STOPPED")["taskArns"] == [task.arn]
    assert describe(ecs)["runningCount"] == 0
    ecs_region.clock.advance(100)
    assert task.last_status == "STOPPING"
    ecs_region.clock.advance(11)
    assert task.last_status == "STOPPED"


def test_deleting_a_service_needs_force_and_leaves_it_described(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(1)
    ecs_region.serve(count=1)
    with pytest.raises(ClientError, match="scaled above 0"):
        ecs.delete_service(cluster=CLUSTER, service="web")
    ecs.delete_service(cluster=CLUSTER, service="web", force=True)
    assert ecs.list_services(cluster=CLUSTER)["serviceArns"] == []
    ecs_region.clock.advance(60)
    assert describe(ecs)["status"] == "INACTIVE"
    with pytest.raises(ecs.exceptions.ServiceNotActiveException):
        ecs.update_service(cluster=CLUSTER, service="web", desiredCount=1)


def provider(ecs_region: EcsRegion, ecs: Any, name: str, group: str, **settings: Any) -> None:
    arn = f"arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:1:autoScalingGroupName/{group}"
    ecs.create_capacity_provider(name=name, autoScalingGroupProvider={"autoScalingGroupArn": arn, **settings})
    known = ecs.describe_clusters(clusters=[CLUSTER])["clusters"][0]["capacityProviders"]
    ecs.put_cluster_capacity_providers(
        cluster=CLUSTER, capacityProviders=[*known, name], defaultCapacityProviderStrategy=[]
    )
    attached(ecs_region)


def attached(ecs_region: EcsRegion) -> None:
    """Wait until the cluster's capacity providers can be changed again."""
    ecs_region.clock.advance_to(max(ecs_region.clock.now, ecs_region.ecs.clusters[CLUSTER].attached_at))


def _at_least(count: int, floor: int) -> None:
    assert count >= floor
