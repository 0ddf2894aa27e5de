"""Sizes and their bounds. moto takes a desired capacity above the maximum and a decrement below the minimum."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator.aws.autoscaling.events import DesiredCapacityChanged
from tests.region.small_region import SmallRegion


def test_a_group_launches_what_it_wants_spread_over_its_zones(small: SmallRegion) -> None:
    small.make_group(7)
    assert sorted(small.per_zone().values()) == [2, 2, 3]
    assert {each["StatusCode"] for each in small.activities()} == {"Successful"}


@pytest.mark.parametrize(("desired", "said"), [(13, "above max value 12"), (1, "below min value 2")])
def test_a_desired_capacity_out_of_bounds_is_refused_and_changes_nothing(
    small: SmallRegion, desired: int, said: str
) -> None:
    small.make_group(4, least=2)
    with pytest.raises(ClientError, match=said) as caught:
        small.asg.set_desired_capacity(AutoScalingGroupName="nodes", DesiredCapacity=desired)
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert small.described()["DesiredCapacity"] == 4


@pytest.mark.parametrize(
    ("request_", "sizes"),
    [
        ({"MinSize": 6}, (6, 12, 6)),
        ({"MaxSize": 3}, (0, 3, 3)),
        ({"MinSize": 1, "MaxSize": 20, "DesiredCapacity": 15}, (1, 20, 15)),
        ({"DefaultCooldown": 60}, (0, 12, 4)),
    ],
)
def test_new_bounds_take_the_desired_capacity_with_them(
    small: SmallRegion, request_: dict[str, Any], sizes: tuple[int, int, int]
) -> None:
    small.make_group(4)
    small.asg.update_auto_scaling_group(AutoScalingGroupName="nodes", **request_)
    group = small.described()
    assert (group["MinSize"], group["MaxSize"], group["DesiredCapacity"]) == sizes


@pytest.mark.parametrize("request_", [{"DesiredCapacity": 13}, {"MinSize": 13}, {"MaxSize": 3, "DesiredCapacity": 4}])
def test_an_update_with_impossible_sizes_changes_nothing_at_all(small: SmallRegion, request_: dict[str, int]) -> None:
    small.make_group(4)
    before = small.described()
    with pytest.raises(ClientError, match="ValidationError"):
        small.asg.update_auto_scaling_group(AutoScalingGroupName="nodes", DefaultCooldown=1, **request_)
    assert small.described() == before


def test_honoring_the_cooldown_refuses_a_change_right_after_an_activity(small: SmallRegion) -> None:
    small.make_group(2)
    small.asg.set_desired_capacity(AutoScalingGroupName="nodes", DesiredCapacity=3)
    small.settle(60)
    with pytest.raises(ClientError) as caught:
        small.asg.set_desired_capacity(AutoScalingGroupName="nodes", DesiredCapacity=4, HonorCooldown=True)
    assert caught.value.response["Error"]["Code"] == "ScalingActivityInProgress"
    small.settle(301)
    small.asg.set_desired_capacity(AutoScalingGroupName="nodes", DesiredCapacity=4, HonorCooldown=True)


def test_each_change_of_the_desired_capacity_is_one_event(small: SmallRegion) -> None:
    seen: list[tuple[int, int]] = []
    small.bus.subscribe(DesiredCapacityChanged, lambda event: seen.append((event.before, event.after)))
    small.make_group(2)
    for desired in (3, 3, 1):
        small.asg.set_desired_capacity(AutoScalingGroupName="nodes", DesiredCapacity=desired)
    assert seen == [(2, 3), (3, 1)]


def test_a_group_at_rest_leaves_nothing_on_the_clock(small: SmallRegion) -> None:
    small.make_group(5)
    assert small.clock.next_due() is None


def test_a_group_that_does_not_exist_is_an_error_to_change_and_absent_from_lists(small: SmallRegion) -> None:
    assert small.asg.describe_auto_scaling_groups(AutoScalingGroupNames=["nobody"])["AutoScalingGroups"] == []
    with pytest.raises(ClientError, match="name not found"):
        small.asg.set_desired_capacity(AutoScalingGroupName="nobody", DesiredCapacity=1)


def test_a_group_with_instances_is_deleted_by_force_only_and_then_with_them(small: SmallRegion) -> None:
    small.make_group(2)
    machines = [small.scaling.instance(each) for each in small.ids()]
    with pytest.raises(ClientError) as caught:
        small.asg.delete_auto_scaling_group(AutoScalingGroupName="nodes")
    assert caught.value.response["Error"]["Code"] == "ResourceInUse"
    small.asg.delete_auto_scaling_group(AutoScalingGroupName="nodes", ForceDelete=True)
    small.settle()
    assert small.asg.describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert not any(machine.alive for machine in machines)
