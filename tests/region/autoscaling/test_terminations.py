"""Instances leave: by id, by scale-in, from outside, to balance zones. moto takes the first one it finds."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator.kernel.simulated_instance import InstanceState
from tests.region.small_region import SmallRegion


def terminate(small: SmallRegion, *ids: str, decrement: bool = True) -> dict[str, Any]:
    return dict(
        small.asg.terminate_instance_in_auto_scaling_group(
            AutoScalingGroupName="nodes", InstanceIds=list(ids), ShouldDecrementDesiredCapacity=decrement
        )
    )


def shrink(small: SmallRegion, desired: int) -> set[str]:
    """The instances that a lower desired capacity takes."""
    before = set(small.ids())
    small.asg.set_desired_capacity(AutoScalingGroupName="nodes", DesiredCapacity=desired)
    small.settle()
    return before - set(small.ids())


def suspend(small: SmallRegion, *processes: str) -> None:
    small.asg.suspend_processes(AutoScalingGroupName="nodes", ScalingProcesses=list(processes))


def test_terminating_with_a_decrement_takes_exactly_those_instances(small: SmallRegion) -> None:
    small.make_group(6)
    suspend(small, "AZRebalance")
    ids = small.ids()
    answer = terminate(small, ids[0], ids[4])
    assert [each["StatusCode"] for each in answer["Activities"]] == ["InProgress", "InProgress"]
    assert small.scaling.instance(ids[0]).state is InstanceState.SHUTTING_DOWN
    small.settle()
    assert small.ids() == [ids[1], ids[2], ids[3], ids[5]]
    assert small.described()["DesiredCapacity"] == 4


def test_terminating_without_a_decrement_launches_a_successor(small: SmallRegion) -> None:
    small.make_group(3)
    gone = small.ids()[0]
    answer = small.asg.terminate_instance_in_auto_scaling_group(InstanceId=gone, ShouldDecrementDesiredCapacity=False)
    assert answer["Activity"]["Description"].endswith(gone)
    small.settle()
    assert len(small.ids()) == 3
    assert gone not in small.ids()


def test_a_decrement_below_the_minimum_is_refused_for_all_of_them(small: SmallRegion) -> None:
    small.make_group(4, least=3)
    ids = small.ids()
    with pytest.raises(ClientError, match="violate group's min size constraint") as caught:
        terminate(small, *ids[:2])
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert small.ids() == ids


def test_an_instance_that_leaves_already_is_not_terminated_twice(small: SmallRegion) -> None:
    small.make_group(4)
    gone = small.ids()[0]
    terminate(small, gone)
    with pytest.raises(ClientError) as caught:
        terminate(small, gone)
    assert caught.value.response["Error"]["Code"] == "ScalingActivityInProgress"
    assert small.described()["DesiredCapacity"] == 3
    small.settle()
    with pytest.raises(ClientError, match="not part of Auto Scaling group"):
        terminate(small, gone)


def test_scale_in_never_takes_a_protected_instance_and_terminating_by_id_does(small: SmallRegion) -> None:
    small.make_group(3, zones="a")
    first, second, third = small.ids()
    small.asg.set_instance_protection(
        AutoScalingGroupName="nodes", InstanceIds=[first, second], ProtectedFromScaleIn=True
    )
    assert shrink(small, 1) == {third}
    assert small.described()["DesiredCapacity"] == 1
    assert "protected from scale-in" in small.activities()[0]["StatusMessage"]
    small.asg.terminate_instance_in_auto_scaling_group(InstanceId=first, ShouldDecrementDesiredCapacity=False)
    small.settle()
    assert small.ids() == [second]


def test_only_a_serving_instance_can_be_protected(small: SmallRegion) -> None:
    small.make_group(2)
    gone = small.ids()[0]
    terminate(small, gone)
    with pytest.raises(ClientError, match="is not in InService or EnteringStandby or Standby"):
        small.asg.set_instance_protection(AutoScalingGroupName="nodes", InstanceIds=[gone], ProtectedFromScaleIn=True)


def test_new_instances_are_protected_where_the_group_says_so(small: SmallRegion) -> None:
    small.make_group(2, NewInstancesProtectedFromScaleIn=True)
    assert [each["ProtectedFromScaleIn"] for each in small.instances()] == [True, True]


def test_scale_in_evens_zones_before_it_looks_at_any_policy(small: SmallRegion) -> None:
    small.make_group(4, zones="ab", TerminationPolicies=["OldestInstance"])
    suspend(small, "AZRebalance")
    a, b = (
        [each["InstanceId"] for each in small.instances() if each["AvailabilityZone"].endswith(zone)] for zone in "ab"
    )
    terminate(small, b[0])
    small.settle()
    for age, instance in enumerate((*a, b[1])):
        small.scaling.instance(instance).launched_at = -1000.0 * (age + 1)  # the oldest stands alone in its zone
    assert shrink(small, 2) == {a[1]}


@pytest.mark.parametrize(
    ("policy", "taken"),
    [("OldestInstance", 1), ("NewestInstance", 0), ("OldestLaunchTemplate", 2), ("Default", 2)],
)
def test_a_termination_policy_chooses_within_the_zone(small: SmallRegion, policy: str, taken: int) -> None:
    template = small.template()
    small.make_group(
        2, zones="a", LaunchTemplate={"LaunchTemplateId": template, "Version": "1"}, TerminationPolicies=[policy]
    )
    (version_one, _) = small.ids()
    small.ec2_client.create_launch_template_version(
        LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData={"InstanceType": "m5.large"}
    )
    small.asg.update_auto_scaling_group(
        AutoScalingGroupName="nodes", LaunchTemplate={"LaunchTemplateId": template, "Version": "2"}, DesiredCapacity=4
    )
    small.settle()
    terminate(small, small.ids()[1])
    small.settle()
    two, three = [each["InstanceId"] for each in small.instances() if each["LaunchTemplate"]["Version"] == "2"]
    ages = {three: -100.0, two: -300.0, version_one: -200.0}  # youngest, oldest, of the oldest version
    for instance, launched_at in ages.items():
        small.scaling.instance(instance).launched_at = launched_at
    assert shrink(small, 2) == {[three, two, version_one][taken]}


def test_a_decrement_that_unevens_zones_sets_off_a_rebalancing_that_launches_first(small: SmallRegion) -> None:
    small.make_group(4, zones="ab")
    ids = small.ids()
    in_b = [each["InstanceId"] for each in small.instances() if each["AvailabilityZone"].endswith("b")]
    terminate(small, *in_b)
    serving: list[int] = []
    for _ in range(120):
        small.clock.advance(1)
        small.asg.set_desired_capacity(AutoScalingGroupName="nodes", DesiredCapacity=2)  # has the group looked at
        serving.append(len(small.ids()))
    assert (min(serving), max(serving)) == (2, 3)  # never below desired, one above it while it moves
    assert small.per_zone() == {"eu-west-1a": 1, "eu-west-1b": 1}
    assert len(set(ids) & set(small.ids())) == 1  # an instance left that nobody named
    assert small.described()["DesiredCapacity"] == 2


def test_a_suspended_rebalancing_leaves_zones_uneven(small: SmallRegion) -> None:
    small.make_group(4, zones="ab")
    suspend(small, "AZRebalance")
    terminate(small, *[each["InstanceId"] for each in small.instances() if each["AvailabilityZone"].endswith("b")])
    small.settle(1000)
    assert small.per_zone() == {"eu-west-1a": 2, "eu-west-1b": 0}


def test_an_instance_terminated_from_outside_is_replaced(small: SmallRegion) -> None:
    small.make_group(3)
    gone = small.ids()[0]
    small.ec2_client.terminate_instances(InstanceIds=[gone])
    assert next(each for each in small.instances() if each["InstanceId"] == gone)["HealthStatus"] == "Unhealthy"
    small.settle()
    assert len(small.ids()) == 3
    assert gone not in small.ids()
    assert any("health check" in each["Cause"] for each in small.activities())


def test_an_instance_marked_unhealthy_is_replaced(small: SmallRegion) -> None:
    small.make_group(2)
    sick = small.ids()[0]
    small.asg.set_instance_health(InstanceId=sick, HealthStatus="Unhealthy")
    small.settle()
    assert len(small.ids()) == 2
    assert sick not in small.ids()


def test_standby_and_detached_instances_run_on_uncounted(small: SmallRegion) -> None:
    small.make_group(4)
    suspend(small, "AZRebalance")
    first, second, *_ = small.ids()
    small.asg.enter_standby(AutoScalingGroupName="nodes", InstanceIds=[first], ShouldDecrementDesiredCapacity=True)
    small.asg.detach_instances(AutoScalingGroupName="nodes", InstanceIds=[second], ShouldDecrementDesiredCapacity=True)
    small.settle()
    assert small.described()["DesiredCapacity"] == 2
    assert [each["InstanceId"] for each in small.instances("Standby")] == [first]
    assert second not in [each["InstanceId"] for each in small.instances(None)]
    reservation = small.ec2_client.describe_instances(InstanceIds=[second])["Reservations"][0]
    assert reservation["Instances"][0]["State"]["Name"] == "running"
    small.asg.exit_standby(AutoScalingGroupName="nodes", InstanceIds=[first])
    small.settle()
    assert first in small.ids()
    assert small.described()["DesiredCapacity"] == 3
