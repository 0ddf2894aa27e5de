"""A recording's folder: `executions/NAME.json` and `api_answers.json`."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from simulator.runs.recordings.calls import Call
from simulator.runs.recordings.ids import Ids

ANSWERS, EXECUTIONS = "api_answers.json", "executions"


class NoRecording(Exception):
    """The folder is none that was recorded; the text says what is missing."""


def write(folder: Path, execution: dict[str, Any] | None, calls: list[Call], account: str) -> None:
    """Write them, their ids replaced; `execution` is None where none was started."""
    ids = Ids(account)
    (folder / EXECUTIONS).mkdir(parents=True, exist_ok=True)
    if execution is not None:
        said = ids.replaced(_plain(execution))
        (folder / EXECUTIONS / f"{said['name']}.json").write_text(json.dumps(said, indent=1) + "\n")
    (folder / ANSWERS).write_text(json.dumps(ids.replaced(_plain(calls)), indent=1) + "\n")


def read(folder: Path) -> tuple[list[dict[str, Any]], list[Call]]:
    """Its executions and calls. Raises NoRecording."""
    if not (folder / ANSWERS).is_file():
        raise NoRecording(f"{folder} has no {ANSWERS}")
    executions = [json.loads(path.read_text()) for path in sorted((folder / EXECUTIONS).glob("*.json"))]
    return executions, json.loads((folder / ANSWERS).read_text())


def _plain(value: Any) -> Any:
    """As JSON has it; moments as ISO 8601 writes them."""
    return json.loads(json.dumps(value, default=_text))


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
