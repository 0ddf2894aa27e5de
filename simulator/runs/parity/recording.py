"""One recorded execution: what was run, what its functions do, who answered, and how AWS ended it."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.runs.recordings.execution import IN_TURN
from simulator.stepfunctions.template_resolver import ACCOUNT

ITS_ACCOUNT = "111111111111"
"""Of the recordings; the simulated one takes its place."""
SLEEPS = re.compile(r"^sleeps (\d+) s, ")
RAISES = re.compile(r"^raises (\w+)(?:\('(.*)'\)| \(a class of its own)")
RETURNS = re.compile(r"^returns (?:the bytes )?(\{.*\}|\".*\")(?: \(a JSON string\) as they are)?$")
RETURNS_BYTES = re.compile(r"^returns a bytes object of (\d+) KiB")
ANYTHING = re.compile(r"^(<[^>]*>|timestamp|date|a_task_token|snf_role_arn|[a-z]+-(time|date))$")
"""What stands in a recording for a text that is another one each time."""
PLACES = re.compile(r"<[^<>]*>|(?<=no-such-queue-)\w+")
"""The same within a text."""
UNLIKE = {"SdkHttpMetadata", "SdkResponseMetadata", "requestId", "stackTrace"}
"""Members that tell of the call, not of what came of it."""
UNSORTED = ([0], "[0]")
"""The id of an event whose place in the history is not recorded."""
DROPPED = ("ParallelStateSucceeded", "ParallelStateExited")
"""Events that such a recording lacks, all of them or those of the Parallels within."""
CALLS = {"SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat"}


class NotReplayed(Exception):
    """The recording asks for something that is not simulated; the message says what."""


@dataclass(frozen=True)
class Behaviour:
    """What a function does: for how many seconds it sleeps, and what it makes of its event then.

    It does one of `acts` at each invocation, in their order, and the last one from then on.
    """

    acts: tuple[Callable[[Any], Any], ...]
    seconds: float = 0.0


@dataclass(frozen=True)
class Recording:
    """`functions` by ARN, `machines` by name; `status`, `error`, `cause`, `output` as DescribeExecution gave them.

    `responder` is what somebody does with each message that brings a task token. `events` are types, in order or not.
    """

    name: str
    definition: dict[str, Any]
    given: Any
    functions: dict[str, Behaviour]
    machines: dict[str, dict[str, Any]]
    responder: tuple[dict[str, Any], ...]
    stop_after: float | None
    status: str
    error: Any
    cause: Any
    output: Any
    events: tuple[str, ...]
    in_order: bool

    @property
    def category(self) -> str:
        """The first part of its name."""
        return self.name.split(".")[0]

    def same_events(self, ours: list[str]) -> bool:
        """Whether these are its events."""
        if self.in_order:
            return list(self.events) == ours
        kept, mine = ([event for event in events if event not in DROPPED] for events in (self.events, ours))
        return sorted(kept) == sorted(mine)


def read(path: Path) -> Recording:
    """The recording in that file. Raises NotReplayed, ValueError."""
    data = json.loads(path.read_text().replace(ITS_ACCOUNT, ACCOUNT))
    end, history = data["describe"], data["history"] or ()
    if end is None or end.get("status") is None:
        raise NotReplayed("no end was recorded")
    responder = tuple(data["responder"] or ())
    for step in responder:
        if step.get("call", "SendTaskSuccess") not in CALLS or step.keys() - {
            "wait",
            "call",
            "output",
            "error",
            "cause",
        }:
            raise NotReplayed(f"somebody who does {json.dumps(step)}")
    return Recording(
        name=data["name"],
        definition=data["definition"],
        given=data["input"],
        functions={each["arn"]: _behaviour(each["behaviour"]) for each in (data["lambdas"] or {}).values()},
        machines={arn.rsplit(":", 1)[-1]: each for arn, each in (data["other_machines"] or {}).items()},
        responder=responder,
        stop_after=data.get("stop_after"),
        status=end["status"],
        error=end.get("error"),
        cause=end.get("cause"),
        output=end.get("output"),
        events=tuple(event["type"] for event in history),
        in_order=all(event.get("id") not in UNSORTED for event in history),
    )


def same(recorded: Any, ours: Any) -> bool:
    """Whether ours is what was recorded, where that is not different each time; texts that hold JSON are read."""
    if isinstance(recorded, str) and ANYTHING.match(recorded):
        return True
    if isinstance(recorded, str) and isinstance(ours, str) and _fits(recorded, ours):
        return True
    recorded, ours = _read(recorded), _read(ours)
    if isinstance(recorded, dict) and isinstance(ours, dict):
        compared = recorded.keys() - UNLIKE
        return compared == ours.keys() - UNLIKE and all(same(recorded[key], ours[key]) for key in compared)
    if isinstance(recorded, list) and isinstance(ours, list):
        return len(recorded) == len(ours) and all(map(same, recorded, ours))
    return type(recorded) is type(ours) and bool(recorded == ours)


def fields_of(definition: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each state type with each field that a state of it has, those of branches and iterations included."""
    for state in definition["States"].values():
        yield from ((state["Type"], field) for field in state)
        inner = [*state.get("Branches", ()), *(state[key] for key in ("Iterator", "ItemProcessor") if key in state)]
        for each in inner:
            yield from fields_of(each)


def _fits(recorded: str, ours: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in PLACES.split(recorded))
    return re.fullmatch(pattern, ours, re.DOTALL) is not None


def _read(value: Any) -> Any:
    if isinstance(value, str):
        with suppress(ValueError):
            return json.loads(value)
    return value


def _behaviour(words: str) -> Behaviour:
    if found := SLEEPS.match(words):
        return Behaviour(_behaviour(words[found.end() :]).acts, float(found[1]))
    if words.startswith(IN_TURN):
        return Behaviour(tuple(_act(answer) for answer in json.loads(words.removeprefix(IN_TURN))))
    if words == "returns its event":
        return Behaviour((lambda event: event,))
    if found := RAISES.match(words):
        return Behaviour((_raising(found[1], found[2] or ""),))
    if found := RETURNS_BYTES.match(words):  # Lambda's Python runtime sends them on as they are
        return Behaviour((_returning("x" * 1024 * int(found[1])),))
    if found := RETURNS.match(words):
        return Behaviour((_returning(json.loads(found[1])),))
    raise NotReplayed(f"a function that {words}")


def _act(answer: dict[str, Any]) -> Callable[[Any], Any]:
    """What it does at one invocation: `{"returns": …}`, or `{"raises": …, "message": …}`."""
    return _returning(answer["returns"]) if "returns" in answer else _raising(answer["raises"], answer["message"])


def _returning(answer: Any) -> Callable[[Any], Any]:
    return lambda _event: answer


def _raising(name: str, message: str) -> Callable[[Any], Any]:
    error = type(name, (Exception,), {})

    def fails(_event: Any) -> Any:
        raise error(message)

    return fails
