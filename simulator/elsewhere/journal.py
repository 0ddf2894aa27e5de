"""An execution's history, read as it grows: which states were entered, and how long its Waits are."""

import json
from dataclasses import dataclass
from typing import Any

PAGE = 50


@dataclass(frozen=True)
class Entry:
    """A state that was entered with `text`, its input's JSON, and the virtual seconds that it then waits."""

    state: str
    text: str
    seconds: float


class Journal:
    """The history of one execution, as far as it has been read."""

    def __init__(self, client: Any, arn: str, states: dict[str, Any]) -> None:
        self._client, self._arn, self._states = client, arn, states
        self.events = 0
        self.waits = 0.0  # seconds, of the state that was entered last

    def news(self) -> list[Entry]:
        """The states that were entered since the last reading."""
        fresh = events_since(self._client, self._arn, self.events)
        self.events += len(fresh)
        details = [event["stateEnteredEventDetails"] for event in fresh if "stateEnteredEventDetails" in event]
        entries = [self._entry(one["name"], one.get("input", "{}")) for one in details]
        self.waits = entries[-1].seconds if entries else self.waits
        return entries

    def _entry(self, name: str, text: str) -> Entry:
        state = self._states[name]
        if state["Type"] != "Wait":
            return Entry(name, text, 0.0)
        seconds = state["Seconds"] if "Seconds" in state else _at(state["SecondsPath"], json.loads(text))
        return Entry(name, text, float(seconds))


def events_since(client: Any, arn: str, seen: int) -> list[dict[str, Any]]:
    """The events after the first `seen` ones, oldest first; read from the newest on, because a history is long.

    It may grow between two pages, and then an event is on both.
    """
    pages = client.get_paginator("get_execution_history").paginate(
        executionArn=arn, reverseOrder=True, PaginationConfig={"PageSize": PAGE}
    )
    found: dict[int, dict[str, Any]] = {}
    for page in pages:
        new = {event["id"]: event for event in page["events"] if event["id"] > seen}
        found |= new
        if len(new) < len(page["events"]):
            break
    return [found[number] for number in sorted(found)]


def _at(path: str, data: Any) -> Any:
    for step in path.removeprefix("$.").split("."):
        data = data[step]
    return data
