"""An execution while it runs, as the engine knows it."""

from typing import Any


class RunningExecution:
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
