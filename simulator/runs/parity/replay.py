"""Replays recordings in moto's interpreter on virtual time, and in the walker where it accepts the definition."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from botocore.exceptions import ClientError

from simulator.runs.parity.recording import NotReplayed, Recording, read, same
from simulator.stepfunctions.deployed_stack import DeployedStack, Function, StateMachine
from simulator.stepfunctions.engine import Result
from simulator.stepfunctions.moto_interpreter.engine import MotoEngine
from simulator.stepfunctions.moto_interpreter.standalone import open_standalone
from simulator.stepfunctions.walker.json_path import NoSuchPath, NotSupportedInProcess
from simulator.stepfunctions.walker.walk import Failed, Sleep, Token, Walk, YieldTurn, check

REFUSED = "REFUSED"
"""In place of a status: the machine could not be created or started."""


@dataclass
class Parity:
    """By what was compared, how many recordings agree and which do not; by reason, which were not replayed."""

    recordings: int = 0
    equal: Counter[str] = field(default_factory=Counter)
    differ: dict[str, list[str]] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)

    def note(self, what: str, name: str, *, agrees: bool) -> None:
        """One comparison."""
        self.equal[what] += agrees
        if not agrees:
            self.differ.setdefault(what, []).append(name)

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        compared = {
            what: {"equal": self.equal[what], "differ": sorted(self.differ.get(what, ()))}
            for what in sorted({*self.equal, *self.differ})
        }
        return {"recordings": self.recordings, "compared": compared, "left_out": dict(self.left_out)}


def replay(folder: Path) -> Parity:
    """Every recording in `folder/executions`."""
    found = Parity()
    for path in sorted((folder / "executions").glob("*.json")):
        found.recordings += 1
        try:
            recording = read(path)
        except NotReplayed as why:
            found.left_out[str(why)] += 1
            continue
        _in_the_interpreter(recording, found)
        _by_the_walker(recording, found)
    return found


def _in_the_interpreter(recording: Recording, found: Parity) -> None:
    with ExitStack() as opened:
        engine = open_standalone(opened).engine
        try:
            result, events = _run(engine, recording)
        except ClientError:
            result, events = Result(REFUSED, None, None, None), []
    found.note("interpreter: end", recording.name, agrees=_ends_alike(recording, result, cause=True))
    if recording.events:
        found.note("interpreter: types of events", recording.name, agrees=tuple(events) == recording.events)


def _run(engine: MotoEngine, recording: Recording) -> tuple[Result, list[str]]:
    engine.deploy(DeployedStack(StateMachine("machine", json.dumps(recording.definition)), (), ()))
    for arn, behaviour in recording.functions.items():
        name = arn.rsplit(":", 1)[-1]
        for reference in (arn, name):  # Lambda takes either
            function = Function(name, reference, Path("asset"), "none", {}, 128)
            engine.functions.bind(function, _handler(behaviour))
    execution = engine.start("run", recording.given)
    return execution.wait(), [event["type"] for event in execution.history()]


def _handler(behaviour: Callable[[Any], Any]) -> Callable[[Any, object], Any]:
    return lambda event, _context: behaviour(event)


def _by_the_walker(recording: Recording, found: Parity) -> None:
    try:
        check(recording.definition)
        result = _walked(recording)
    except (NotSupportedInProcess, KeyError):
        found.left_out["the walker does not take it"] += 1
        return
    found.note("walker: end", recording.name, agrees=_ends_alike(recording, result, cause=False))


def _walked(recording: Recording) -> Result:
    context = {"Execution": {"Id": "arn:replayed", "Name": "replayed", "Input": recording.given}}
    invoke = partial(_invoked, recording.functions)
    walk = Walk(recording.definition, context, invoke, Random(1), str, lambda *_: None, lambda _: None)
    going = walk.walk()
    try:
        while True:
            suspension = next(going)
            if isinstance(suspension, Token):
                raise NotSupportedInProcess("a token that nobody brings back")
            assert isinstance(suspension, Sleep | YieldTurn)
    except StopIteration as stop:
        ended = stop.value
        return Result(ended.status, ended.output, ended.error, ended.cause)
    except Failed as failed:
        return Result("FAILED", None, failed.error, failed.cause)
    except NoSuchPath as missing:
        return Result("FAILED", None, "States.Runtime", str(missing))


def _invoked(functions: dict[str, Callable[[Any], Any]], arn: str, body: bytes) -> tuple[Any, str | None]:
    by_name = {known.rsplit(":", 1)[-1]: behaviour for known, behaviour in functions.items()}
    try:
        return by_name[arn.rsplit(":", 1)[-1]](json.loads(body)), None
    except Exception as error:  # noqa: BLE001  whatever it raises is Lambda's answer
        return {"errorMessage": str(error), "errorType": type(error).__name__}, type(error).__name__


def _ends_alike(recording: Recording, result: Result, *, cause: bool) -> bool:
    pairs: Iterable[tuple[Any, Any]] = [
        (recording.status, result.status), (recording.output, result.output), (recording.error, result.error),
    ]  # fmt: skip
    if cause:
        pairs = [*pairs, (recording.cause, result.cause)]
    return all(same(recorded, ours) for recorded, ours in pairs)
