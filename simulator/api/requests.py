"""Requests against botocore's service models: what AWS refuses before it looks at any resource.

A client of botocore's sees to types, required members, minima and unknown members by itself (`botocore.validate`), and
to nothing else; a service looks at all of it, and at enums, maxima and patterns too. Whatever the model says holds for
every service that the handlers call, in both modes. The words are those of the framework that most services share ("1
validation error detected: Value 'x' at 'y' failed to satisfy constraint: Member must …"), the codes each service's own.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any

from botocore.model import OperationModel, OperationNotFoundError, Shape
from moto.core.utils import get_service_model

from simulator.api.acceptance import Check, compiled
from simulator.api.limits import over_a_documented_limit
from simulator.api.patterns import model_pattern
from simulator.api.prose.rules import refused_in_prose

CODES = {
    "autoscaling": "ValidationError",
    "cloudwatch": "ValidationError",
    "dynamodb": "ValidationException",
    "ec2": "InvalidParameterValue",
    "ecr": "InvalidParameterException",
    "ecs": "InvalidParameterException",
    "elbv2": "ValidationError",
    "events": "ValidationException",
    "sns": "InvalidParameter",
    "ssm": "ValidationException",
    "stepfunctions": "ValidationException",
}
"""The code each service answers an invalid parameter with (its API reference, "Common errors", and its model's error
shapes). Only the requests of these services, which are those that the handlers call, are held against their models."""

# botocore says of the call: "If you exceed your maximum limit of instance IDs, which is 50 … the call fails."
CODES_OF_LIMITS = {("autoscaling", "SetInstanceProtection"): "LimitExceeded"}
CODES_OF_OPERATIONS = {
    # ECS answers all that is wrong in a task definition so (fabfuel/ecs-deploy issue 146, among many)
    ("ecs", "RegisterTaskDefinition"): "ClientException",
}
CODES_OF_SHAPES = {
    # EC2 API reference, "Error codes": ids and names of launch templates have codes of their own
    ("ec2", "LaunchTemplateName"): "InvalidLaunchTemplateName.MalformedException",
}
NOT_HELD = {
    # "The parameters are not fully validated when you create a launch template" (EC2 user guide); AWS has newer types
    # than any botocore, and names each one by its own code where it does look: InvalidInstanceType.
    ("ec2", "InstanceType"),
    # The same in DescribeInstanceTypes.
    ("ec2", "RequestInstanceType"),
}
"""Enums by service and shape that this does not look at."""

JSON = ("json",)
WRONG_TYPE = {"ec2": "InvalidParameterValue", "sns": "InvalidParameter"}
"""A value of another type: JSON services fail to deserialize it, query services call the input malformed."""

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "structure": (dict,),
    "map": (dict,),
    "list": (list, tuple),
    "blob": (bytes, bytearray, str),
    "timestamp": (datetime, str, int, float),
}

_UNPRINTABLE = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Kind(Enum):
    """What is wrong with a value."""

    MISSING = "missing"
    TYPE = "type"
    INVALID = "invalid"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where (`launchTemplateData.tags.1.member.key`), what, and of which shape."""

    kind: Kind
    path: str
    words: str
    shape: str
    value: Any = None


@dataclass(frozen=True)
class Refusal:
    """The error that the service answers: its code and its message."""

    code: str
    message: str


def refusal(service: str, operation: str, request: Mapping[str, Any], *, beyond_doubt: bool = False) -> Refusal | None:
    """What the service answers a request that its model, or a documented limit, does not allow; None where both do.

    `beyond_doubt`: the operation's acceptor has passed it already.
    """
    if service not in CODES:
        return None
    accepted = beyond_doubt or acceptor(service, operation)(request)
    if not accepted and (problems := problems_of(service, operation, request)):
        return _refused(service, operation, problems)
    if limit := over_a_documented_limit(service, operation, request):
        return Refusal(CODES_OF_LIMITS.get((service, operation)) or _code(service, operation), limit)
    found = refused_in_prose(service, operation, request)
    return Refusal(*found) if found else None


def unreadable(service: str) -> Refusal:
    """What the service answers a request in which something cannot be read as what its model says it is."""
    if service in WRONG_TYPE:
        return Refusal(WRONG_TYPE[service], "A value of the request is of another type")
    protocol = str(get_service_model(service).metadata["protocol"])
    code = "SerializationException" if protocol in JSON else "MalformedInput"
    return Refusal(code, "A value of the request is of another type")


@cache
def operation_model(service: str, operation: str) -> OperationModel | None:
    """The operation as botocore knows it; None where it does not."""
    try:
        model: OperationModel = get_service_model(service).operation_model(operation)
    except OperationNotFoundError:
        return None
    return model


@cache
def acceptor(service: str, operation: str) -> Check:
    """Whether a request of the operation is beyond doubt: then neither botocore nor the service finds fault with it."""
    model = operation_model(service, operation)
    return compiled(model.input_shape) if model and model.input_shape else lambda _request: False


def problems_of(service: str, operation: str, request: Mapping[str, Any]) -> list[Problem]:
    """What the operation's model finds wrong with the request, in its order."""
    model = operation_model(service, operation)
    return list(_of_structure(service, model.input_shape, request, "")) if model and model.input_shape else []


def _of_structure(service: str, shape: Shape, value: Mapping[str, Any], path: str) -> Iterator[Problem]:
    members: dict[str, Shape] = shape.members  # type: ignore[attr-defined]
    for name in shape.metadata.get("required", ()):
        if value.get(name) is None and not _is_invisible(service, members[name]):
            yield Problem(Kind.MISSING, _join(path, name), "Member must not be null", members[name].name)
    for name, item in value.items():
        if name not in members:
            yield Problem(Kind.UNKNOWN, _join(path, name), "The parameter is not recognized", "", item)
        elif item is not None:
            yield from _of_value(service, members[name], item, _join(path, name))


def _is_invisible(service: str, shape: Shape) -> bool:
    """EC2's protocol writes an empty structure as nothing at all, so there it cannot be told from a missing one."""
    return service == "ec2" and shape.type_name == "structure"


def _of_value(service: str, shape: Shape, value: Any, path: str) -> Iterator[Problem]:
    kind = shape.type_name
    wrong = not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")
    if wrong:
        yield Problem(Kind.TYPE, path, f"a {kind} is expected", shape.name, value)
        return
    for words in _constraints(service, shape, value):
        yield Problem(Kind.INVALID, path, words, shape.name, value)
    if kind == "structure":
        yield from _of_structure(service, shape, value, path)
    elif kind == "list":
        for number, item in enumerate(value, 1):
            yield from _of_value(service, shape.member, item, f"{path}.{number}.member")  # type: ignore[attr-defined]
    elif kind == "map":
        for key, item in value.items():
            yield from _of_value(service, shape.key, key, f"{path}.key")  # type: ignore[attr-defined]
            yield from _of_value(service, shape.value, item, f"{path}.{key}.member")  # type: ignore[attr-defined]


def _constraints(service: str, shape: Shape, value: Any) -> Iterator[str]:
    metadata = shape.metadata
    if not metadata:
        return
    measured = "value" if isinstance(value, (int, float)) else "length"
    size = value if measured == "value" else len(value) if hasattr(value, "__len__") else 0
    if "min" in metadata and size < metadata["min"]:
        yield f"Member must have {measured} greater than or equal to {metadata['min']}"
    if "max" in metadata and size > metadata["max"]:
        yield f"Member must have {measured} less than or equal to {metadata['max']}"
    if "pattern" in metadata and isinstance(value, str) and not model_pattern(metadata["pattern"]).fullmatch(value):
        yield f"Member must satisfy regular expression pattern: {metadata['pattern']}"
    known = metadata.get("enum")
    if known and value not in known and (service, shape.name) not in NOT_HELD:
        yield f"Member must satisfy enum value set: [{', '.join(known)}]"


def _join(path: str, name: str) -> str:
    """The framework writes members as Java does, with a small letter."""
    name = name[:1].lower() + name[1:]
    return f"{path}.{name}" if path else name


def _refused(service: str, operation: str, problems: list[Problem]) -> Refusal:
    first = problems[0]
    if (service, first.shape) in CODES_OF_SHAPES and first.kind is Kind.INVALID:
        return Refusal(CODES_OF_SHAPES[service, first.shape], f"{first.words}: {first.value}")
    if first.kind is Kind.TYPE and service not in WRONG_TYPE:
        return _malformed(service, first)
    write = {"ec2": _ec2, "ecr": _ecr, "sns": _sns}.get(service)
    return write(first) if write else Refusal(_code(service, operation), _words(problems))


def _words(problems: list[Problem]) -> str:
    several = "errors" if len(problems) > 1 else "error"
    listed = "; ".join(
        f"Value {_shown(each)} at '{each.path}' failed to satisfy constraint: {each.words}" for each in problems
    )
    return f"{len(problems)} validation {several} detected: {listed}"


def _shown(problem: Problem) -> str:
    value = problem.value
    if value is None:
        return "null"
    text = f"[{', '.join(map(str, value))}]" if isinstance(value, (list, tuple)) else str(value)
    return f"'{_UNPRINTABLE.sub('?', text)}'"  # an answer in XML can carry no other characters


def _malformed(service: str, problem: Problem) -> Refusal:
    return Refusal(unreadable(service).code, f"{problem.path}: {problem.words}")


def _ec2(problem: Problem) -> Refusal:
    """EC2 writes members as they are, and names them one at a time (EC2 API reference, "Error codes")."""
    name = ".".join(part[:1].upper() + part[1:] for part in problem.path.split(".") if part != "member")
    if problem.kind is Kind.MISSING:
        return Refusal("MissingParameter", f"The request must contain the parameter {name}")
    if problem.kind is Kind.UNKNOWN:
        return Refusal("UnknownParameter", f"The parameter {name} is not recognized")
    return Refusal("InvalidParameterValue", f"Invalid value {_shown(problem)} for {name}. {problem.words}")


def _ecr(problem: Problem) -> Refusal:
    words = f"Invalid parameter at '{problem.path}' failed to satisfy constraint: '{problem.words}'"
    return Refusal("InvalidParameterException", words)


def _sns(problem: Problem) -> Refusal:
    name = problem.path[:1].upper() + problem.path[1:]
    return Refusal("InvalidParameter", f"Invalid parameter: {name}")


def _code(service: str, operation: str) -> str:
    return CODES_OF_OPERATIONS.get((service, operation)) or CODES[service]
