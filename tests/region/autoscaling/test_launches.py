"""What a group launches and what its instances say they came from. In moto all report the current default version."""

from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator.scenario.model import Ami
from tests.region.small_region import NEW, OLD, USER_DATA, SmallRegion

ARM = "ami-0000000000000000c"


def add_version(small: SmallRegion, template: str, **data: Any) -> int:
    made = small.ec2_client.create_launch_template_version(
        LaunchTemplateId=template, SourceVersion="$Latest", LaunchTemplateData=data or {"ImageId": NEW}
    )
    return int(made["LaunchTemplateVersion"]["VersionNumber"])


def images(small: SmallRegion) -> list[str]:
    """The image of each instance in service, in the order they were launched."""
    return [small.scaling.instance(each).image_id for each in small.ids()]


def grow(small: SmallRegion, desired: int) -> None:
    small.asg.set_desired_capacity(AutoScalingGroupName="nodes", DesiredCapacity=desired)
    small.settle()


def pin(small: SmallRegion, version: str) -> None:
    template = small.described()["LaunchTemplate"]["LaunchTemplateId"]
    small.asg.update_auto_scaling_group(
        AutoScalingGroupName="nodes", LaunchTemplate={"LaunchTemplateId": template, "Version": version}
    )


def test_an_instance_keeps_the_version_that_it_was_launched_from(small: SmallRegion) -> None:
    template = small.template()
    small.make_group(2, LaunchTemplate={"LaunchTemplateId": template, "Version": "1"})
    add_version(small, template)
    small.ec2_client.modify_launch_template(LaunchTemplateId=template, DefaultVersion="2")
    pin(small, "2")
    grow(small, 3)
    told = [each["LaunchTemplate"] for each in small.instances()]
    assert [each["Version"] for each in told] == ["1", "1", "2"]
    assert told[0]["LaunchTemplateId"] == template
    assert images(small) == [OLD, OLD, NEW]


@pytest.mark.parametrize(("pinned", "image"), [("$Latest", NEW), ("$Default", OLD), ("1", OLD)])
def test_aliases_of_versions_mean_what_they_mean_at_launch(small: SmallRegion, pinned: str, image: str) -> None:
    template = small.template()
    small.make_group(1, LaunchTemplate={"LaunchTemplateId": template, "Version": pinned})
    add_version(small, template)
    grow(small, 2)
    assert images(small) == [OLD, image]
    assert small.described()["LaunchTemplate"]["Version"] == pinned


def test_a_template_without_a_version_means_the_default(small: SmallRegion) -> None:
    small.make_group(1, LaunchTemplate={"LaunchTemplateId": small.template()})
    assert small.described()["LaunchTemplate"]["Version"] == "$Default"


def test_an_instance_carries_its_user_data_and_the_groups_tags(small: SmallRegion) -> None:
    small.make_group(
        1,
        Tags=[
            {"Key": "team", "Value": "red", "PropagateAtLaunch": True},
            {"Key": "cost", "Value": "x", "PropagateAtLaunch": False},
        ],
    )
    machine = small.scaling.instance(small.ids()[0])
    assert "ECS_CLUSTER=prod" in machine.user_data
    found = small.ec2_client.describe_instances(InstanceIds=[machine.instance_id])["Reservations"][0]["Instances"][0]
    tags = {tag["Key"]: tag["Value"] for tag in found["Tags"]}
    assert tags["aws:autoscaling:groupName"] == "nodes"
    assert tags["aws:ec2launchtemplate:version"] == "1"
    assert tags["team"] == "red"
    assert "cost" not in tags


def test_pinning_an_unknown_version_or_a_gone_image_is_refused(small: SmallRegion) -> None:
    small.make_group(1)
    before = small.described()
    with pytest.raises(ClientError, match="valid fully-formed launch template"):
        pin(small, "9")
    small.ec2_client.deregister_image(ImageId=OLD)
    with pytest.raises(ClientError, match="does not exist"):
        pin(small, "1")
    assert small.described() == before


def mixed(small: SmallRegion, *overrides: dict[str, Any]) -> dict[str, Any]:
    return {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": {"LaunchTemplateId": small.template(), "Version": "1"},
            "Overrides": list(overrides) or [{"InstanceType": "m6i.large"}, {"InstanceType": "m5.large"}],
        },
        "InstancesDistribution": {"OnDemandAllocationStrategy": "prioritized", "OnDemandBaseCapacity": 1},
    }


def test_updating_sizes_keeps_a_mixed_instances_policy(small: SmallRegion) -> None:
    small.make_group(2, MixedInstancesPolicy=mixed(small))
    before = small.described()["MixedInstancesPolicy"]
    small.asg.update_auto_scaling_group(AutoScalingGroupName="nodes", DesiredCapacity=3)
    assert small.described()["MixedInstancesPolicy"] == before


def test_another_version_in_a_mixed_instances_policy_keeps_overrides_and_distribution(small: SmallRegion) -> None:
    small.make_group(1, MixedInstancesPolicy=mixed(small))
    before = small.described()["MixedInstancesPolicy"]
    spec = before["LaunchTemplate"]["LaunchTemplateSpecification"]
    add_version(small, spec["LaunchTemplateId"])
    new = {"LaunchTemplateId": spec["LaunchTemplateId"], "Version": "2"}
    small.asg.update_auto_scaling_group(
        AutoScalingGroupName="nodes", MixedInstancesPolicy={"LaunchTemplate": {"LaunchTemplateSpecification": new}}
    )
    after = small.described()["MixedInstancesPolicy"]
    assert after["LaunchTemplate"]["Overrides"] == before["LaunchTemplate"]["Overrides"]
    assert after["InstancesDistribution"] == before["InstancesDistribution"]
    grow(small, 2)
    assert images(small) == [OLD, NEW]


def test_an_override_with_its_own_image_ignores_the_policys_version(small: SmallRegion) -> None:
    small.make_group(1, MixedInstancesPolicy=mixed(small, {"InstanceType": "m6i.large", "ImageId": OLD}))
    spec = small.described()["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"]
    add_version(small, spec["LaunchTemplateId"])
    new = {"LaunchTemplateId": spec["LaunchTemplateId"], "Version": "2"}
    small.asg.update_auto_scaling_group(
        AutoScalingGroupName="nodes", MixedInstancesPolicy={"LaunchTemplate": {"LaunchTemplateSpecification": new}}
    )
    grow(small, 2)
    assert images(small) == [OLD, OLD]
    assert small.instances()[0]["ImageId"] == OLD


def test_weights_count_towards_the_desired_capacity(small: SmallRegion) -> None:
    small.make_group(4, MixedInstancesPolicy=mixed(small, {"InstanceType": "m6i.large", "WeightedCapacity": "2"}))
    assert [each["WeightedCapacity"] for each in small.instances()] == ["2", "2"]


def test_spot_follows_base_and_percentage(small: SmallRegion) -> None:
    policy = mixed(small)
    policy["InstancesDistribution"] = {"OnDemandBaseCapacity": 2, "OnDemandPercentageAboveBaseCapacity": 50}
    small.make_group(6, MixedInstancesPolicy=policy)
    assert sum(small.scaling.instance(each).spot for each in small.ids()) == 2


def test_a_launch_configuration_launches_without_a_template(small: SmallRegion) -> None:
    small.asg.create_launch_configuration(
        LaunchConfigurationName="old-style", ImageId=OLD, InstanceType="m6i.large", UserData=USER_DATA
    )
    small.make_group(1, LaunchConfigurationName="old-style")
    (instance,) = small.instances()
    assert instance["LaunchConfigurationName"] == "old-style"
    assert "LaunchTemplate" not in instance
    assert "LaunchTemplate" not in small.described()
    configuration = small.asg.describe_launch_configurations()["LaunchConfigurations"][0]
    assert configuration["ImageId"] == OLD


@pytest.mark.parametrize(
    ("ami", "said"),
    [
        (Ami(NEW, launch="fails"), "is not available"),
        (Ami(NEW, architecture="arm64"), "does not match the architecture"),
        (Ami(NEW, state="failed"), "is not available"),
    ],
)
def test_a_launch_that_fails_leaves_the_call_successful_and_says_why_in_an_activity(
    small: SmallRegion, ami: Ami, said: str
) -> None:
    small.make_group(2)
    add_version(small, small.described()["LaunchTemplate"]["LaunchTemplateId"])
    pin(small, "2")
    small.ec2.register(ami)
    grow(small, 3)
    failed = [each for each in small.activities() if each["StatusCode"] == "Failed"]
    assert failed
    assert all(said in each["StatusMessage"] for each in failed)
    assert small.described()["DesiredCapacity"] == 3
    assert len(small.ids()) == 2


def test_failed_launches_are_tried_again_ever_more_slowly_until_they_work(small: SmallRegion) -> None:
    small.make_group(1, zones="a")
    attempts: list[float] = []

    def no_capacity(_group: str, _zone: str) -> str | None:
        attempts.append(small.clock.now)
        return "We currently do not have sufficient capacity." if len(attempts) <= 4 else None

    small.scaling.launch_faults.append(no_capacity)
    grow(small, 2)
    pauses = [later - earlier for earlier, later in pairwise(attempts)]
    assert pauses == sorted(pauses)
    assert len(set(pauses)) == len(pauses)
    assert len(small.ids()) == 2


def test_a_zone_without_capacity_is_passed_over(small: SmallRegion) -> None:
    small.scaling.launch_faults.append(lambda _group, zone: "No capacity." if zone.endswith("b") else None)
    small.make_group(4)
    assert small.per_zone() == {"eu-west-1a": 2, "eu-west-1b": 0, "eu-west-1c": 2}
