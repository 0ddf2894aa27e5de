"""Suspended processes hold, lifecycle hooks wait. In moto neither has an effect."""

import pytest
from botocore.exceptions import ClientError

from simulator.aws.autoscaling.events import LifecycleActionStarted
from tests.region.small_region import SmallRegion

LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"
TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"


def suspend(small: SmallRegion, *processes: str) -> None:
    small.asg.suspend_processes(AutoScalingGroupName="nodes", ScalingProcesses=list(processes))


def resume(small: SmallRegion, *processes: str) -> None:
    small.asg.resume_processes(AutoScalingGroupName="nodes", ScalingProcesses=list(processes))


def want(small: SmallRegion, desired: int) -> None:
    small.asg.set_desired_capacity(AutoScalingGroupName="nodes", DesiredCapacity=desired)
    small.settle()


def put_hook(small: SmallRegion, transition: str, heartbeat: int = 100, result: str = "ABANDON") -> None:
    small.asg.put_lifecycle_hook(
        AutoScalingGroupName="nodes",
        LifecycleHookName="hook",
        LifecycleTransition=transition,
        HeartbeatTimeout=heartbeat,
        DefaultResult=result,
    )


def complete(small: SmallRegion, instance: str, result: str = "CONTINUE") -> None:
    small.asg.complete_lifecycle_action(
        AutoScalingGroupName="nodes", LifecycleHookName="hook", InstanceId=instance, LifecycleActionResult=result
    )


@pytest.mark.parametrize(("process", "desired"), [("Launch", 5), ("Terminate", 1)])
def test_a_suspended_process_holds_until_it_is_resumed(small: SmallRegion, process: str, desired: int) -> None:
    small.make_group(3)
    suspend(small, process)
    want(small, desired)
    assert len(small.ids()) == 3
    resume(small, process)
    small.settle()
    assert len(small.ids()) == desired


@pytest.mark.parametrize("process", ["ReplaceUnhealthy", "HealthCheck"])
def test_a_dead_instance_is_not_replaced_while_its_process_stands_still(small: SmallRegion, process: str) -> None:
    small.make_group(2)
    suspend(small, process)
    gone = small.ids()[0]
    small.ec2_client.terminate_instances(InstanceIds=[gone])
    small.settle()
    assert gone in small.ids()
    resume(small, process)
    small.settle()
    assert gone not in small.ids()
    assert len(small.ids()) == 2


def test_suspending_none_by_name_suspends_all_and_resuming_brings_back_only_what_is_named(small: SmallRegion) -> None:
    small.make_group(1)
    suspend(small)
    resume(small, "Launch")
    held = [each["ProcessName"] for each in small.described()["SuspendedProcesses"]]
    assert "Launch" not in held
    assert "AZRebalance" in held
    assert len(held) == 8


def test_an_unknown_process_is_refused(small: SmallRegion) -> None:
    small.make_group(1)
    with pytest.raises(ClientError, match="not a valid process type"):
        suspend(small, "Coffee")


def test_a_launching_instance_waits_for_its_hook(small: SmallRegion) -> None:
    tokens: list[str] = []
    small.bus.subscribe(LifecycleActionStarted, lambda event: tokens.append(event.token))
    small.make_group(1)
    put_hook(small, LAUNCHING, heartbeat=1000)
    want(small, 2)
    (waiting,) = small.instances("Pending:Wait")
    small.asg.complete_lifecycle_action(
        AutoScalingGroupName="nodes",
        LifecycleHookName="hook",
        LifecycleActionToken=tokens[0],
        LifecycleActionResult="CONTINUE",
    )
    assert waiting["InstanceId"] in small.ids()


def test_an_abandoned_launch_is_terminated_and_tried_again(small: SmallRegion) -> None:
    small.make_group(1)
    put_hook(small, LAUNCHING, heartbeat=1000)
    want(small, 2)
    (waiting,) = small.instances("Pending:Wait")
    complete(small, waiting["InstanceId"], "ABANDON")
    small.settle()
    (successor,) = small.instances("Pending:Wait")
    assert successor["InstanceId"] != waiting["InstanceId"]
    assert "Cancelled" in {each["StatusCode"] for each in small.activities()}


@pytest.mark.parametrize("result", ["CONTINUE", "ABANDON"])
def test_a_leaving_instance_waits_for_its_hook_alive(small: SmallRegion, result: str) -> None:
    small.make_group(2)
    put_hook(small, TERMINATING, heartbeat=1000)
    want(small, 1)
    (waiting,) = small.instances("Terminating:Wait")
    machine = small.scaling.instance(waiting["InstanceId"])
    assert machine.alive
    complete(small, machine.instance_id, result)
    assert not machine.alive
    small.settle()
    assert len(small.instances(None)) == 1


def test_a_wait_ends_with_the_default_result_and_heartbeats_put_it_off(small: SmallRegion) -> None:
    small.make_group(2)
    put_hook(small, TERMINATING, heartbeat=400)
    want(small, 1)
    (waiting,) = small.instances("Terminating:Wait")
    for _ in range(3):
        small.clock.advance(90)
        small.asg.record_lifecycle_action_heartbeat(
            AutoScalingGroupName="nodes", LifecycleHookName="hook", InstanceId=waiting["InstanceId"]
        )
    small.clock.advance(390)
    assert small.instances("Terminating:Wait")
    small.clock.advance(100)
    assert len(small.instances(None)) == 1


def test_completing_what_does_not_wait_is_an_error(small: SmallRegion) -> None:
    small.make_group(1)
    with pytest.raises(ClientError, match="No active Lifecycle Action"):
        complete(small, small.ids()[0])


def test_deleting_a_hook_lets_go_of_those_who_wait(small: SmallRegion) -> None:
    small.make_group(2)
    put_hook(small, TERMINATING, heartbeat=7200)
    want(small, 1)
    small.asg.delete_lifecycle_hook(AutoScalingGroupName="nodes", LifecycleHookName="hook")
    small.settle()
    assert len(small.instances(None)) == 1
    assert small.asg.describe_lifecycle_hooks(AutoScalingGroupName="nodes")["LifecycleHooks"] == []


def test_a_heartbeat_out_of_range_is_refused(small: SmallRegion) -> None:
    small.make_group(1)
    with pytest.raises(ClientError, match="between 30 and 7200"):
        put_hook(small, LAUNCHING, heartbeat=29)
