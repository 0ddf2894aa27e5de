"""Our ECS behind moto's front: moto parses the request by botocore's model, we answer.

The answers are the API's own members, so they are written as JSON right here; through moto's serialiser a description
of 100 instances takes 16 ms, which was half of a rollout's wall time. Errors are still moto's to serialise.

A subclass of moto's response class has one method for each operation that AWS's ECS has, and stands in
`moto.ecs.urls.url_paths`, which mock_aws and ThreadedMotoServer read alike. No operation falls to moto's own state.
"""

import inspect
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from botocore import xform_name
from moto.core.utils import camelcase_to_underscores, get_service_model
from moto.ecs import urls
from moto.ecs.responses import EC2ContainerServiceResponse

from simulator.aws.ecs.ecs import Ecs
from simulator.aws.ecs.errors import NotSimulated

PATH = "{0}/$"
JSON = {"Content-Type": "application/x-amz-json-1.1"}


def install(ecs: Ecs) -> Callable[[], None]:
    """Answer ECS by `ecs` from now on; call the result to give moto's front back."""
    before = urls.url_paths[PATH]
    urls.url_paths[PATH] = _front(ecs).dispatch

    def undo() -> None:
        urls.url_paths[PATH] = before

    return undo


def _front(ecs: Ecs) -> Any:
    operations = get_service_model("ecs").operation_names
    methods = {camelcase_to_underscores(name): _method(ecs, name) for name in operations}
    # moto's transformers reshape its own models; ours are the API's own dicts already
    return type("EcsFront", (EC2ContainerServiceResponse,), {"RESPONSE_KEY_PATH_TO_TRANSFORMER": {}, **methods})


def _method(ecs: Ecs, operation: str) -> Callable[[Any], Any]:
    answer = getattr(ecs, xform_name(operation), None)
    members = inspect.signature(answer).parameters if answer else {}
    takes_any = any(member.kind is inspect.Parameter.VAR_KEYWORD for member in members.values())

    def method(front: Any) -> Any:
        if answer is None:
            raise NotSimulated(operation)
        unknown = [name for name in front.params if name not in members and not takes_any]
        if unknown:
            raise NotSimulated(f"{operation} with {unknown[0]}")
        return 200, dict(JSON), json.dumps(answer(**front.params), default=_timestamp)

    return method


def _timestamp(value: datetime) -> float:
    """ECS's JSON has timestamps as epoch seconds."""
    return value.timestamp()
