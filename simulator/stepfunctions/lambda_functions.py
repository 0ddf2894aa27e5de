"""The handlers, loaded from the packaged asset and invoked as Lambda would.

Only our own code comes from the asset: what it depends on is there built for arm64, so boto3 and powertools are taken
from the environment, in the same versions (one lock file). An exception's class name becomes the error that Retry and
Catch match, and Lambda's JSON its cause.
"""

import importlib
import json
import os
import sys
import sysconfig
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import get_ident
from types import ModuleType, TracebackType
from typing import Any
from unittest.mock import patch

from aws_lambda_powertools.metrics import base
from aws_lambda_powertools.metrics.provider.cloudwatch_emf import cloudwatch

from simulator.stepfunctions.deployed_stack import Function
from simulator.stepfunctions.template_resolver import ACCOUNT

OURS = "handlers"
TASK_ROOT = "/var/task"  # where Lambda unpacks the asset
LIBRARY = "/var/lang/lib/python" + sysconfig.get_python_version()
REMAINING_MILLISECONDS = 300_000
REQUEST = "00000000-0000-0000-0000-000000000000"
MarshalError = type("Runtime.MarshalError", (Exception,), {})
Handler = Callable[[dict[str, Any], object], object]
Hook = Callable[[str, dict[str, Any]], None]


class Killed(BaseException):
    """The function's process dies in the middle of its work: out of memory, or at its time-out."""

    def __init__(self, error: str = "Runtime.ExitError", why: str = "Runtime exited with signal: killed") -> None:
        super().__init__(why)
        self.error = error


class InvocationRefused(Exception):
    """Lambda itself answers an Invoke with an error: no function has run. `error` is what Retry and Catch match.

    The cause is prose, not a function's JSON: AWS recorded so of a function that does not exist (2023-06).
    """

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause


@dataclass(frozen=True)
class LambdaContext:
    """Lambda's context, as far as it makes sense here."""

    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """As at the start of an invocation: no virtual time-out is kept here."""
        return REMAINING_MILLISECONDS


class Logs:
    """What the handlers print: powertools' log lines and metrics, as text lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, text: str) -> int:
        """Keep a line."""
        if text.strip():
            self.lines.append(text.rstrip("\n"))
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""


LOGS = Logs()


class Functions:
    """The functions of a deployment. `before` and `after` hooks see the function's name and its event.

    `refusals` are what Lambda itself answers to the next calls of a Task, one each.
    What a `before` hook raises is the function's error and nothing was done; an `after` hook's comes when all was.
    """

    def __init__(self, functions: tuple[Function, ...]) -> None:
        self._by_arn = {function.arn: function for function in functions}
        self.handlers: dict[str, Handler] = {function.name: _entrance(function) for function in functions}
        self.refusals: deque[InvocationRefused] = deque()
        self.before: list[Hook] = []
        self.after: list[Hook] = []
        self.may_invoke: Callable[[str], bool] = lambda _arn: True  # whether the state machine's role allows it
        self.invocations = 0
        self.running: list[Function] = []  # those that run now, innermost last
        self._threads: list[int] = []  # in which each of them runs

    @contextmanager
    def environment(self) -> Iterator[None]:
        """The process has the functions' environment; they share all of it but for what is theirs."""
        shared = {key: value for function in self._by_arn.values() for key, value in function.environment.items()}
        LOGS.lines.clear()
        with patch.dict(os.environ, shared):
            for asset in {function.asset for function in self._by_arn.values()}:
                _modules(asset)["handlers.runtime.clients"].build_clients.cache_clear()
            yield

    @property
    def running_here(self) -> Function | None:
        """The function that runs in this thread."""
        return self.running[-1] if self.running and self._threads[-1] == get_ident() else None

    def bind(self, function: Function, handler: Handler) -> None:
        """Have `handler` answer for a function that has no asset, or instead of its asset's."""
        self._by_arn[function.arn] = function
        self.handlers[function.name] = handler

    def call(self, arn: str, body: bytes) -> tuple[Any, str | None]:
        """The same for a Task, which waits for the answer. Raises InvocationRefused."""
        if not self.may_invoke(arn):
            raise denied(arn)
        if self.refusals:
            raise self.refusals.popleft()
        return self.invoke(arn, body)

    def invoke(self, arn: str, body: bytes) -> tuple[Any, str | None]:
        """The answer of the function and None, or Lambda's error object and the error's class name.

        Raises InvocationRefused where there is no such function.
        """
        function = self.of(arn)
        self.invocations += 1
        request = f"request-{self.invocations:06}"
        context = LambdaContext(function.name, arn, function.memory, request)
        event = json.loads(body)
        self.running.append(function)
        self._threads.append(get_ident())
        try:
            for hook in self.before:
                hook(function.name, event)
            answer = _marshalled(self.handlers[function.name](event, context))
            for hook in self.after:
                hook(function.name, event)
        except Killed as death:
            return {"errorMessage": f"RequestId: {request} Error: {death}", "errorType": death.error}, death.error
        except Exception as error:  # noqa: BLE001  whatever a handler raises is Lambda's answer
            return _failure(error, request, function.asset), type(error).__name__
        finally:
            self.running.pop()
            self._threads.pop()
        return answer, None

    def of(self, arn: str) -> Function:
        """The function, of its ARN or a version's. Raises InvocationRefused where there is none."""
        function = self._by_arn.get(unqualified(arn))
        if function is None:
            raise _not_found(arn)
        return function

    def arn_of(self, name: str) -> str:
        """The ARN of a function."""
        return next(arn for arn, function in self._by_arn.items() if function.name == name)


def refused(code: str, status: int, message: str) -> InvocationRefused:
    """Lambda's answer as Step Functions tells it."""
    why = f"Service: AWSLambda; Status Code: {status}; Error Code: {code}; Request ID: {REQUEST}; Proxy: null"
    return InvocationRefused(f"Lambda.{code}", f"{message} ({why})")


def denied(arn: str) -> InvocationRefused:
    """Lambda's answer to a role that may not invoke the function, as Step Functions tells it."""
    said = (
        f"The state machine's role is not authorized to perform: lambda:InvokeFunction on resource: {arn} "
        "because no identity-based policy allows the lambda:InvokeFunction action"
    )
    return InvocationRefused("Lambda.AWSLambdaException", refused("AccessDeniedException", 403, said).cause)


def _not_found(arn: str) -> InvocationRefused:
    whole = arn if ":" in arn else f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{arn}"
    return refused("ResourceNotFoundException", 404, f"Function not found: {whole}:$LATEST")


def unqualified(arn: str) -> str:
    """A function's ARN without its version: there is one of each here."""
    return ":".join(arn.split(":")[:7])


def _marshalled(answer: object) -> Any:
    try:
        return json.loads(json.dumps(answer))
    except (TypeError, ValueError) as error:
        raise MarshalError(f"Unable to marshal response: {error}") from error


def _failure(error: Exception, request: str, asset: Path) -> dict[str, Any]:
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": request,
        "stackTrace": _stack_trace(error.__traceback__, asset),
    }


def _stack_trace(raised: TracebackType | None, asset: Path) -> list[str]:
    """All frames but this module's own, under the paths that they have in Lambda: the same on every machine."""
    frames = [frame for frame in traceback.extract_tb(raised) if frame.filename != __file__]
    there = [(_path_in_lambda(frame.filename, asset), frame.lineno or 0, frame.name, frame.line) for frame in frames]
    return traceback.StackSummary.from_list(there).format()


def _path_in_lambda(filename: str, asset: Path) -> str:
    path = os.path.normpath(filename)
    for here, there in _roots(asset):
        if path.startswith(here + os.sep):
            return there + path.removeprefix(here)
    return f"{TASK_ROOT}/{Path(path).name}"


@cache
def _roots(asset: Path) -> tuple[tuple[str, str], ...]:
    """Folders of this machine, and where they lie in Lambda."""
    return (
        (str(asset.resolve()), TASK_ROOT),
        (os.path.normpath(asset), TASK_ROOT),
        (sysconfig.get_path("purelib"), TASK_ROOT),
        (sysconfig.get_path("stdlib"), LIBRARY),
    )


def _entrance(function: Function) -> Handler:
    module, _, name = function.handler.rpartition(".")
    loaded = _modules(function.asset, module)[module]
    return getattr(loaded, name)  # type: ignore[no-any-return]


_LOADED: dict[Path, dict[str, ModuleType]] = {}


def _modules(asset: Path, wanted: str = "handlers.runtime.clients") -> dict[str, ModuleType]:
    """Our modules from `asset`, kept apart from a `handlers` package that the process may have imported itself."""
    mine = _LOADED.setdefault(asset.resolve(), {})
    if wanted not in mine:
        with _apart(asset, mine):
            importlib.import_module(wanted)
    return mine


def loaded_modules() -> list[dict[str, ModuleType]]:
    """Our modules of every asset that was loaded, by name: for tests that plant bugs in them."""
    return list(_LOADED.values())


def loaded_clients(asset: Path) -> ModuleType:
    """The asset's `handlers.runtime.clients`, where its clients are made."""
    return _modules(asset)["handlers.runtime.clients"]


@contextmanager
def _apart(asset: Path, mine: dict[str, ModuleType]) -> Iterator[None]:
    others = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_ours(name)}
    sys.modules.update(mine)
    sys.path.insert(0, str(asset / OURS / ".."))
    importlib.invalidate_caches()
    try:
        with patch.dict(os.environ, {"POWERTOOLS_TRACE_DISABLED": "1"}), patch.object(sys, "stdout", LOGS):
            yield
    finally:
        sys.path.pop(0)
        mine.update({name: sys.modules.pop(name) for name in list(sys.modules) if _is_ours(name)})
        sys.modules.update(others)
        _keep_metrics_off_the_screen()


@cache
def _keep_metrics_off_the_screen() -> None:
    """Powertools prints its metrics; here they go where the log lines go."""
    for module in (base, cloudwatch):  # metrics are printed by the one or the other
        module.print = LOGS.write  # type: ignore[attr-defined]


def _is_ours(name: str) -> bool:
    return name == OURS or name.startswith(f"{OURS}.")
