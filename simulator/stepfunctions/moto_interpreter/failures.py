"""How a state fails, where moto says it otherwise than AWS (`simulator.stepfunctions.failures`, and its recordings).

Errors are matched by their names, wherever they come from: moto knows no `States.` error of a Parallel's branch. A Task
whose paths lead nowhere ends the execution at once; the cause names the event by which the state was entered, and the
step of the path that is missing. Lambda's own errors have prose for a cause. A Task that fails in a Parallel's branch,
and is not caught there, is aborted.
"""

from collections.abc import Callable, Iterator
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.path.input_path import InputPath
from moto.stepfunctions.parser.asl.component.common.path.output_path import OutputPath
from moto.stepfunctions.parser.asl.component.common.timeouts.heartbeat import HeartbeatSecondsPath
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSecondsPath
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branch_worker import BranchWorker
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda import StateTaskLambda
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded
from moto.stepfunctions.parser.asl.eval.states import ContextObject
from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError

from simulator.stepfunctions.failures import RUNTIME, invalid_path, matches
from simulator.stepfunctions.lambda_functions import InvocationRefused


def methods() -> list[tuple[Any, str, Any]]:
    """What to replace: the class or module, the function's name, the function."""
    told = FailureEventException.get_execution_failed_event_details
    invoke = lambda_eval_utils.execute_lambda_function_integration
    found: list[tuple[Any, str, Any]] = [
        (CustomErrorName, "__init__", _named),
        (ErrorEqualsDecl, "_eval_body", _take_by_name),
        (FailureEvent, "__init__", _from_its_entry(FailureEvent.__init__)),
        (ContextObject, "__init__", _never_redriven(ContextObject.__init__)),
        (BranchWorker, "__init__", _marked(BranchWorker.__init__)),
        (StateTask, "_handle_uncaught", _aborted(ExecutionState._handle_uncaught)),
        (FailureEventException, "get_execution_failed_event_details", _with_what_is_missing(told)),
        (lambda_eval_utils, "execute_lambda_function_integration", _in_time(invoke)),
    ]
    found += [
        (kind, "_from_error", _not_from_broken_paths(vars(kind)["_from_error"]))
        for kind in _family(StateTask)
        if "_from_error" in vars(kind)
    ]
    found += [
        (kind, "_eval_parameters", _naming_the_field(kind._eval_parameters)) for kind in (StateTask, StateTaskLambda)
    ]
    for kind, name in (
        (InputPath, "_eval_body"),
        (OutputPath, "_eval_body"),
        (TimeoutSecondsPath, "_eval_seconds"),
        (HeartbeatSecondsPath, "_eval_seconds"),
    ):
        found.append((kind, name, _worded(vars(kind)[name])))
    return found


def _named(self: Any, error_name: str | None) -> None:
    self.error_name = error_name


def _take_by_name(self: Any, env: Any) -> None:
    names, error = [name.error_name for name in self.error_names], env.stack.pop()
    env.stack.append(matches(names, error and error.error_name))


def _from_its_entry(make: Callable[..., None]) -> Callable[..., None]:
    def made(self: Any, env: Any, *details: Any, **named: Any) -> None:
        make(self, env, *details, **named)
        for event in reversed(env.event_manager._history_event_list):
            if event.get("stateEnteredEventDetails", {}).get("name") == self.state_name:
                self.source_event_id = event["id"]
                return

    return made


def _never_redriven(make: Callable[..., None]) -> Callable[..., None]:
    def made(self: Any, context_object: Any) -> None:
        context_object["Execution"].setdefault("RedriveCount", 0)
        make(self, context_object)

    return made


def _marked(make: Callable[..., None]) -> Callable[..., None]:
    def made(self: Any, branch_worker_comm: Any, program: Any, env: Any) -> None:
        make(self, branch_worker_comm, program, env)
        env.in_branch = True

    return made


def _aborted(give_up: Callable[..., None]) -> Callable[..., None]:
    def aborted(self: Any, env: Any, failure_event: FailureEvent) -> None:
        if getattr(env, "in_branch", False):
            env.event_manager.add_event(env.event_history_context, HistoryEventType.TaskStateAborted)
        give_up(self, env=env, failure_event=failure_event)

    return aborted


def _with_what_is_missing(told: Callable[..., Any]) -> Callable[..., Any]:
    """An error or a cause that a SendTaskFailure left out is null for the Catch of a Parallel (recorded 2024-04-18)."""

    def details(self: Any) -> Any:
        (said,) = (self.failure_event.event_details or {"": {}}).values()
        missing = {key: None for key in ("error", "cause") if key in said and said[key] is None}
        return {**missing, **(told(self) or {})}

    return details


def _in_time(invoke: Callable[..., None]) -> Callable[..., None]:
    """An attempt whose time is over writes nothing any more, though its function goes on to its end."""

    def invoked(env: Any, *details: Any, **named: Any) -> None:
        invoke(env, *details, **named)
        if isinstance(env.program_state(), ProgramEnded):
            raise SystemExit

    return invoked


def _not_from_broken_paths(from_error: Callable[..., FailureEvent]) -> Callable[..., FailureEvent]:
    """What a Task's error becomes in the history."""

    def told(state: Any, env: Any, ex: Exception) -> FailureEvent:
        if isinstance(ex, NoSuchJsonPathError) or _is_runtime(ex):
            env.next_field_name = getattr(ex, "field", env.next_field_name)
            raise ex
        return _refused(state, env, ex) if isinstance(ex, InvocationRefused) else from_error(state, env=env, ex=ex)

    return told


def _naming_the_field(evaluate: Callable[..., Any]) -> Callable[..., Any]:
    """The field that a broken path stands in is known to the attempt alone."""

    def named(self: Any, env: Any) -> Any:
        try:
            return evaluate(self, env)
        except NoSuchJsonPathError as missing:
            missing.field = env.next_field_name  # type: ignore[attr-defined]
            raise

    return named


def _refused(state: Any, env: Any, refused: InvocationRefused) -> FailureEvent:
    told = {"error": refused.error, "cause": refused.cause}
    details: Any = {"lambdaFunctionFailedEventDetails": told}
    event = HistoryEventType.LambdaFunctionFailed
    if not isinstance(state, StateTaskLambda):
        told |= {"resource": state._get_sfn_resource(), "resourceType": state._get_sfn_resource_type()}
        event, details = HistoryEventType.TaskFailed, {"taskFailedEventDetails": told}
    return FailureEvent(env, CustomErrorName(refused.error), event, details)


def _worded(evaluate: Callable[..., Any]) -> Callable[..., Any]:
    def worded(self: Any, env: Any) -> Any:
        try:
            return evaluate(self, env)
        except FailureEventException as failed:
            missing = failed.__context__
            if isinstance(missing, NoSuchJsonPathError):
                details: Any
                (details,) = (failed.failure_event.event_details or {}).values()
                details["cause"] = invalid_path(missing.json_path, missing.data)
            raise

    return worded


def _is_runtime(ex: Exception) -> bool:
    if not isinstance(ex, FailureEventException):
        return False
    name = ex.failure_event.error_name
    return name is not None and name.error_name == RUNTIME


def _family(kind: type) -> Iterator[type]:
    yield kind
    inner: type
    for inner in kind.__subclasses__():
        yield from _family(inner)
