"""Machine images. moto drops their architecture and root device and knows no deprecation."""

import boto3
import pytest
from botocore.exceptions import ClientError

from simulator.scenario.model import Ami
from tests.region.small_region import NEW, OLD, REGION, SmallRegion

ARM = "ami-0000000000000000c"
GRAY = "ami-0000000000000000d"
GONE = "ami-0000000000000000e"


@pytest.fixture
def images(small: SmallRegion) -> SmallRegion:
    small.ec2.register(Ami(ARM, "arm", architecture="arm64"))
    small.ec2.register(Ami(GRAY, "gray", deprecated=True))
    small.ec2.register(Ami(GONE, "gone", state="deregistered"))
    return small


def test_an_image_says_its_architecture_and_root_device(images: SmallRegion) -> None:
    image = images.ec2_client.describe_images(ImageIds=[ARM])["Images"][0]
    assert (image["Architecture"], image["State"], image["RootDeviceName"]) == ("arm64", "available", "/dev/xvda")
    assert image["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] == 30


def test_a_deprecated_image_shows_only_when_asked_for(images: SmallRegion) -> None:
    assert images.ec2_client.describe_images(ImageIds=[GRAY])["Images"] == []
    shown = images.ec2_client.describe_images(ImageIds=[GRAY], IncludeDeprecated=True)["Images"]
    assert shown[0]["DeprecationTime"].endswith("Z")


@pytest.mark.parametrize("image_id", [GONE, "ami-00000000000000fff"])
def test_a_deregistered_image_is_not_found(images: SmallRegion, image_id: str) -> None:
    with pytest.raises(ClientError, match="does not exist") as caught:
        images.ec2_client.describe_images(ImageIds=[OLD, image_id])
    assert caught.value.response["Error"]["Code"] == "InvalidAMIID.NotFound"


def test_deregistering_takes_an_image_away_from_new_launches_only(images: SmallRegion) -> None:
    images.make_group(1)
    images.ec2_client.deregister_image(ImageId=OLD)
    images.asg.set_desired_capacity(AutoScalingGroupName="nodes", DesiredCapacity=2)
    images.settle(20)
    assert len(images.ids()) == 1
    assert images.activities()[0]["StatusCode"] == "Failed"


def test_filters_select_and_unknown_ones_are_refused(images: SmallRegion) -> None:
    found = images.ec2_client.describe_images(Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"]
    assert [image["ImageId"] for image in found] == [OLD, NEW]
    with pytest.raises(ClientError, match="is invalid"):
        images.ec2_client.describe_images(Filters=[{"Name": "colour", "Values": ["red"]}])


def test_instance_types_say_which_architectures_they_run(images: SmallRegion) -> None:
    ec2 = boto3.client("ec2", region_name=REGION)
    types = ec2.describe_instance_types(InstanceTypes=["m6gd.large", "m6i.large"])["InstanceTypes"]
    found = {each["InstanceType"]: each["ProcessorInfo"]["SupportedArchitectures"] for each in types}
    assert found == {"m6gd.large": ["arm64"], "m6i.large": ["x86_64"]}
