"""Launch templates as EC2 keeps them. moto ignores SourceVersion and ClientToken and cannot delete versions."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.region.small_region import NEW, OLD, REGION, USER_DATA, SmallRegion

DEVICE = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 30, "VolumeType": "gp3", "SnapshotId": "snap-1"}}


def code_of(caught: pytest.ExceptionInfo[ClientError]) -> str:
    return str(caught.value.response["Error"]["Code"])


def version(small: SmallRegion, template: str, wanted: str, **more: Any) -> dict[str, Any]:
    answer = small.ec2_client.describe_launch_template_versions(LaunchTemplateId=template, Versions=[wanted], **more)
    return dict(answer["LaunchTemplateVersions"][0])


def test_a_version_with_a_source_inherits_all_that_it_does_not_name(small: SmallRegion) -> None:
    template = small.template(MetadataOptions={"HttpTokens": "required"}, Monitoring={"Enabled": True})
    made = small.ec2_client.create_launch_template_version(
        LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData={"ImageId": NEW}, VersionDescription="by us"
    )["LaunchTemplateVersion"]
    assert made["VersionNumber"] == 2
    assert made["VersionDescription"] == "by us"
    assert made["LaunchTemplateData"] == {
        "ImageId": NEW,
        "InstanceType": "m6i.large",
        "UserData": USER_DATA,
        "MetadataOptions": {"HttpTokens": "required"},
        "Monitoring": {"Enabled": True},
    }
    assert not made["DefaultVersion"]


def test_a_version_without_a_source_inherits_nothing(small: SmallRegion) -> None:
    template = small.template()
    small.ec2_client.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData={"ImageId": NEW})
    assert version(small, template, "2")["LaunchTemplateData"] == {"ImageId": NEW}


def test_inherited_block_devices_lose_their_snapshots_and_named_ones_keep_them(small: SmallRegion) -> None:
    template = small.template(BlockDeviceMappings=[DEVICE])
    create = small.ec2_client.create_launch_template_version
    create(LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData={"ImageId": NEW})
    create(LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData={"BlockDeviceMappings": [DEVICE]})
    inherited = version(small, template, "2")["LaunchTemplateData"]["BlockDeviceMappings"]
    assert inherited == [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 30, "VolumeType": "gp3"}}]
    assert version(small, template, "3")["LaunchTemplateData"]["BlockDeviceMappings"] == [DEVICE]
    assert version(small, template, "1")["LaunchTemplateData"]["BlockDeviceMappings"] == [DEVICE]


def test_the_same_client_token_makes_one_version(small: SmallRegion) -> None:
    template = small.template()
    request = {"LaunchTemplateId": template, "LaunchTemplateData": {"ImageId": NEW}, "ClientToken": "token"}
    numbers = [
        small.ec2_client.create_launch_template_version(**request)["LaunchTemplateVersion"]["VersionNumber"]
        for _ in range(2)
    ]
    assert numbers == [2, 2]
    with pytest.raises(ClientError) as caught:
        small.ec2_client.create_launch_template_version(**request | {"LaunchTemplateData": {"ImageId": OLD}})
    assert code_of(caught) == "IdempotentParameterMismatch"


def test_an_unknown_image_is_a_warning_and_not_an_error(small: SmallRegion) -> None:
    template = small.template()
    made = small.ec2_client.create_launch_template_version(
        LaunchTemplateId=template, LaunchTemplateData={"ImageId": "ami-unknown"}
    )
    assert [error["Code"] for error in made["Warning"]["Errors"]] == ["InvalidAMIID.NotFound"]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"LaunchTemplateId": "lt-00000000000000000"}, "InvalidLaunchTemplateId.NotFound"),
        ({"LaunchTemplateId": "nonsense"}, "InvalidLaunchTemplateId.Malformed"),
        ({"LaunchTemplateName": "nobody"}, "InvalidLaunchTemplateName.NotFoundException"),
        ({"LaunchTemplateName": "template", "Versions": ["7"]}, "InvalidLaunchTemplateId.VersionNotFound"),
    ],
)
def test_what_does_not_exist_has_its_own_error_code(small: SmallRegion, request_: dict[str, Any], code: str) -> None:
    small.template()
    with pytest.raises(ClientError) as caught:
        small.ec2_client.describe_launch_template_versions(**request_)
    assert code_of(caught) == code


def test_latest_and_default_follow_what_is_true_now(small: SmallRegion) -> None:
    template = small.template()
    small.ec2_client.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData={"ImageId": NEW})
    assert version(small, template, "$Latest")["VersionNumber"] == 2
    assert version(small, template, "$Default")["VersionNumber"] == 1
    small.ec2_client.modify_launch_template(LaunchTemplateId=template, DefaultVersion="2")
    assert version(small, template, "$Default")["VersionNumber"] == 2
    described = small.ec2_client.describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"][0]
    assert (described["DefaultVersionNumber"], described["LatestVersionNumber"]) == (2, 2)


def test_versions_come_in_pages_newest_first_and_in_bounds(small: SmallRegion) -> None:
    template = small.template()
    for _ in range(5):
        small.ec2_client.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData={"ImageId": NEW})
    pages = small.ec2_client.get_paginator("describe_launch_template_versions").paginate(
        LaunchTemplateId=template, MinVersion="2", PaginationConfig={"PageSize": 2}
    )
    assert [[each["VersionNumber"] for each in page["LaunchTemplateVersions"]] for page in pages] == [
        [6, 5],
        [4, 3],
        [2],
    ]


def test_deleting_versions_reports_each_and_spares_the_default(small: SmallRegion) -> None:
    template = small.template()
    small.ec2_client.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData={"ImageId": NEW})
    answer = small.ec2_client.delete_launch_template_versions(LaunchTemplateId=template, Versions=["1", "2", "9"])
    gone = [each["VersionNumber"] for each in answer["SuccessfullyDeletedLaunchTemplateVersions"]]
    kept = {
        each["VersionNumber"]: each["ResponseError"]["Code"]
        for each in answer["UnsuccessfullyDeletedLaunchTemplateVersions"]
    }
    assert gone == [2]
    assert kept == {1: "unexpectedError", 9: "launchTemplateVersionDoesNotExist"}
    made = small.ec2_client.create_launch_template_version(
        LaunchTemplateId=template, LaunchTemplateData={"ImageId": NEW}
    )
    assert made["LaunchTemplateVersion"]["VersionNumber"] == 3


def test_at_most_200_versions_are_deleted_in_one_call(small: SmallRegion) -> None:
    template = small.template()
    with pytest.raises(ClientError) as caught:
        small.ec2_client.delete_launch_template_versions(
            LaunchTemplateId=template, Versions=[str(number) for number in range(2, 203)]
        )
    assert code_of(caught) == "InvalidParameterValue"


def test_a_parameter_alias_is_resolved_on_request_only(small: SmallRegion) -> None:
    ssm = boto3.client("ssm", region_name=REGION)
    ssm.put_parameter(Name="/golden/ami", Value=NEW, Type="String")
    template = small.template(ImageId="resolve:ssm:/golden/ami")
    assert version(small, template, "1")["LaunchTemplateData"]["ImageId"] == "resolve:ssm:/golden/ami"
    assert version(small, template, "1", ResolveAlias=True)["LaunchTemplateData"]["ImageId"] == NEW
    small.make_group(1, LaunchTemplate={"LaunchTemplateId": template})
    assert small.scaling.instance(small.ids()[0]).image_id == NEW
