"""How a state fails, for both interpreters: which names take its error, and in which words AWS says why."""

import json
import re
from collections.abc import Collection
from typing import Any

LARGEST_RESULT = 256 * 1024
"""Bytes of UTF-8 (Step Functions, service quotas: "Maximum input or output size for a task, state, or execution")."""
RUNTIME = "States.Runtime"
TIMED_OUT = "States.Timeout"
DATA_LIMIT = "States.DataLimitExceeded"
as_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
"""What passes between states, as Step Functions writes it."""
STEPS = re.compile(r"""\.([^.\[\]]+)|\[(?:'([^']*)'|"([^"]*)"|(\d+))\]""")


def matches(names: Collection[str], error: str | None) -> bool:
    """Whether `names`, an ErrorEquals, takes the error (Step Functions: Handling errors).

    Nothing takes States.Runtime. The same page spares States.DataLimitExceeded from States.ALL, which does take it: AWS
    recorded so (2024-03-21). A heartbeat that is missed is States.Timeout (2024-04-18).
    """
    if error == RUNTIME:
        return False
    return error in names or "States.ALL" in names or ("States.TaskFailed" in names and error != TIMED_OUT)


def entered(state: str, event: int, cause: str) -> str:
    """The cause of States.Runtime: it names the state, and the event (its id) by which the state was entered."""
    return f"An error occurred while executing the state '{state}' (entered at the event id #{event}). {cause}"


def not_found(path: str, field: str, data: Any) -> str:
    """A path of a template, or of a field that takes text, leads to nothing."""
    text = as_json(data)
    return f"The JSONPath '{path}' specified for the field '{field}' could not be found in the input '{text}'"


def invalid_path(path: str, data: Any) -> str:
    """A path that filters a state's input or output, or gives its time-out, leads to nothing.

    Where the last step misses, all of the path has no results; where one before does, its property is missing.
    """
    steps = [next(filter(None, found)) for found in STEPS.findall(path)]
    for place, step in enumerate(steps[:-1], 1):
        if not isinstance(data, dict) or step not in data:
            return f"Invalid path '{path}' : Missing property in path {_bracketed(steps[:place])}"
        data = data[step]
    return f"Invalid path '{path}' : No results for path: {_bracketed(steps)}"


def too_large(name: str) -> str:
    """What a state or a Task returned has more than `LARGEST_RESULT` bytes. A Task goes by its service or its ARN."""
    return f"The state/task '{name}' returned a result with a size exceeding the maximum number of bytes service limit."


def within_limit(value: Any) -> bool:
    """Whether a state may return it."""
    return size_of(value) <= LARGEST_RESULT


def size_of(value: Any) -> int:
    """Bytes of the JSON that passes between states: AWS counts UTF-8."""
    return len(as_json(value).encode())


def _bracketed(steps: list[str]) -> str:
    return "$" + "".join(f"['{step}']" for step in steps)
