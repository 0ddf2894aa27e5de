"""Amazon CloudWatch's alarms, and Elastic Load Balancing's targets."""

import re

from simulator.api.prose.rule import Refused, Request, Rules

_TARGET_GROUP = re.compile(r"arn:aws[\w-]*:elasticloadbalancing:[\w-]*:\d{12}:targetgroup/[\w-]+/[0-9a-f]+")
PAGING = {"MaxRecords", "NextToken"}
RELATIVES = ("ChildrenOfAlarmName", "ParentsOfAlarmName")


def _target_group(request: Request) -> Refused | None:
    """Elastic Load Balancing API reference, "Common errors"."""
    arn = request["TargetGroupArn"]
    return None if _TARGET_GROUP.fullmatch(arn) else ("ValidationError", f"'{arn}' is not a valid target group ARN")


def _alarms(request: Request) -> Refused | None:
    """Botocore, `DescribeAlarms.AlarmNamePrefix`: "if this parameter is specified, you cannot specify AlarmNames".

    Of the relatives of an alarm: "you cannot specify any other parameters … except for MaxRecords and NextToken".
    """
    for name in RELATIVES:
        if request.get(name) and request.keys() - PAGING - {name}:
            return "ValidationError", f"{name} cannot be specified with other parameters"
    both = request.get("AlarmNames") and request.get("AlarmNamePrefix")
    return ("ValidationError", "AlarmNamePrefix and AlarmNames cannot both be specified") if both else None


RULES: Rules = {
    ("elbv2", "DescribeTargetHealth"): _target_group,
    ("cloudwatch", "DescribeAlarms"): _alarms,
}
