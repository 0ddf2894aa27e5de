"""A rollout recorded from outside: looks before, meanwhile and after, then the folder."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from simulator.runs.recordings.calls import Call, Recorder
from simulator.runs.recordings.execution import recorded_execution
from simulator.runs.recordings.folder import write
from simulator.runs.recordings.looks import Looks, probe

SOURCE = "rollout start --record"


class RolloutRecording:
    """Records what clients of `session` get. `cluster` is looked at, where one is named."""

    def __init__(
        self,
        session: Any,
        cluster: str | None,
        endpoint_url: str | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._recorder = Recorder(session, SOURCE, now)
        self._now = now
        self.client = cache(lambda service: session.client(service, endpoint_url=endpoint_url))
        self._looks = Looks(self.client, cluster) if cluster else None
        self._execution: dict[str, Any] | None = None
        self._account = ""

    @property
    def calls(self) -> list[Call]:
        """What was recorded so far."""
        return self._recorder.calls

    def begin(self) -> None:
        """Look, and make the calls that are refused."""
        probe(self.client)
        self.look()

    def look(self) -> None:
        """Look once."""
        if self._looks:
            self._looks.look()

    def end(self, arn: str, name: str) -> None:
        """Look a last time, and read the execution, which has ended."""
        self.look()
        self._account = arn.split(":")[4]
        self._execution = recorded_execution(self.client("stepfunctions"), arn, name, SOURCE, self._now())

    def write(self, folder: Path) -> None:
        """Write the folder, ids replaced."""
        write(folder, self._execution, self.calls, self._account)
