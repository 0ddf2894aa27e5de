"""Replays recordings in moto's interpreter on virtual time, and in the walker, and compares all that AWS recorded."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from simulator.runs.parity.engines import MotoReplayer, Replayer, WalkerReplayer
from simulator.runs.parity.recording import Behaviour, NotReplayed, Recording, fields_of, read, same
from simulator.stepfunctions.deployed_stack import Function, StateMachine
from simulator.stepfunctions.engine import Result
from simulator.stepfunctions.walker.json_path import NotSupportedInProcess

FULL, WALKER = "full mode", "walker"
MODES: dict[str, Callable[[ExitStack, Recording], Replayer]] = {FULL: MotoReplayer, WALKER: WalkerReplayer}
EQUAL = "equal"
COMMON = {"Comment", "End"}
"""Fields that change nothing but the picture, and the end where ours has a Next."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """A recording: whether it has only what ours uses, and by mode `equal`, what differs, or what was refused.

    `not_replayed` is why it was not tried at all.
    """

    name: str
    category: str
    only_ours: bool
    not_replayed: str = ""
    differs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def equal(self, mode: str) -> bool:
        """Whether that mode did all as AWS did."""
        return not self.not_replayed and mode not in self.refused and not self.differs.get(mode)

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return {
            "name": self.name,
            "only_ours": self.only_ours,
            **({"not_replayed": self.not_replayed} if self.not_replayed else {}),
            "equal": [mode for mode in MODES if self.equal(mode)],
            "differs": {mode: list(what) for mode, what in self.differs.items() if what},
            "refused": self.refused,
        }


def replay(folder: Path, ours: dict[str, Any]) -> list[Comparison]:
    """Every recording in `folder/executions`, beside our definition."""
    used = set(fields_of(ours))
    return [_compared(path, used) for path in sorted((folder / "executions").glob("*.json"))]


def _compared(path: Path, used: set[tuple[str, str]]) -> Comparison:
    data = json.loads(path.read_text())
    category = data["name"].split(".")[0]
    only_ours = all((kind, key) in used or key in COMMON for kind, key in fields_of(data["definition"]))
    only_ours = only_ours and {kind for kind, _ in fields_of(data["definition"])} <= {kind for kind, _ in used}
    try:
        recording = read(path)
    except NotReplayed as why:
        return Comparison(data["name"], category, only_ours, str(why))
    differs, refused = {}, {}
    for mode in MODES:
        try:
            differs[mode] = _differences(recording, *run(mode, recording))
        except NotSupportedInProcess as unknown:
            refused[mode] = str(unknown)
        except ClientError as error:
            refused[mode] = str(error)
    return Comparison(recording.name, category, only_ours, "", differs, refused)


def run(mode: str, recording: Recording) -> tuple[Result, list[str]]:
    """How the recorded machine ends here, and the types of the events.

    Raises NotSupportedInProcess where the mode's interpreter refuses the definition; ClientError where Step Functions
    does.
    """
    with ExitStack() as opened:
        here = MODES[mode](opened, recording)
        here.deploy(StateMachine("machine", json.dumps(recording.definition)), recording.machines)
        for arn, behaviour in recording.functions.items():
            name = arn.rsplit(":", 1)[-1]
            for reference in (arn, name):  # Lambda takes either
                function = Function(name, reference, Path("asset"), "none", {}, 128)
                here.engine.functions.bind(function, _handler(behaviour, here.sleep))
        execution = here.engine.start("run", recording.given)
        if recording.stop_after is not None:
            here.engine.later(recording.stop_after, lambda: here.stop(execution.arn))
        return execution.wait(), execution.event_types()


def _handler(behaviour: Behaviour, sleep: Callable[[float], None]) -> Callable[[Any, object], Any]:
    acts = chain(behaviour.acts, repeat(behaviour.acts[-1]))

    def handler(event: Any, _context: object) -> Any:
        if behaviour.seconds:
            sleep(behaviour.seconds)
        return next(acts)(event)

    return handler


def _differences(recording: Recording, result: Result, events: list[str]) -> tuple[str, ...]:
    compared = {
        "status": (recording.status, result.status),
        "error": (recording.error, result.error),
        "cause": (recording.cause, result.cause),
        "output": (recording.output, result.output),
    }
    found = [what for what, (recorded, ours) in compared.items() if not same(recorded, ours)]
    if recording.events and not recording.same_events(events):
        found.append("events")
    return tuple(found)
