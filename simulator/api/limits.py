"""The limits that AWS enforces on one call and moto does not.

Two kinds: the maxima that botocore's models declare (botocore itself checks minima only) and those that the models
state in prose. Every entry below quotes its prose; page sizes of lists belong to the packages that list.
"""

from collections.abc import Iterator
from typing import Any

from botocore.model import OperationNotFoundError
from moto.core.utils import get_service_model

Violation = tuple[str, str]
"""Error code and message."""

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
    # "This value can be between 1 and 200."
    ("ec2", "DescribeLaunchTemplateVersions"): ("MaxResults", 200),
}

CODES = {
    "autoscaling": "ValidationError",
    "cloudwatch": "ValidationError",
    "ec2": "InvalidParameterValue",
    "ecs": "InvalidParameterException",
    "sns": "InvalidParameter",
}
"""The code each service answers an invalid parameter with; the others say ValidationException."""

LIMIT_EXCEEDED = {("autoscaling", "SetInstanceProtection"): "LimitExceeded"}
"""SetInstanceProtection names LimitExceededFault for its 50: "If you exceed your maximum limit of instance IDs,
which is 50 per Auto Scaling group, the call fails." (botocore)"""


def violated(service: str, operation: str, request: dict[str, Any]) -> Violation | None:
    """The first limit that the request breaks, as error code and message; None when it keeps them all."""
    code = LIMIT_EXCEEDED.get((service, operation)) or CODES.get(service, "ValidationException")
    for message in _broken(service, operation, request):
        return code, message
    return None


def _broken(service: str, operation: str, request: dict[str, Any]) -> Iterator[str]:
    if limit := ELEMENTS.get((service, operation)):
        member, most = limit
        if len(request.get(member) or ()) > most:
            yield f"{member} can have at most {most} items."
    if limit := NUMBERS.get((service, operation)):
        member, most = limit
        if int(request.get(member) or 0) > most:
            yield f"{member} must be at most {most}."
    if (shape := _input_shape(service, operation)) is not None:
        yield from _over_the_model(shape, request, "")


def _input_shape(service: str, operation: str) -> Any:
    try:
        return get_service_model(service).operation_model(operation).input_shape
    except OperationNotFoundError:
        return None


def _over_the_model(shape: Any, value: Any, path: str) -> Iterator[str]:
    """Each place below `value` that is over the maximum its shape declares: characters, items or the number itself."""
    most = shape.metadata.get("max")
    if most is not None and _size(value) > most:
        yield f"Value at '{path}' failed to satisfy constraint: it must be at most {most}."
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, item in value.items():
            if name in shape.members and item is not None:
                yield from _over_the_model(shape.members[name], item, f"{path}.{name}" if path else name)
    elif shape.type_name == "list" and isinstance(value, list):
        for item in value:
            yield from _over_the_model(shape.member, item, path)


def _size(value: Any) -> float:
    if isinstance(value, (str, bytes, list, dict)):
        return len(value)
    return float(value) if isinstance(value, (int, float)) else 0.0
