"""Container instances: registration, states, filters, draining, the end of the host."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator.aws.ecs.state import Workload
from simulator.scenario.model import Ami
from tests.region.ecs.ecs_region import CLUSTER, EcsRegion
from tests.region.ecs.test_services import provider


def listed(ecs: Any, **asked: Any) -> list[str]:
    return list(ecs.list_container_instances(cluster=CLUSTER, **asked)["containerInstanceArns"])


def described(ecs: Any, arn: str) -> Any:
    return ecs.describe_container_instances(cluster=CLUSTER, containerInstances=[arn])["containerInstances"][0]


def test_registration_brings_attributes_resources_and_provider(ecs_region: EcsRegion, ecs: Any) -> None:
    provider(ecs_region, ecs, "blue", "asg")
    ecs_region.boot(1, attributes={"stack": "prod"})
    ecs_region.clock.advance(29)
    assert listed(ecs) == []
    ecs_region.clock.advance(2)
    shown = described(ecs, listed(ecs)[0])
    attributes = {item["name"]: item.get("value") for item in shown["attributes"]}
    assert attributes["ecs.ami-id"] == "ami-old"
    assert attributes["ecs.instance-type"] == "m6i.large"
    assert attributes["ecs.availability-zone"] == "eu-west-1b"
    assert attributes["ecs.cpu-architecture"] == "x86_64"
    assert attributes["ecs.os-type"] == "linux"
    assert attributes["stack"] == "prod"
    resources = {item["name"]: item for item in shown["registeredResources"]}
    assert resources["CPU"]["integerValue"] == 2048
    assert resources["MEMORY"]["integerValue"] == int(8192 * 0.93)
    assert "22" in resources["PORTS"]["stringSetValue"]
    assert shown["capacityProviderName"] == "blue"
    assert shown["agentConnected"] is True


def test_an_instance_registered_before_the_provider_does_not_belong_to_it(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(1)
    provider(ecs_region, ecs, "blue", "asg")
    assert "capacityProviderName" not in described(ecs, listed(ecs)[0])


def test_gpus_are_registered_and_taken(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(1, instance_type="g4dn.xlarge")
    ecs_region.define(container={"resourceRequirements": [{"type": "GPU", "value": "1"}]})
    ecs_region.serve(family="web", count=1)
    remaining = {item["name"]: item for item in described(ecs, listed(ecs)[0])["remainingResources"]}
    assert remaining["GPU"]["stringSetValue"] == []


def test_user_data_decides_the_cluster(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.ecs.create_cluster("other")
    ecs_region.boot(1, cluster="other")
    ecs_region.boot(1, user_data='[settings.ecs]\ncluster = "prod"\n')
    ecs_region.boot(1, user_data="#!/bin/bash\n")
    ecs_region.fleet(1, cluster="nowhere")
    assert [len(ecs_region.ecs.clusters[name].instances) for name in ("other", CLUSTER, "default")] == [1, 1, 1]


def test_an_agent_that_never_connects_never_registers(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.amis["ami-deaf"] = Ami("ami-deaf", agent="never_connects")
    ecs_region.fleet(2, image_id="ami-deaf")
    ecs_region.clock.advance(3600)
    assert listed(ecs) == []


def test_agents_flap_and_come_back(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.amis["ami-flaps"] = Ami("ami-flaps", agent="flaps")
    ecs_region.fleet(1, image_id="ami-flaps")
    ecs_region.clock.advance(600)
    changes = [event.connected for event in ecs_region.events if type(event).__name__ == "AgentConnectionChanged"]
    assert len(changes) > 4
    assert changes[:4] == [False, True, False, True]


def test_flapping_begins_when_the_timings_say_so_for_those_registered_before(ecs_region: EcsRegion) -> None:
    ecs_region.fleet(2)
    assert ecs_region.clock.next_due() is None
    ecs_region.retime(agent_flap_seconds=100.0)
    ecs_region.clock.advance(1000)
    assert any(type(event).__name__ == "AgentConnectionChanged" for event in ecs_region.events)


def test_lists_filter_by_status_and_query(ecs_region: EcsRegion, ecs: Any) -> None:
    old = ecs_region.fleet(2)
    new = ecs_region.fleet(1, image_id="ami-new")
    ecs_region.drain(old[:1])
    assert len(listed(ecs)) == 3
    assert listed(ecs, status="DRAINING") == [ecs_region.instance(old[0]).arn]
    assert listed(ecs, filter="attribute:ecs.ami-id == ami-new") == [ecs_region.instance(new[0]).arn]
    assert len(listed(ecs, filter="attribute:ecs.ami-id != ami-new", status="ACTIVE")) == 1
    with pytest.raises(ClientError, match="InvalidParameterException"):
        listed(ecs, filter="attribute:ecs.ami-id ===")


def test_lists_are_paged_and_lose_nothing_when_instances_leave_between_pages(ecs_region: EcsRegion, ecs: Any) -> None:
    machines = ecs_region.fleet(7)
    first = ecs.list_container_instances(cluster=CLUSTER, maxResults=3)
    ecs_region.terminate(machines[0])
    ecs_region.clock.advance(31)
    rest = ecs.list_container_instances(cluster=CLUSTER, nextToken=first["nextToken"])
    assert len(first["containerInstanceArns"]) == 3
    assert len(rest["containerInstanceArns"]) == 4
    assert "nextToken" not in rest


def test_describing_unknown_instances_is_a_failure_with_http_200(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(1)
    answer = ecs.describe_container_instances(cluster=CLUSTER, containerInstances=[*listed(ecs), "gone"])
    assert len(answer["containerInstances"]) == 1
    assert [item["reason"] for item in answer["failures"]] == ["MISSING"]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_only_active_and_draining_can_be_set(ecs_region: EcsRegion, ecs: Any) -> None:
    machine = ecs_region.fleet(1)[0]
    arn = listed(ecs)[0]
    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.update_container_instances_state(cluster=CLUSTER, containerInstances=[arn], status="DEREGISTERING")
    ecs_region.terminate(machine)
    ecs_region.clock.advance(31)
    answer = ecs.update_container_instances_state(cluster=CLUSTER, containerInstances=[arn], status="DRAINING")
    assert answer["failures"] == [{"arn": arn, "reason": "INACTIVE"}]


def test_draining_replaces_service_tasks_without_a_deployment(ecs_region: EcsRegion, ecs: Any) -> None:
    machines = ecs_region.fleet(4)
    service = ecs_region.serve(count=4)
    ecs_region.drain(machines[:2])
    ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=["web"])  # the trap: it passes at once
    ecs_region.during(300, lambda: _holds(service.running_count >= 4 and len(service.tasks) <= 8))
    assert not any(ecs_region.instance(machine).tasks for machine in machines[:2])
    assert len(service.deployments) == 1
    assert service.running_count == 4


def test_draining_stops_pending_tasks_at_once_and_spares_standalone_ones(ecs_region: EcsRegion, ecs: Any) -> None:
    machine = ecs_region.fleet(1)[0]
    ecs_region.define("job")
    ecs.run_task(cluster=CLUSTER, taskDefinition="job")
    ecs_region.serve(count=2, settle=6)
    instance = ecs_region.instance(machine)
    assert instance.pending == 3
    ecs_region.drain([machine])
    assert [task.group for task in instance.tasks.values()] == ["family:job"]
    ecs_region.clock.advance(3600)
    assert instance.running == 1


def test_running_tasks_count_falls_before_the_containers_are_gone(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(2)
    service = ecs_region.serve(count=1)
    task = next(iter(service.tasks.values()))
    ecs_region.drain([task.instance.ec2_instance])
    while task.wanted:
        ecs_region.clock.step()
    shown = described(ecs, task.instance.arn)
    assert (shown["runningTasksCount"], task.last_status) == (0, "STOPPING")
    remaining = {item["name"]: item for item in shown["remainingResources"]}
    assert remaining["CPU"]["integerValue"] == 2048 - 256


def test_a_draining_instance_can_be_set_active_again(ecs_region: EcsRegion, ecs: Any) -> None:
    machines = ecs_region.fleet(1)
    service = ecs_region.serve(count=2)
    before = set(service.tasks)
    ecs_region.drain(machines)
    ecs_region.clock.advance(100)
    ecs.update_container_instances_state(cluster=CLUSTER, containerInstances=listed(ecs), status="ACTIVE")
    ecs_region.clock.advance(100)
    assert set(service.tasks) == before


def test_task_protection_blocks_a_drain_until_it_expires(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(2)
    service = ecs_region.serve(count=1)
    task = next(iter(service.tasks.values()))
    ecs.update_task_protection(cluster=CLUSTER, tasks=[task.arn], protectionEnabled=True, expiresInMinutes=10)
    ecs_region.drain([task.instance.ec2_instance])
    ecs_region.clock.advance(500)
    assert task.last_status == "RUNNING"
    ecs_region.clock.advance(200)
    assert task.last_status == "STOPPED"


def test_daemons_run_on_every_instance_and_leave_a_draining_one_last(ecs_region: EcsRegion, ecs: Any) -> None:
    machines = ecs_region.fleet(3)
    daemon = ecs_region.serve("agent", None, schedulingStrategy="DAEMON")
    web = ecs_region.serve("web", 3)
    assert (daemon.desired_count, daemon.running_count) == (3, 3)
    instance = ecs_region.instance(machines[0])
    ecs_region.drain([machines[0]])

    def daemon_is_last() -> None:
        groups = [task.group for task in instance.tasks.values() if task.wanted]
        assert groups != ["service:web"]

    ecs_region.during(300, daemon_is_last)
    assert instance.tasks == {}
    assert (daemon.desired_count, daemon.running_count, web.running_count) == (2, 2, 3)
    ecs_region.fleet(1)
    ecs_region.clock.advance(60)
    assert daemon.running_count == 3


def test_a_daemon_deployment_replaces_each_task(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(3)
    daemon = ecs_region.serve("agent", None, schedulingStrategy="DAEMON", percent=(0, 100))
    ecs.update_service(cluster=CLUSTER, service="agent", forceNewDeployment=True)
    ecs_region.during(300, lambda: _holds(len(daemon.tasks) <= 3))
    assert daemon.primary.rollout_state == "COMPLETED"
    assert [task.deployment for task in daemon.tasks.values()] == [daemon.primary] * 3


def test_a_terminated_host_takes_its_tasks_along_and_leaves_the_lists(ecs_region: EcsRegion, ecs: Any) -> None:
    machines = ecs_region.fleet(2)
    ecs_region.serve(count=2)
    arn = ecs_region.instance(machines[0]).arn
    task = next(iter(ecs_region.instance(machines[0]).tasks.values()))
    ecs_region.terminate(machines[0])
    shown = described(ecs, arn)
    assert (shown["agentConnected"], shown["runningTasksCount"]) == (False, 0)
    stopped = ecs.describe_tasks(cluster=CLUSTER, tasks=[task.arn])["tasks"][0]
    assert stopped["lastStatus"] == "STOPPED"
    assert stopped["stoppedReason"] == f"Host EC2 (instance {machines[0].instance_id}) terminated."
    ecs_region.clock.advance(31)
    assert arn not in listed(ecs)
    assert described(ecs, arn)["status"] == "INACTIVE"
    assert ecs_region.ecs.instance_on(machines[0].instance_id) is None
    ecs_region.clock.advance(60)
    assert ecs_region.service().running_count == 2


def test_deregistering_with_tasks_needs_force(ecs_region: EcsRegion, ecs: Any) -> None:
    machines = ecs_region.fleet(1)
    ecs_region.serve(count=1)
    arn = ecs_region.instance(machines[0]).arn
    with pytest.raises(ClientError, match="Found running tasks"):
        ecs.deregister_container_instance(cluster=CLUSTER, containerInstance=arn)
    ecs.deregister_container_instance(cluster=CLUSTER, containerInstance=arn, force=True)
    assert listed(ecs) == []


def test_attributes_are_put_listed_and_deleted_within_their_limit(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(2)
    first, second = listed(ecs)
    ecs.put_attributes(cluster=CLUSTER, attributes=[{"name": "cordon", "value": "yes", "targetId": first}])
    assert listed(ecs, filter="attribute:cordon exists") == [first]
    assert listed(ecs, filter="attribute:cordon !exists") == [second]
    many = [{"name": f"a{number}", "targetId": first} for number in range(10)]
    with pytest.raises(ecs.exceptions.AttributeLimitExceededException):
        ecs.put_attributes(cluster=CLUSTER, attributes=many)
    with pytest.raises(ecs.exceptions.TargetNotFoundException):
        ecs.put_attributes(cluster=CLUSTER, attributes=[{"name": "a", "targetId": f"{first}x"}])
    found = ecs.list_attributes(cluster=CLUSTER, targetType="container-instance", attributeName="cordon")
    assert [item["targetId"] for item in found["attributes"]] == [first]
    ecs.delete_attributes(cluster=CLUSTER, attributes=[{"name": "cordon", "targetId": first}])
    assert listed(ecs, filter="attribute:cordon exists") == []


def test_a_cordon_by_attribute_keeps_new_tasks_away_and_running_ones_in_place(ecs_region: EcsRegion, ecs: Any) -> None:
    machines = ecs_region.fleet(2)
    rule = [{"type": "memberOf", "expression": "attribute:cordon !exists"}]
    service = ecs_region.serve(count=2, placementConstraints=rule)
    cordoned = ecs_region.instance(machines[0])
    ecs.put_attributes(cluster=CLUSTER, attributes=[{"name": "cordon", "targetId": cordoned.arn}])
    ecs.update_service(cluster=CLUSTER, service="web", desiredCount=6)
    ecs_region.clock.advance(120)
    assert len(cordoned.tasks) == 1
    assert service.running_count == 6


def test_static_host_ports_allow_one_task_per_instance(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(2)
    ecs_region.define(container={"portMappings": [{"containerPort": 80, "hostPort": 8080}]})
    service = ecs_region.serve(family="web", count=3)
    assert service.running_count == 2
    assert "is already using a port required by your task" in service.events[0].text


def test_dynamic_host_ports_never_conflict(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(1)
    ecs_region.define(container={"portMappings": [{"containerPort": 80, "hostPort": 0}]})
    assert ecs_region.serve(family="web", count=3).running_count == 3


def test_managed_termination_protection_follows_the_tasks(ecs_region: EcsRegion, ecs: Any) -> None:
    provider(
        ecs_region, ecs, "blue", "asg", managedScaling={"status": "ENABLED"}, managedTerminationProtection="ENABLED"
    )
    ecs_region.scaling.group("asg").desired = 2
    machines = ecs_region.fleet(2)
    strategy = [{"capacityProvider": "blue", "weight": 1}]
    service = ecs_region.serve(count=1, capacityProviderStrategy=strategy)
    busy = next(iter(service.tasks.values())).instance.ec2_instance.instance_id
    (idle,) = {machine.instance_id for machine in machines} - {busy}
    assert ecs_region.scaling.protected == {busy: True, idle: False}
    ecs.update_service(cluster=CLUSTER, service="web", desiredCount=0)
    ecs_region.clock.advance(60)
    assert ecs_region.scaling.protected == {busy: False, idle: False}


def test_managed_scaling_launches_two_from_zero(ecs_region: EcsRegion, ecs: Any) -> None:
    provider(ecs_region, ecs, "blue", "asg", managedScaling={"status": "ENABLED", "targetCapacity": 100})
    ecs_region.serve(count=3, capacityProviderStrategy=[{"capacityProvider": "blue", "weight": 1}])
    assert ecs_region.scaling.group("asg").desired == 2


def test_managed_scaling_reclaims_an_empty_fleet_after_fifteen_datapoints(ecs_region: EcsRegion, ecs: Any) -> None:
    provider(ecs_region, ecs, "blue", "asg", managedScaling={"status": "ENABLED"})
    ecs_region.scaling.group("asg").desired = 4
    ecs_region.fleet(4)
    ecs_region.clock.advance(14 * 60)
    assert ecs_region.scaling.group("asg").desired == 4
    ecs_region.clock.advance(2 * 60)
    assert ecs_region.scaling.group("asg").desired == 0


def test_stop_timeout_bounds_the_stop(ecs_region: EcsRegion, ecs: Any) -> None:
    ecs_region.fleet(1)
    service = ecs_region.serve(count=1, workload=Workload(stop_timeout_seconds=3))
    task = next(iter(service.tasks.values()))
    ecs.stop_task(cluster=CLUSTER, task=task.arn)
    ecs_region.clock.advance(3)
    assert task.last_status == "STOPPED"


def _holds(condition: bool) -> None:
    assert condition
