"""moto's interpreter, patched where AWS does otherwise (getmoto/moto issue 10078 and what was measured beside it).

Lambda tasks go straight to our functions; definite JSON paths give the value and not a list; parsed paths and
definitions are kept; the jitter of retries is drawn from the seed; each start, history event and end is told to the
engine. The API's own falsehoods are patched in `history_api`, what moto makes of a failure in `failures`, of a stop in
`stopping`, of executions within executions in `nested_executions`, its task tokens in `task_tokens`.
"""

import logging
import random
import re
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol
from unittest.mock import patch

from jsonpath_ng.ext.parser import parse
from jsonpath_ng.parser import parse as parse_plain
from moto.core.utils import iso_8601_datetime_with_milliseconds
from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.component.common.retry import jitter_strategy_decl
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped, ProgramTimedOut
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution

from simulator.stepfunctions.moto_interpreter import failures, history_api, nested_executions, stopping

INDEFINITE = re.compile(r"\.\.|\*|\?\(|\[-?\d*:-?\d*\]|\[[^\]]*,[^\]]*\]")
_parsed = lru_cache(maxsize=4096)(parse)
_parsed_result_path = lru_cache(maxsize=4096)(parse_plain)
_parse_definition = AmazonStateLanguageParser.parse


class Listener(Protocol):
    """Who hears of executions, and answers their invocations."""

    def on_start(self, execution: Any) -> None:
        """An execution starts."""

    def on_invoke(self, arn: str, body: bytes) -> tuple[Any, bool]:
        """A function's answer, and whether that is an error. Raises InvocationRefused."""

    def on_event(self, manager: Any, details: dict[str, Any]) -> None:
        """A history got one more event."""

    def on_end(self, execution: Any) -> None:
        """An execution ended."""


def patch_moto(
    enter: Callable[[Any], Any], listener: Listener, chance: random.Random, sleep: Callable[[float], None]
) -> None:
    """Apply the patches through an ExitStack's `enter_context`.

    Retries draw their jitter from `chance`; `sleep` waits in virtual seconds.
    """
    for name in [name for name in logging.root.manager.loggerDict if name.startswith("moto.stepfunctions.")]:
        enter(patch.object(logging.getLogger(name), "disabled", new=True))  # a Fail state is no error of ours
    original = json_path.extract_json
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.stepfunctions.parser") and getattr(module, "extract_json", None) is original:
            enter(patch.object(module, "extract_json", extract_json))
    for owner, attribute, new in (
        (lambda_eval_utils, "_invoke_lambda_function", _straight_to(listener)),
        (jitter_strategy_decl, "random", chance),
        (result_path, "parse", _parsed_result_path),
        (AmazonStateLanguageParser, "parse", staticmethod(parse_definition)),
        (Program, "eval", _settled(Program.eval, sleep)),
        (Execution, "start", _told_start(Execution.start, listener)),
        (Execution, "get_start_execution_details", _dated(Execution.get_start_execution_details)),
        (EventManager, "add_event", _told_event(EventManager.add_event, listener)),
        (BaseExecutionWorkerCommunication, "terminated", _told_end(listener)),
        *history_api.methods(),
        *stopping.methods(),
        *failures.methods(),
        *nested_executions.methods(),
    ):
        enter(patch.object(owner, attribute, new))


def extract_json(path: str, data: Any) -> Any:
    """The value at a definite path; at an indefinite one the list of values, empty where nothing matches."""
    found = _parsed(path).find(data)
    if INDEFINITE.search(path):
        return [match.value for match in found]
    if not found:
        raise json_path.NoSuchJsonPathError(json_path=path, data=data)
    return found[0].value


def parse_definition(definition: str) -> tuple[Any, Any]:
    """The program and its syntax tree. The tree is kept, ANTLR takes its time; the program is each execution's own."""
    tree = _tree(definition)
    return Preprocessor().visit(tree), tree


@lru_cache(maxsize=16)
def _tree(definition: str) -> Any:
    return _parse_definition(definition)[1]


def _straight_to(listener: Listener) -> Callable[..., dict[str, Any]]:
    def call(parameters: dict[str, Any], region: str, state_credentials: object) -> dict[str, Any]:  # noqa: ARG001
        payload, failed = listener.on_invoke(parameters["FunctionName"], parameters.get("Payload", b"{}"))
        answer = {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": payload}
        return {**answer, "FunctionError": "Unhandled"} if failed else answer

    return call


def _settled(evaluate: Callable[..., None], sleep: Callable[[float], None]) -> Callable[..., None]:
    """A machine that timed out writes its last event before it is told to have ended: its threads get their turn.

    One that was stopped before it began writes one at all.
    """

    def settled(self: Any, env: Any) -> None:
        evaluate(self, env)
        if isinstance(env.program_state(), ProgramTimedOut):
            sleep(0)
        stopping.write_the_abort(self, env)

    return settled


def _dated(details_of: Callable[..., Any]) -> Callable[..., Any]:
    """`$$.Execution.StartTime` is text; as a datetime it breaks whatever carries it on."""

    def dated(self: Any) -> Any:
        details = details_of(self)
        details.start_time = iso_8601_datetime_with_milliseconds(details.start_time)
        return details

    return dated


def _told_start(start: Callable[..., None], listener: Listener) -> Callable[..., None]:
    def told(self: Any) -> None:
        listener.on_start(self)
        start(self)

    return told


def _told_event(add_event: Callable[..., int], listener: Listener) -> Callable[..., int]:
    def told(self: Any, context: Any, event_type: Any, event_details: Any = None, **others: Any) -> int:
        number = add_event(self, context, event_type, event_details, **others)
        listener.on_event(self, event_details or {})
        return number

    return told


def _told_end(listener: Listener) -> Callable[..., None]:
    terminated = BaseExecutionWorkerCommunication.terminated

    def told(self: Any) -> None:
        terminated(self)
        state = self.execution.exec_worker.env.program_state()
        if isinstance(state, ProgramStopped):  # moto forgets why
            self.execution.error, self.execution.cause = state.error or None, state.cause or None
        listener.on_end(self.execution)

    return told
