"""The executions of one rehearsal: those of the rollout, and those that follow it (recoveries, starts anew)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from handlers import catalogue
from simulator.kernel.events import Bus
from simulator.stepfunctions.events import ExecutionEnded, ExecutionStarted, StateEntered

ACTS_FROM = (catalogue.CREATE_VERSION.forward, catalogue.BEGIN_ROLL_BACK.back, catalogue.REPORT_REMAINING_WORK.back)
"""Who enters one of these answers for the fleet; all others answer, look, are refused, or find nothing to do."""


@dataclass
class Link:
    """One execution: how far it came, how it ended."""

    execution: str
    last_state: str = ""
    acts: bool = False
    status: str = "RUNNING"
    error: str | None = None
    cause: str | None = None
    report: dict[str, Any] = field(default_factory=dict)


class Chain:
    """Follows every execution of the bus. `line` are the rollout's own: the first, and whom it was handed over to."""

    def __init__(self, bus: Bus, line: Sequence[str]) -> None:
        self._line = line
        self._links: dict[str, Link] = {}
        bus.subscribe(ExecutionStarted, self._started)
        bus.subscribe(StateEntered, self._entered)
        bus.subscribe(ExecutionEnded, self._ended)

    @property
    def last(self) -> Link:
        """The last execution that acted on the fleet, or was to act for the rollout."""
        acting = [one for name, one in self._links.items() if one.acts or name in self._line]
        return acting[-1]

    @property
    def first_error(self) -> str | None:
        """The error by which the last of the rollout's own executions ended, where others acted after it."""
        return self._links[self._line[-1]].error if self.followers else None

    @property
    def followers(self) -> tuple[Link, ...]:
        """Those that acted beside or after the rollout, in the order of their starts."""
        return tuple(one for name, one in self._links.items() if one.acts and name not in self._line)

    def _started(self, event: ExecutionStarted) -> None:
        self._link(event.execution)

    def _link(self, name: str) -> Link:
        return self._links.setdefault(name, Link(name))

    def _entered(self, event: StateEntered) -> None:
        link = self._link(event.execution)
        link.last_state = event.state
        link.report = event.report or link.report
        link.acts = link.acts or event.state in ACTS_FROM

    def _ended(self, event: ExecutionEnded) -> None:
        link = self._link(event.execution)
        link.status, link.error, link.cause = event.status, event.error, event.cause
