"""What a request's model refuses, for every action of the handlers, in both modes.

Source: botocore's service models (the constraints), and for the codes each service's API reference, "Common errors" and
"Error codes", and the error shapes of its model.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ParamValidationError
from botocore.model import Shape
from botocore.session import get_session

from simulator.api.patterns import model_pattern
from simulator.simulation import SimulatedRollout
from tests.conformance.regions import GROUP, refused
from workflow.permissions import ACTIONS, UNSEEN

NAMES = {"elasticloadbalancing": "elbv2", "states": "stepfunctions"}
OTHERS = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "states:StartExecution")
CALLED = sorted({action for of_one in ACTIONS.values() for action in of_one} - set(UNSEEN)) + list(OTHERS)

CODES = {
    "autoscaling": {"ValidationError"},
    "cloudwatch": {"ValidationError"},
    "dynamodb": {"ValidationException"},
    "ec2": {"MissingParameter", "InvalidParameterValue", "InvalidLaunchTemplateName.MalformedException"},
    "ecr": {"InvalidParameterException"},
    "ecs": {"InvalidParameterException", "ClientException"},
    "elbv2": {"ValidationError"},
    "events": {"ValidationException"},
    "sns": {"InvalidParameter"},
    "ssm": {"ValidationException"},
    "stepfunctions": {"ValidationException"},
}
LONGEST = 5000
"""Longer values are not made here: a state machine's input may have a million characters."""

NEEDS_CRT = ("EndpointId",)
"""Members that botocore's client cannot send without `botocore[crt]`."""


@dataclass(frozen=True)
class Broken:
    """A request that one constraint of the model forbids."""

    why: str
    request: dict[str, Any]


def valid(shape: Shape) -> Any:
    """The least value that the shape's model allows."""
    kind, facts = shape.type_name, shape.metadata
    if facts.get("enum"):
        return facts["enum"][0]
    least = max(facts.get("min", 1), 1)
    made: dict[str, Callable[[], Any]] = {
        "structure": lambda: {name: valid(shape.members[name]) for name in facts.get("required", ())},  # type: ignore[attr-defined]
        "list": lambda: [valid(shape.member)] * least,  # type: ignore[attr-defined]
        "map": lambda: {"k": valid(shape.value)},  # type: ignore[attr-defined]
        "boolean": lambda: False,
        "string": lambda: "x" * least,
    }
    return made.get(kind, lambda: least)()


def broken(shape: Shape) -> Iterator[Broken]:
    """A request for each constraint of the input's own members, and of the members of those."""
    whole = valid(shape)
    members = shape.members  # type: ignore[attr-defined]
    for name in shape.metadata.get("required", ()):
        if members[name].type_name != "structure":  # EC2 cannot tell an empty one from none
            yield Broken(f"no {name}", {key: item for key, item in whole.items() if key != name})
    for name, member in members.items():
        if name in NEEDS_CRT:
            continue
        for why, value in wrong_values(member):
            yield Broken(f"{name}: {why}", whole | {name: value})
        inner = member.member if member.type_name == "list" else member
        if inner.type_name == "structure" and not member.metadata.get("document"):
            for below, each in inner.members.items():
                for why, value in wrong_values(each):
                    item = valid(inner) | {below: value}
                    yield Broken(f"{name}.{below}: {why}", whole | {name: [item] if inner is not member else item})


def wrong_values(shape: Shape) -> Iterator[tuple[str, Any]]:
    facts, kind = shape.metadata, shape.type_name
    if facts.get("enum") and shape.name not in ("InstanceType", "RequestInstanceType"):
        yield "enum", "no-such-value"
    if "max" in facts and kind == "string" and facts["max"] < LONGEST:
        yield "too long", "x" * (facts["max"] + 1)
    if "max" in facts and kind in ("integer", "long"):
        yield "too large", facts["max"] + 1
    if facts.get("min", 0) > 0 and kind in ("integer", "long"):
        yield "too small", facts["min"] - 1
    if "max" in facts and kind == "list" and facts["max"] < LONGEST:
        yield "too many", [valid(shape.member)] * (facts["max"] + 1)  # type: ignore[attr-defined]


@pytest.mark.parametrize("action", CALLED)
def test_each_constraint_of_the_model_is_refused_in_the_services_own_form(
    shared_region: SimulatedRollout, action: str
) -> None:
    prefix, operation = action.split(":")
    service = NAMES.get(prefix, prefix)
    shape = get_session().get_service_model(service).operation_model(operation).input_shape
    cases = list(broken(shape))
    for case in cases:
        code, message = refused(shared_region, service, xform_name(operation), case.request)
        assert code in CODES[service], f"{action}, {case.why}: {code or 'taken'} {message[:200]}"


@pytest.mark.parametrize(
    ("service", "method", "request_", "code"),
    [
        # botocore, XmlStringMaxLen255: the characters that XML has
        ("autoscaling", "describe_lifecycle_hooks", {"AutoScalingGroupName": "a\x01"}, "ValidationError"),
        # botocore, LaunchTemplateName; EC2 API reference, "Error codes"
        (
            "ec2",
            "describe_launch_template_versions",
            {"LaunchTemplateName": "a b", "Versions": ["1"]},
            "InvalidLaunchTemplateName.MalformedException",
        ),
        # botocore, RepositoryName
        ("ecr", "batch_get_image", {"repositoryName": "Web", "imageIds": []}, "InvalidParameterException"),
        # botocore, PutParameterRequest.AllowedPattern and TagKey
        (
            "ssm",
            "put_parameter",
            {"Name": "a", "Value": "1", "Tags": [{"Key": "*", "Value": "x"}]},
            "ValidationException",
        ),
    ],
)
def test_a_pattern_of_the_model_holds(
    shared_region: SimulatedRollout, service: str, method: str, request_: dict[str, Any], code: str
) -> None:
    assert refused(shared_region, service, method, request_)[0] == code


def test_every_pattern_of_the_called_actions_is_one_that_is_held() -> None:
    def patterns(shape: Shape, seen: set[str]) -> Iterator[str]:
        if shape.name in seen:
            return
        seen.add(shape.name)
        if "pattern" in shape.metadata:
            yield shape.metadata["pattern"]
        for inner in (
            *getattr(shape, "members", {}).values(),
            *(getattr(shape, key, None) for key in ("member", "key", "value")),
        ):
            if inner is not None:
                yield from patterns(inner, seen)

    for action in CALLED:
        prefix, operation = action.split(":")
        model = get_session().get_service_model(NAMES.get(prefix, prefix)).operation_model(operation)
        for pattern in patterns(model.input_shape, set()):
            model_pattern(pattern)


@pytest.mark.parametrize(
    ("service", "method", "request_", "code"),
    [
        ("ecs", "describe_clusters", {"clusters": [7]}, "SerializationException"),
        (
            "autoscaling",
            "set_desired_capacity",
            {"AutoScalingGroupName": GROUP, "DesiredCapacity": "x"},
            "MalformedInput",
        ),
        ("ec2", "describe_images", {"MaxResults": "many"}, "InvalidParameterValue"),
        ("ecs", "update_service", {"service": "web", "desiredCount": "two"}, "SerializationException"),
        ("dynamodb", "get_item", {"TableName": "x", "Key": {}, "ConsistentRead": "yes"}, "SerializationException"),
    ],
)
def test_a_value_of_another_type_cannot_be_read(
    shared_region: SimulatedRollout, service: str, method: str, request_: dict[str, Any], code: str
) -> None:
    """AWS JSON protocol (Smithy's documentation, "AWS JSON 1.1", SerializationException)."""
    assert refused(shared_region, service, method, request_)[0] == code


@pytest.mark.parametrize(
    ("service", "method", "request_"),
    [
        ("ecs", "describe_services", {}),
        ("ecs", "describe_services", {"services": ["web"], "colour": "blue"}),
        ("ecs", "update_service", {"service": "web", "desiredCount": "2"}),
        ("autoscaling", "describe_lifecycle_hooks", {"AutoScalingGroupName": ""}),
        ("autoscaling", "describe_auto_scaling_groups", {"MaxRecords": 1.5}),
        ("ec2", "describe_images", {"ImageIds": "ami-1"}),
    ],
)
def test_what_boto3_does_not_even_send_the_in_process_client_does_not_either(
    shared_region: SimulatedRollout, service: str, method: str, request_: dict[str, Any]
) -> None:
    """botocore.validate: required members, minima, types and unknown members; nothing reaches the region."""
    before = shared_region.dispatch.calls.total()
    with pytest.raises(ParamValidationError):
        getattr(shared_region.client(service), method)(**request_)
    assert shared_region.dispatch.calls.total() == before
