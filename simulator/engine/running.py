"""An execution while it runs, as the engine knows it."""

import json
from typing import Any

from simulator.engine.events import StateEntered


class Run:
    """An execution that runs: moto's object of it, and its newest state."""

    def __init__(self, execution: Any) -> None:
        self.execution = execution
        self.state = ""

    def writes(self, manager: Any) -> bool:
        """Whether the history is this execution's."""
        worker = self.execution.exec_worker  # none yet while the start is being told
        return worker is not None and worker.env is not None and worker.env.event_manager is manager

    def fail(self, error: str, cause: str, when: object) -> None:
        """Make moto's DescribeExecution say so."""
        execution = self.execution
        execution.exec_status = type(execution.exec_status).FAILED
        execution.error, execution.cause, execution.stop_date = error, cause, when


def entered(state: str, text: str, execution: str) -> StateEntered:
    """The event of a state that was entered with `text`, its input's JSON."""
    return arrival(state, json.loads(text), execution)


def arrival(state: str, data: Any, execution: str) -> StateEntered:
    """The same with the input itself."""
    told = data if isinstance(data, dict) else {}
    size = len(json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode())  # AWS counts UTF-8
    return StateEntered(state, size, told.get("assessment"), execution, told.get("report"))
