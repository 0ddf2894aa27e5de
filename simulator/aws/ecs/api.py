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


class EcsApi:
    """The operations by boto3's method names; what the region does not simulate it refuses by name (NotSimulated)."""

    def __init__(self, ecs: Ecs) -> None:
        self._ecs = ecs

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        operation = OPERATIONS.get(name)
        if operation is None:
            raise AttributeError(name)
        method = self.__dict__[name] = _operation(self._ecs, operation)
        return method


OPERATIONS = {xform_name(name): name for name in get_service_model("ecs").operation_names}


def _operation(ecs: Ecs, operation: str) -> Callable[..., dict[str, Any]]:
    answer = getattr(ecs, xform_name(operation), None)
    members = inspect.signature(answer).parameters if answer else {}
    takes_any = any(member.kind is inspect.Parameter.VAR_KEYWORD for member in members.values())

    def call(**request: Any) -> dict[str, Any]:
        if answer is None:
            raise NotSimulated(operation)
        unknown = [name for name in request if name not in members and not takes_any]
        if unknown:
            raise NotSimulated(f"{operation} with {unknown[0]}")
        return answer(**request)  # type: ignore[no-any-return]

    return call


def install(ecs: Ecs) -> Callable[[], None]:
    """Answer ECS by `ecs` from now on; call the result to give moto's front back."""
    before = urls.url_paths[PATH]
    urls.url_paths[PATH] = _front(ecs).dispatch

    def undo() -> None:
        urls.url_paths[PATH] = before

    return undo


def _front(ecs: Ecs) -> Any:
    api = EcsApi(ecs)
    methods = {camelcase_to_underscores(name): _method(getattr(api, method)) for method, name in OPERATIONS.items()}
    # moto's transformers reshape its own models; ours are the API's own dicts already
    return type("EcsFront", (EC2ContainerServiceResponse,), {"RESPONSE_KEY_PATH_TO_TRANSFORMER": {}, **methods})


def _method(call: Callable[..., dict[str, Any]]) -> Callable[[Any], Any]:
    def method(front: Any) -> Any:
        return 200, dict(JSON), json.dumps(call(**front.params), default=_timestamp)

    return method


def _timestamp(value: datetime) -> float:
    """ECS's JSON has timestamps as epoch seconds."""
    return value.timestamp()
