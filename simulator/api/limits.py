"""The limits on one call that botocore's models state in prose only, and moto does not enforce.

What the models declare (minima, maxima, enums, patterns) is `requests.py`'s. Every entry below quotes its prose; page
sizes of lists belong to the packages that list.
"""

from collections.abc import Mapping
from typing import Any

ELEMENTS: dict[tuple[str, str], tuple[str, int]] = {
    # ECS, botocore `ecs/2014-11-13`: "A list of up to 100 container instance IDs or full ARN entries."
    ("ecs", "DescribeContainerInstances"): ("containerInstances", 100),
    # "A list of up to 10 container instance IDs or full ARN entries."
    ("ecs", "UpdateContainerInstancesState"): ("containerInstances", 10),
    # "A list of services to describe. You may specify up to 10 services to describe in a single operation."
    ("ecs", "DescribeServices"): ("services", 10),
    # "A list of up to 100 task IDs or full ARN entries."
    ("ecs", "DescribeTasks"): ("tasks", 100),
    # "A list of up to 100 cluster names or full cluster ARN entries."
    ("ecs", "DescribeClusters"): ("clusters", 100),
    # "You can specify up to 10 attributes in a single call." / "... up to 10 attributes for each request."
    ("ecs", "PutAttributes"): ("attributes", 10),
    ("ecs", "DeleteAttributes"): ("attributes", 10),
    # "You can specify up to 10 container instances."
    ("ecs", "StartTask"): ("containerInstances", 10),
    # "Up to 100 capacity providers can be described in an action."
    ("ecs", "DescribeCapacityProviders"): ("capacityProviders", 100),
    # "A list of up to 100 / up to 10 task IDs or full ARN entries."
    ("ecs", "GetTaskProtection"): ("tasks", 100),
    ("ecs", "UpdateTaskProtection"): ("tasks", 10),
    # "You can specify a maximum of 20 ARNs."
    ("ecs", "DescribeServiceDeployments"): ("serviceDeploymentArns", 20),
    ("ecs", "DescribeServiceRevisions"): ("serviceRevisionArns", 20),
    # Auto Scaling, botocore `autoscaling/2011-01-01`: "You can specify up to 50 instances."
    ("autoscaling", "SetInstanceProtection"): ("InstanceIds", 50),
    # "You can specify up to 20 instances."
    ("autoscaling", "DetachInstances"): ("InstanceIds", 20),
    ("autoscaling", "AttachInstances"): ("InstanceIds", 20),
    ("autoscaling", "EnterStandby"): ("InstanceIds", 20),
    ("autoscaling", "ExitStandby"): ("InstanceIds", 20),
    # The same model says: "Array Members: Maximum number of 50 items."
    ("autoscaling", "DescribeAutoScalingInstances"): ("InstanceIds", 50),
    ("autoscaling", "DescribeScalingActivities"): ("ActivityIds", 50),
    # EC2, botocore `ec2/2016-11-15`: "You can specify up to 200 launch template version numbers."
    ("ec2", "DeleteLaunchTemplateVersions"): ("Versions", 200),
    # The same model says: "Constraints: Up to 1000 instance IDs."
    ("ec2", "TerminateInstances"): ("InstanceIds", 1000),
}

NUMBERS: dict[tuple[str, str], tuple[str, int]] = {
    # "The number of instantiations of the specified task to place on your cluster. You can specify up to 10 tasks for
    # each call."
    ("ecs", "RunTask"): ("count", 10),
    # "The default value is 50 and the maximum value is 50." / "... and the maximum value is 100."
    ("autoscaling", "DescribeAutoScalingInstances"): ("MaxRecords", 50),
    ("autoscaling", "DescribeAutoScalingGroups"): ("MaxRecords", 100),
    ("autoscaling", "DescribeScalingActivities"): ("MaxRecords", 100),
    ("autoscaling", "DescribePolicies"): ("MaxRecords", 100),
    ("autoscaling", "DescribeScheduledActions"): ("MaxRecords", 100),
    ("autoscaling", "DescribeNotificationConfigurations"): ("MaxRecords", 100),
    # "This value can be between 1 and 200."
    ("ec2", "DescribeLaunchTemplateVersions"): ("MaxResults", 200),
}


def over_a_documented_limit(service: str, operation: str, request: Mapping[str, Any]) -> str | None:
    """What the request has too much of, as a message; None when it keeps all limits."""
    if limit := ELEMENTS.get((service, operation)):
        member, most = limit
        if len(request.get(member) or ()) > most:
            return f"{member} can have at most {most} items."
    if limit := NUMBERS.get((service, operation)):
        member, most = limit
        if int(request.get(member) or 0) > most:
            return f"{member} must be at most {most}."
    return None
