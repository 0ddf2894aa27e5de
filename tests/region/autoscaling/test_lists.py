"""Lists: paged, filtered, newest first where AWS says so."""

import pytest
from botocore.exceptions import ClientError

from tests.region.small_region import SmallRegion


def test_groups_come_in_pages_and_by_tag(small: SmallRegion) -> None:
    template = small.template()
    for number in range(7):
        small.asg.create_auto_scaling_group(
            AutoScalingGroupName=f"group-{number}",
            MinSize=0,
            MaxSize=1,
            LaunchTemplate={"LaunchTemplateId": template},
            VPCZoneIdentifier=small.ec2.subnet_of("a"),
            Tags=[{"Key": "team", "Value": "red" if number % 2 else "blue", "PropagateAtLaunch": False}],
        )
    pages = small.asg.get_paginator("describe_auto_scaling_groups").paginate(PaginationConfig={"PageSize": 3})
    assert [len(page["AutoScalingGroups"]) for page in pages] == [3, 3, 1]
    red = small.asg.describe_auto_scaling_groups(Filters=[{"Name": "tag:team", "Values": ["red"]}])
    assert [each["AutoScalingGroupName"] for each in red["AutoScalingGroups"]] == ["group-1", "group-3", "group-5"]
    tags = small.asg.describe_tags(Filters=[{"Name": "value", "Values": ["blue"]}])["Tags"]
    assert len(tags) == 4


def test_instances_come_in_pages_of_fifty_and_unknown_ids_are_left_out(small: SmallRegion) -> None:
    small.make_group(60, most=100)
    pages = small.asg.get_paginator("describe_auto_scaling_instances").paginate()
    assert [len(page["AutoScalingInstances"]) for page in pages] == [50, 10]
    first = small.ids()[0]
    found = small.asg.describe_auto_scaling_instances(InstanceIds=[first, "i-00000000000000000"])
    (instance,) = found["AutoScalingInstances"]
    assert (instance["InstanceId"], instance["AutoScalingGroupName"]) == (first, "nodes")
    assert instance["HealthStatus"] == "HEALTHY"


def test_activities_come_newest_first_and_in_pages(small: SmallRegion) -> None:
    small.make_group(3)
    small.asg.set_desired_capacity(AutoScalingGroupName="nodes", DesiredCapacity=2)
    small.settle()
    pages = list(
        small.asg.get_paginator("describe_scaling_activities").paginate(
            AutoScalingGroupName="nodes", PaginationConfig={"PageSize": 3}
        )
    )
    assert [len(page["Activities"]) for page in pages] == [3, 1]
    newest = pages[0]["Activities"][0]
    assert newest["Description"].startswith("Terminating EC2 instance")
    assert "shrinking the capacity from 3 to 2" in newest["Cause"]
    since = newest["StartTime"].isoformat()
    later = small.asg.describe_scaling_activities(
        AutoScalingGroupName="nodes", Filters=[{"Name": "StartTimeLowerBound", "Values": [since]}]
    )
    assert [each["ActivityId"] for each in later["Activities"]] == [newest["ActivityId"]]


def test_a_made_up_token_is_refused(small: SmallRegion) -> None:
    with pytest.raises(ClientError) as caught:
        small.asg.describe_auto_scaling_groups(NextToken="made-up")
    assert caught.value.response["Error"]["Code"] == "InvalidNextToken"


def test_what_a_group_does_not_have_is_an_empty_list(small: SmallRegion) -> None:
    small.make_group(1)
    name = {"AutoScalingGroupName": "nodes"}
    assert small.asg.describe_instance_refreshes(**name)["InstanceRefreshes"] == []
    assert small.asg.describe_warm_pool(**name)["Instances"] == []
    assert small.asg.describe_policies(**name)["ScalingPolicies"] == []
    assert small.asg.describe_scheduled_actions(**name)["ScheduledUpdateGroupActions"] == []
    assert small.asg.describe_traffic_sources(**name)["TrafficSources"] == []
