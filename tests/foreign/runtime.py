"""What Lambda's Python runtime is to a function, in a process of its own: `runtime.py FOLDER MODULE.FUNCTION TALK_TO`.

It is run by its path and imports nothing of this project, so that a function finds what lies beside it, and boto3. It
talks by JSON lines: invocations come by standard input; what the function does goes to the file descriptor TALK_TO.

The function is as it was found. Around it stand still the clocks but for what the other side says, `time.sleep` asks
the other side for the time to pass, and the calls of boto3's clients are told.
"""

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

import time_machine
from botocore.client import BaseClient
from botocore.exceptions import ClientError

SHOWN_CHARACTERS = 40
SENDS = "_make_api_call"
"""The method of botocore's clients that every call goes through; tracers of AWS's own wrap it, too."""


class Context:
    """Lambda's context object ("AWS Lambda context object in Python", developer guide)."""

    function_version = "$LATEST"
    identity = None
    client_context = None

    def __init__(self, said: dict[str, Any]) -> None:
        self.function_name = said["function_name"]
        self.invoked_function_arn = said["invoked_function_arn"]
        self.aws_request_id = said["aws_request_id"]
        self.memory_limit_in_mb = said["memory_limit_in_mb"]
        self.log_group_name = f"/aws/lambda/{self.function_name}"
        self.log_stream_name = "simulated"
        self._deadline = said["deadline"]

    def get_remaining_time_in_millis(self) -> int:
        """Virtual milliseconds until the time-out."""
        return max(0, int((self._deadline - time.time()) * 1000))


class Runtime:
    """One execution environment: the function is loaded once and invoked many times, its globals stay."""

    def __init__(self, talk_to: int) -> None:
        self._told = os.fdopen(talk_to, "w", buffering=1)
        self._clock = time_machine.travel(0, tick=False)
        self._now = self._clock.start()

    def run(self, folder: str, handler: str) -> None:
        """Load the function, then invoke it for each line that comes, until none comes any more."""
        first = self._asked()
        time.sleep = self._sleep  # type: ignore[assignment]
        setattr(BaseClient, SENDS, self._telling(getattr(BaseClient, SENDS)))
        try:
            function = _loaded(folder, handler)
        except BaseException as error:  # noqa: BLE001  whatever a module raises is the answer to who loads it
            self._tell({"failed": _failure(error)})
            return
        self._tell({"loaded": first["now"]})
        for line in sys.stdin:
            said = json.loads(line)
            self._now.move_to(said["now"])
            self._tell(_invoked(function, said["event"], Context(said["context"])))

    def _asked(self) -> dict[str, Any]:
        """The next line of the other side; with it the clocks move."""
        line = sys.stdin.readline()
        if not line:
            raise SystemExit
        said: dict[str, Any] = json.loads(line)
        self._now.move_to(said["now"])
        return said

    def _tell(self, what: dict[str, Any]) -> None:
        self._told.write(json.dumps(what) + "\n")

    def _sleep(self, seconds: float) -> None:
        self._tell({"sleep": float(seconds)})
        self._asked()

    def _telling(self, make: Callable[..., Any]) -> Callable[..., Any]:
        def call(client: Any, operation: str, request: dict[str, Any]) -> Any:
            said = {"service": client.meta.service_model.service_name, "operation": operation, "asked": short(request)}
            try:
                answer = make(client, operation, request)
            except ClientError as error:
                known = error.response.get("Error", {})
                self._tell({"call": said | {"error": known.get("Code"), "answered": str(known.get("Message"))}})
                raise
            except Exception as error:
                self._tell({"call": said | {"error": type(error).__name__, "answered": str(error)}})
                raise
            self._tell({"call": said | {"error": None, "answered": short(answer)}})
            return answer

        return call


def short(members: dict[str, Any]) -> str:
    """Members of a request or an answer in a line: texts and numbers as they are, of lists how long they are."""
    return " ".join(
        f"{name}={_short(value)}" for name, value in members.items() if name != "ResponseMetadata" and value is not None
    )


def _short(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{len(value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(value) + "}"
    text = str(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"…{text[-SHOWN_CHARACTERS:]}"


def _loaded(folder: str, handler: str) -> Callable[[Any, Any], Any]:
    """The function, its folder first on the path as Lambda has it, this file's folder not at all."""
    sys.path[0] = folder
    module, _, name = handler.rpartition(".")
    function: Callable[[Any, Any], Any] = getattr(importlib.import_module(module.replace("/", ".")), name)
    return function


def _invoked(function: Callable[[Any, Any], Any], event: Any, context: Context) -> dict[str, Any]:
    try:
        return {"returned": json.loads(json.dumps(function(event, context)))}
    except BaseException as error:  # noqa: BLE001  SystemExit, too: it ends the invocation
        return {"failed": _failure(error)}


def _failure(error: BaseException) -> dict[str, str]:
    """As Lambda logs it; the trace goes where the function's prints go."""
    traceback.print_exception(error)
    return {"errorType": type(error).__name__, "errorMessage": str(error)}


if __name__ == "__main__":
    Runtime(int(sys.argv[3])).run(sys.argv[1], sys.argv[2])
