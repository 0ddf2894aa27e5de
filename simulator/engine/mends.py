"""moto's interpreter, mended where AWS does otherwise (getmoto/moto issue 10078 and what was measured beside it).

Lambda tasks go straight to our functions; definite JSON paths give the value and not a list; parsed paths are kept;
the jitter of retries is drawn from the seed; each history event and each end is told to the engine.
"""

import logging
import random
import re
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from unittest.mock import patch

from jsonpath_ng.ext.parser import parse
from moto.stepfunctions.parser.asl.component.common.retry import jitter_strategy_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication

INDEFINITE = re.compile(r"\.\.|\*|\?\(|\[-?\d*:-?\d*\]|\[[^\]]*,[^\]]*\]")
Invoke = Callable[[str, bytes], tuple[Any, bool]]
_parsed = lru_cache(maxsize=4096)(parse)


def mend(
    enter: Callable[[Any], Any],
    invoke: Invoke,
    on_event: Callable[[str, dict[str, Any]], None],
    on_end: Callable[[Any], None],
    chance: random.Random,
) -> None:
    """Apply the mends through an ExitStack's `enter_context`.

    `invoke(function, body)` answers (payload, failed); `on_event(type, details)` hears each history event;
    `on_end(execution)` each end.
    """
    for name in [name for name in logging.root.manager.loggerDict if name.startswith("moto.stepfunctions.")]:
        enter(patch.object(logging.getLogger(name), "disabled", new=True))  # a Fail state is no error of ours
    original = json_path.extract_json
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.stepfunctions.parser") and getattr(module, "extract_json", None) is original:
            enter(patch.object(module, "extract_json", extract_json))
    enter(patch.object(lambda_eval_utils, "_invoke_lambda_function", _straight_to(invoke)))
    enter(patch.object(jitter_strategy_decl, "random", chance))
    enter(patch.object(EventManager, "add_event", _telling(EventManager.add_event, on_event)))
    ended = BaseExecutionWorkerCommunication.terminated

    def terminated(self: Any) -> None:
        ended(self)
        on_end(self.execution)

    enter(patch.object(BaseExecutionWorkerCommunication, "terminated", terminated))


def extract_json(path: str, data: Any) -> Any:
    """The value at a definite path; at an indefinite one the list of values, empty where nothing matches."""
    found = _parsed(path).find(data)
    if INDEFINITE.search(path):
        return [match.value for match in found]
    if not found:
        raise json_path.NoSuchJsonPathError(json_path=path, data=data)
    return found[0].value


def _straight_to(invoke: Invoke) -> Callable[..., dict[str, Any]]:
    def call(parameters: dict[str, Any], region: str, state_credentials: object) -> dict[str, Any]:  # noqa: ARG001
        payload, failed = invoke(parameters["FunctionName"], parameters["Payload"])
        answer = {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": payload}
        return {**answer, "FunctionError": "Unhandled"} if failed else answer

    return call


def _telling(add_event: Callable[..., int], on_event: Callable[[str, dict[str, Any]], None]) -> Callable[..., int]:
    def add(self: Any, context: Any, event_type: Any, event_details: Any = None, **others: Any) -> int:
        number = add_event(self, context, event_type, event_details, **others)
        on_event(str(getattr(event_type, "value", event_type)), event_details or {})
        return number

    return add
