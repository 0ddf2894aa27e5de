"""One recorded execution: what was run, what its functions do, how AWS ended it, and which events it wrote."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Behaviour = Callable[[Any], Any]
RAISES = re.compile(r"^raises (\w+)(?:\('(.*)'\)| \(a class of its own)")
RETURNS = re.compile(r"^returns (?:the bytes )?(\{.*\}|\".*\")(?: \(a JSON string\) as they are)?$")
RETURNS_BYTES = re.compile(r"^returns a bytes object of (\d+) KiB")
ANYTHING = re.compile(r"^(<[^>]*>|timestamp|date|[a-z]+-(time|date))$")
"""What stands in a recording for a text that is another one each time."""
UNLIKE = {"SdkHttpMetadata", "SdkResponseMetadata", "requestId", "stackTrace"}
"""Members that tell of the call, not of what came of it."""


class NotReplayed(Exception):
    """The recording asks for something that is not simulated; the message says what."""


@dataclass(frozen=True)
class Recording:
    """`functions` by ARN; `status`, `error`, `cause`, `output` as DescribeExecution gave them; `events` are types."""

    name: str
    definition: dict[str, Any]
    given: Any
    functions: dict[str, Behaviour]
    status: str
    error: Any
    cause: Any
    output: Any
    events: tuple[str, ...]


def read(path: Path) -> Recording:
    """The recording in that file. Raises NotReplayed, ValueError."""
    data = json.loads(path.read_text())
    for key in ("responder", "other_machines", "stop_after"):
        if data.get(key):
            raise NotReplayed(f"{key.replace('_', ' ')}")
    services = {resource.split(":")[5] for resource in _resources(data["definition"]) if ":states:::" in resource} - {
        "lambda"
    }
    if services:
        raise NotReplayed(f"a Task that calls {', '.join(sorted(services))}")
    end = data["describe"]
    if end is None or end.get("status") is None:
        raise NotReplayed("no end was recorded")
    in_order = all(event.get("id") not in ([0], "[0]") for event in data["history"] or ())
    return Recording(
        name=data["name"],
        definition=data["definition"],
        given=data["input"],
        functions={each["arn"]: _behaviour(each["behaviour"]) for each in (data["lambdas"] or {}).values()},
        status=end["status"],
        error=end.get("error"),
        cause=end.get("cause"),
        output=end.get("output"),
        events=tuple(event["type"] for event in data["history"] or ()) if in_order else (),
    )


def same(recorded: Any, ours: Any) -> bool:
    """Whether ours is what was recorded, where that is not different each time; texts that hold JSON are read."""
    if isinstance(recorded, str) and ANYTHING.match(recorded):
        return True
    recorded, ours = _read(recorded), _read(ours)
    if isinstance(recorded, dict) and isinstance(ours, dict):
        compared = recorded.keys() - UNLIKE
        return compared == ours.keys() - UNLIKE and all(same(recorded[key], ours[key]) for key in compared)
    if isinstance(recorded, list) and isinstance(ours, list):
        return len(recorded) == len(ours) and all(map(same, recorded, ours))
    return bool(recorded == ours)


def _read(value: Any) -> Any:
    if isinstance(value, str):
        with suppress(ValueError):
            return json.loads(value)
    return value


def _resources(definition: Any) -> Iterator[str]:
    if isinstance(definition, dict):
        yield from (definition["Resource"] for _ in range(1) if isinstance(definition.get("Resource"), str))
        for value in definition.values():
            yield from _resources(value)
    elif isinstance(definition, list):
        for value in definition:
            yield from _resources(value)


def _behaviour(words: str) -> Behaviour:
    if words == "returns its event":
        return lambda event: event
    if found := RAISES.match(words):
        return _raising(found[1], found[2] or "")
    if found := RETURNS_BYTES.match(words):  # Lambda's Python runtime sends them on as they are
        return _returning("x" * 1024 * int(found[1]))
    if found := RETURNS.match(words):
        return _returning(json.loads(found[1]))
    raise NotReplayed(f"a function that {words}")


def _returning(answer: Any) -> Behaviour:
    return lambda _event: answer


def _raising(name: str, message: str) -> Behaviour:
    error = type(name, (Exception,), {})

    def fails(_event: Any) -> Any:
        raise error(message)

    return fails
