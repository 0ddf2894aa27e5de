"""The dispatch of API calls: what every one goes through before and after moto's front parses and serialises it.

One wrapper at moto's choke point (`BaseResponse.call_action`) serves clients in this process and clients of
`ThreadedMotoServer` alike. A call takes the lock, lets the API's latency pass on the virtual clock, meets the injected
faults, is authorized, meets the limits that AWS enforces, and is answered by our own state where a service is
registered (`serve`), else by moto's. It ends as one `ApiCalled` line of the trace.
"""

import re
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf
from threading import RLock
from typing import Any, ClassVar

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores

from simulator.api.http_codec import UNREADABLE, HttpAnswer, error_code, is_unreadable, parameters, summary
from simulator.api.requests import refusal, unreadable
from simulator.api.stale_reads import Staleness
from simulator.kernel.clock import Clock
from simulator.kernel.events import Bus
from simulator.kernel.random_streams import RandomStreams, Range

SERVER_ERRORS = {
    "InternalError": 500,
    "InternalFailure": 500,
    "InternalServerError": 500,
    "ServerException": 500,
    "ServiceUnavailable": 503,
    "ServiceUnavailableException": 503,
    "Unavailable": 503,
}
"""Codes that AWS sends as 5xx, whatever a service's model says: botocore retries them by the HTTP status
(`botocore/data/_retry.json`, `general_server_error`). Throttling is a 400 that botocore knows by its code."""


class ApiError(ServiceException):
    """An error that the client sees as botocore's ClientError: `ApiError(code, message)`."""


Hook = Callable[[str, str, dict[str, Any]], None]
"""Sees service, operation and request of each call. What it raises kills the caller."""

FUNCTIONS_KEY = "FUNCTIONSOFTHESTACK0"
"""The access key that the stack's functions sign with in the full mode; who signs with another is somebody else."""

Authorizer = Callable[[str, str, dict[str, Any]], tuple[str, str] | None]
"""Code and message of a denial of service, operation and request; None where the caller may."""

Effect = Callable[..., Any]
NOTHING = re.compile(r"(?!)")


@dataclass
class ApiFault:
    """An error injected into the next `times` calls of one operation.

    Before the effect: nothing happened, the error is the answer. `after` the effect: it happened and its reply is
    lost, so a client that retries does it twice. With a `probability` each call is hit or spared by the seed. The
    service and operation `*` stand for all; after the clock's `until` it hits none.
    """

    service: str
    operation: str
    code: str
    times: int = 1
    after: bool = False
    probability: float | None = None
    until: float = inf
    message: str = "Injected by the scenario."

    def fits(self, service: str, operation: str, *, after: bool) -> bool:
        """Whether it is about such a call."""
        return self.after is after and self.service in (service, "*") and self.operation in (operation, "*")


@dataclass(frozen=True)
class ApiCalled:
    """One API call was answered; `error` is the code that the client saw, `target` what it was about."""

    service: str
    operation: str
    target: str
    error: str | None


class ApiDispatch:
    """The one way into the region, for one clock and one seed."""

    _installed: ClassVar[list["ApiDispatch"]] = []
    _moto_call: ClassVar[Any] = BaseResponse.call_action
    _moto_parse: ClassVar[Any] = BaseResponse.parse_parameters

    def __init__(self, clock: Clock, random_streams: RandomStreams, bus: Bus, api_seconds: Range) -> None:
        self.clock = clock
        self.random_streams = random_streams
        self.bus = bus
        self.api_seconds = api_seconds
        self.lock = RLock()
        self.calls: Counter[tuple[str, str]] = Counter()
        self.faults: list[ApiFault] = []
        self.authorize: Authorizer = _allow
        self.staleness: Staleness | None = None
        self.before: list[Hook] = []
        self.after: list[Hook] = []
        self._served: dict[str, object] = {}
        self._refused: dict[str, re.Pattern[str]] = {}

    def serve(self, service: str, api: object, *, refuses: str = r"(?!)") -> None:
        """Answer `service` by `api`: one method per operation, snake_case, the API's parameter names in, its dict out.

        Operations that `api` lacks stay moto's, but for those whose names match `refuses`: they would read or write
        another state than ours, so they are refused by name.
        """
        self._served[service] = api
        self._refused[service] = re.compile(refuses)

    def install(self) -> None:
        """Stand in front of moto. Of several dispatches the one installed last answers."""
        self._installed.append(self)
        BaseResponse.call_action = _call_through_the_newest_dispatch  # type: ignore[assignment, method-assign]
        BaseResponse.parse_parameters = _parse_or_remember  # type: ignore[assignment, method-assign]

    def remove(self) -> None:
        """Step back; the one before this answers again, or moto alone. Removing twice does nothing."""
        if self in self._installed:
            self._installed.remove(self)
        if not self._installed:
            BaseResponse.call_action = ApiDispatch._moto_call  # type: ignore[method-assign]
            BaseResponse.parse_parameters = ApiDispatch._moto_parse  # type: ignore[method-assign]

    def call(self, front: Any) -> HttpAnswer:
        """Answer the one request that moto's `front` holds."""
        with self.lock:
            service, operation = str(front.boto3_service_name), str(front._get_action())
            self._let_time_pass()
            self.calls[service, operation] += 1
            request = parameters(front)
            self._tell(self.before, service, operation, request)
            answer = self._answer(front, service, operation, request)
            self.bus.emit(ApiCalled(service, operation, summary(request), error_code(answer)))
            self._tell(self.after, service, operation, request)
            return answer

    def call_in_process(
        self,
        service: str,
        operation: str,
        request: dict[str, Any],
        effect: Effect,
        *,
        by_function: bool = False,
        beyond_doubt: bool = False,
    ) -> Any:
        """The same for a call that comes without HTTP: the answer as the served API gives it, or ApiError.

        `beyond_doubt`: the caller knows that the operation's model allows the request.
        """
        self._let_time_pass()
        self.calls[service, operation] += 1
        self._tell(self.before, service, operation, request)
        error: ServiceException | None = None
        answer: Any = None
        if refused := self._due(service, operation, after=False):
            error = ApiError(refused.code, refused.message)
        elif by_function and (denied := self.authorize(service, operation, request)):
            error = ApiError(*denied)
        elif broken := refusal(service, operation, request, beyond_doubt=beyond_doubt):
            error = ApiError(broken.code, broken.message)
        else:
            try:
                answer = self._perhaps_stale(service, operation, request, partial(effect, **request))
            except ServiceException as raised:
                error = raised
        if error is None and (lost := self._due(service, operation, after=True)):
            error = ApiError(lost.code, lost.message)
        self.bus.emit(ApiCalled(service, operation, summary(request), error.code if error else None))
        self._tell(self.after, service, operation, request)
        if error is not None:
            raise error
        return answer

    def _perhaps_stale(self, service: str, operation: str, request: dict[str, Any], effect: Callable[[], Any]) -> Any:
        if self.staleness is None:
            return effect()
        now = self.clock.now
        known = self.staleness.before(service, operation, request, now)
        if known is not None:
            return known
        answer = effect()
        self.staleness.remember(service, operation, request, now, answer)
        return answer

    def _tell(self, hooks: list[Hook], service: str, operation: str, request: dict[str, Any]) -> None:
        for hook in hooks:
            hook(service, operation, request)

    def _let_time_pass(self) -> None:
        if self.api_seconds[1] > 0:
            self.clock.advance(self.random_streams.seconds("api", self.api_seconds))

    def _answer(self, front: Any, service: str, operation: str, request: dict[str, Any]) -> HttpAnswer:
        if refused := self._due(service, operation, after=False):
            return _error(front, ApiError(refused.code, refused.message))
        if front.get_access_key() == FUNCTIONS_KEY and (denied := self.authorize(service, operation, request)):
            return _error(front, ApiError(*denied))
        if broken := unreadable(service) if is_unreadable(front) else refusal(service, operation, request):
            return _error(front, ApiError(broken.code, broken.message))
        answer = self._perhaps_stale(
            service, operation, request, lambda: self._effect(front, service, operation, request)
        )
        if error_code(answer) is None and (lost := self._due(service, operation, after=True)):
            return _error(front, ApiError(lost.code, lost.message))
        return answer  # type: ignore[no-any-return]

    def _effect(self, front: Any, service: str, operation: str, request: dict[str, Any]) -> HttpAnswer:
        method = getattr(self._served.get(service), camelcase_to_underscores(operation), None)
        if method is None and self._refused.get(service, NOTHING).search(operation):
            message = f"The simulated region does not have {service}:{operation}."
            return _error(front, ApiError("UnsupportedOperation", message))
        if method is None:
            return ApiDispatch._moto_call(front)  # type: ignore[no-any-return]
        front.RESPONSE_KEY_PATH_TO_TRANSFORMER = {}  # those reshape moto's models; ours are the API's own dicts
        try:
            return _answered(front, method(**request))
        except ServiceException as error:
            return _error(front, error)

    def _due(self, service: str, operation: str, *, after: bool) -> ApiFault | None:
        """The fault that hits this call, counted down; exhausted faults leave the list."""
        for fault in self.faults:
            if not fault.fits(service, operation, after=after) or self.clock.now > fault.until:
                continue
            if fault.probability is not None and self.random_streams.stream("api-fault").random() >= fault.probability:
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.faults.remove(fault)
            return fault
        return None


def _allow(_service: str, _operation: str, _request: dict[str, Any]) -> None:
    return None


def _call_through_the_newest_dispatch(front: Any) -> HttpAnswer:
    return ApiDispatch._installed[-1].call(front)


def _parse_or_remember(front: Any, request: Any) -> None:
    """Parse the request; one that cannot be read has no parameters, and is refused where it is answered."""
    try:
        ApiDispatch._moto_parse(front, request)
    except (TypeError, ValueError, AttributeError):
        front.params = UNREADABLE


def _answered(front: Any, result: object) -> HttpAnswer:
    status, headers, body = front.serialized(ActionResult(result))
    headers, body = front._enrich_response(headers, body)
    return status, headers, body


def _error(front: Any, error: ServiceException) -> HttpAnswer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # moto's, of codes that all services share and no model names
        status, headers, body = _answered(front, error)
    status = SERVER_ERRORS.get(error.code, status)
    headers["status"] = str(status)
    return status, headers, body
