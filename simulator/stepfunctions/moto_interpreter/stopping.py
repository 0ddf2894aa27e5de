"""A stop may come at any moment: before an execution's first turn as in the middle of a state. moto stumbles over both.

Between a start and the first turn of its thread, an execution of moto's has no environment that could be told to
stop. And once told, moto skips the pieces of a state that are still to come; what they would have left on its stack is
missed, and the error of that would make of the stop a failure.
"""

from collections.abc import Callable
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramRunning, ProgramStopped
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker


def methods() -> list[tuple[type, str, Any]]:
    """What to replace: the class, the attribute's name, the new one."""
    make, following = ExecutionWorker._get_evaluation_environment, vars(Environment)["next_state_name"]
    return [
        (ExecutionWorker, "start", _ready_from_the_start(ExecutionWorker.start, make)),
        (ExecutionWorker, "_get_evaluation_environment", _made_once(make)),
        (Environment, "set_error", _while_it_runs(Environment.set_error)),
        (Environment, "next_state_name", property(following.fget, _while_it_runs(following.fset))),
    ]


def write_the_abort(program: Any, env: Any) -> None:
    """End the history of an execution that was stopped before its first state."""
    if not isinstance(env.program_state(), ProgramStopped):
        return
    if env.event_manager.get_event_history()[-1]["type"] != HistoryEventType.ExecutionAborted:
        program._eval_body(env)  # runs no state of a stopped execution, only writes how it ended


def _ready_from_the_start(start: Callable[..., None], make: Callable[..., Any]) -> Callable[..., None]:
    def ready(self: Any) -> None:
        self.env = make(self)
        # moto says so at the first turn only, and stops nothing that does not run
        self.env._program_state = ProgramRunning()  # type: ignore[no-untyped-call]
        start(self)

    return ready


def _made_once(make: Callable[..., Any]) -> Callable[..., Any]:
    def made(self: Any) -> Any:
        return make(self) if self.env is None else self.env

    return made


def _while_it_runs(change: Callable[..., None]) -> Callable[..., None]:
    def changed(self: Any, *to: Any, **named: Any) -> None:
        with self._state_mutex:
            if self._program_state is None or self.is_running():
                change(self, *to, **named)

    return changed
