"""In-process clients: boto3's interface, retries, errors and pages over the dispatch, without its HTTP stack.

What boto3 refuses before it sends anything (`botocore.validate`), and the tokens that it fills in, are botocore's own.
"""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple

from botocore.exceptions import ClientError
from botocore.handlers import generate_idempotent_uuid
from botocore.model import OperationModel
from botocore.paginate import Paginator
from botocore.retries.standard import RetryQuotaChecker, ThrottledRetryableChecker
from botocore.validate import validate_parameters
from moto.core.exceptions import ServiceException

from simulator.api.acceptance import Check
from simulator.api.clients import client as boto3_client
from simulator.api.dispatch import SERVER_ERRORS, ApiDispatch
from simulator.api.requests import acceptor
from simulator.kernel.clock import Clock

ATTEMPTS = 8  # handlers/runtime/clients.py asks for so many
THROTTLED = frozenset(ThrottledRetryableChecker._THROTTLED_ERROR_CODES)  # type: ignore[attr-defined]
BACKOFF_AT_MOST = 20.0  # botocore's ExponentialBackoff: seconds; the next two are its scales
THROTTLING_SCALE, SCALE, DYNAMODB_SCALE = 1.0, 0.05, 0.025
QUOTA = 500
RETRY_COST: int = RetryQuotaChecker._RETRY_COST  # type: ignore[attr-defined]
THROTTLING_COST: int = RetryQuotaChecker._THROTTLING_RETRY_COST  # type: ignore[attr-defined]
UNASKED: int = RetryQuotaChecker._NO_RETRY_INCREMENT  # type: ignore[attr-defined]
"""What a success gives back that took no retry; one that took some gives back what the last of them cost."""


BOTO3_NAMES = {"states": "stepfunctions"}


class Operation(NamedTuple):
    """What every client of a service knows of one of its methods."""

    name: str
    model: OperationModel
    fills_in: bool  # a token that makes it idempotent
    beyond_doubt: Check


@cache
def operation_of(service: str, method: str, region: str) -> Operation | None:
    """The operation behind a method of boto3's client of the service; None where it has none of that name."""
    like = boto3_client(BOTO3_NAMES.get(service, service), region)
    name = like.meta.method_to_api_mapping.get(method)
    if name is None:
        return None
    model = like.meta.service_model.operation_model(name)
    return Operation(name, model, bool(model.idempotent_members), acceptor(service, name))


@cache
def _pages_of(service: str, method: str, region: str) -> "Paginator[Any]":
    """Botocore's own paginator of a method."""
    return boto3_client(BOTO3_NAMES.get(service, service), region).get_paginator(method)  # type: ignore[no-any-return]


class InProcessClient:
    """One service's client. `api` has a method per operation, snake_case; `service` is the dispatch's name of it."""

    def __init__(self, service: str, api: object, dispatch: ApiDispatch, clock: Clock, region: str) -> None:
        self._service, self._api, self._dispatch, self._clock = service, api, dispatch, clock
        self._like = boto3_client(BOTO3_NAMES.get(service, service), region)
        self._quota = QUOTA
        self._paginators: dict[str, Paginator[Any]] = {}
        self.exceptions = self._like.exceptions
        self.meta = SimpleNamespace(region_name=region, service_model=self._like.meta.service_model)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = operation_of(self._service, name, self.meta.region_name)
        if operation is None:
            raise AttributeError(name)
        operation_name, model, fills_in, beyond_doubt = operation
        effect = getattr(self._api, name)

        def call(**request: Any) -> Any:
            if fills_in:
                generate_idempotent_uuid(request, model)
            sound = beyond_doubt(request)
            if not sound:
                validate_parameters(request, model.input_shape)  # type: ignore[arg-type]
            return self._persistent(operation_name, effect, request, sound=sound)

        self.__dict__[name] = call
        return call

    def get_paginator(self, name: str) -> "Paginator[Any]":
        """Botocore's own, over the in-process method."""
        if name not in self._paginators:
            like = _pages_of(self._service, name, self.meta.region_name)
            self._paginators[name] = Paginator(getattr(self, name), like._pagination_cfg, like._model)  # type: ignore[attr-defined]
        return self._paginators[name]

    def _persistent(self, operation: str, effect: Callable[..., Any], request: dict[str, Any], *, sound: bool) -> Any:
        """As botocore's standard retry mode does it, in virtual time."""
        cost = UNASKED
        for attempt in range(ATTEMPTS):
            try:
                answer = self._dispatch.call_in_process(
                    self._service, operation, request, effect, by_function=True, beyond_doubt=sound
                )
            except ServiceException as error:
                paid = self._again(str(error.code), attempt) if attempt + 1 < ATTEMPTS else 0
                if not paid:
                    raise self._error(operation, error) from None
                cost = paid
            else:
                self._quota = min(QUOTA, self._quota + cost)
                return plain(answer)
        raise AssertionError(operation)

    def _again(self, code: str, attempt: int) -> int:
        """What another attempt costs, after the wait for it; 0 where there is to be none."""
        throttled = code in THROTTLED
        cost = THROTTLING_COST if throttled else RETRY_COST
        if not (throttled or code in SERVER_ERRORS) or self._quota < cost:
            return 0
        self._quota -= cost
        slow = DYNAMODB_SCALE if self._service == "dynamodb" else SCALE
        scale = THROTTLING_SCALE if throttled else slow
        self._clock.advance(random.random() * min(scale * 2**attempt, BACKOFF_AT_MOST))
        return cost

    def _error(self, operation: str, error: ServiceException) -> ClientError:
        kind = self.exceptions.from_code(error.code)
        said = {"Error": {"Code": error.code, "Message": error.message}, "ResponseMetadata": {}}
        return kind(said, operation)  # type: ignore[no-any-return]


AS_IT_IS = frozenset((str, int, float, bool))


def plain(value: Any) -> Any:
    """An answer as botocore would parse it: a copy without empty members, text as text, times as aware datetimes."""
    if isinstance(value, dict):
        made = dict(value)
        for key, item in value.items():
            if item is None:
                del made[key]
            elif type(item) not in AS_IT_IS:
                made[key] = plain(item)
        return made
    if isinstance(value, (list, tuple)):
        return [item if type(item) in AS_IT_IS else plain(item) for item in value]
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value
