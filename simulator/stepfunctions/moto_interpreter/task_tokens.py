"""Task tokens: a Task that waits for one, and the three operations that bring one back.

    Task ── token ──▶ function          SendTaskSuccess / SendTaskFailure ──▶ the Task goes on
      └──────── waits, in virtual time, until then or until its TimeoutSeconds or HeartbeatSeconds have passed

Instead of moto's own waiting, which keeps a token over the retries of a Task, wakes nobody when an execution is
stopped, gives a Task with a heartbeat one minute in all, and has no word for a token that came too late.
"""

import base64
import json
import random
import threading
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSeconds
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackOutcome,
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
    CallbackOutcomeTimedOut,
    HeartbeatTimedOut,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.states import ContextObject
from moto.stepfunctions.responses import StepFunctionResponse

from simulator.api.dispatch import ApiError
from simulator.stepfunctions.tokens import INVALID, LATE, TOKEN_BYTES

NO_JSON = ("InvalidOutput", "Invalid Output: 'The JSON output is not valid.'")

_ENDS = ("set_ended", "set_error", "set_timed_out", "set_stop")


class Waiting:
    """A Task that waits for its token, until it is `over`. `event` wakes it: for an outcome, a heartbeat, an end."""

    def __init__(self, env: Any, event: threading.Event) -> None:
        self.env = env
        self.event = event
        self.outcome: Any = None
        self.over = False


class Tokens:
    """All tokens of one engine: those that a Task waits for, and those that it does not wait for any more."""

    def __init__(self, chance: random.Random, event: Callable[[], threading.Event]) -> None:
        self._chance = chance
        self._event = event
        self._given: dict[str, Waiting] = {}

    def patch_moto(self, enter: Callable[[Any], Any]) -> None:
        """Take the place of moto's tokens, through an ExitStack's `enter_context`."""
        callback = StateTaskServiceCallback
        fronts = (self.send_task_success, self.send_task_failure, self.send_task_heartbeat)
        for owner, name, new in (
            (ContextObject, "update_task_token", self._drawn()),
            (callback, "_evaluate_with_timeout", self._with_a_token(callback._evaluate_with_timeout)),
            (callback, "_eval_wait_for_task_token", self._waiter()),
            *((Environment, end, self._telling(vars(Environment)[end])) for end in _ENDS),
            *((StepFunctionResponse, front.__name__, _front(front)) for front in fronts),
        ):
            enter(patch.object(owner, name, new))

    def send_task_success(self, front: Any) -> None:
        """The Task that waits goes on with this output."""
        token, output = front._get_param("taskToken"), front._get_param("output")
        try:
            json.loads(output)
        except ValueError:
            raise ApiError(*NO_JSON) from None
        self._complete(CallbackOutcomeSuccess(token, output))

    def send_task_failure(self, front: Any) -> None:
        """The Task that waits fails with this error and cause."""
        token, error, cause = (front._get_param(name) for name in ("taskToken", "error", "cause"))
        self._complete(CallbackOutcomeFailure(token, error, cause))

    def send_task_heartbeat(self, front: Any) -> None:
        """The Task that waits gets its HeartbeatSeconds anew; without any, nothing changes."""
        self._waited_for(front._get_param("taskToken")).event.set()

    def _complete(self, outcome: CallbackOutcome) -> None:
        waiting = self._waited_for(outcome.callback_id)
        waiting.outcome, waiting.over = outcome, True
        waiting.event.set()

    def _waited_for(self, token: str) -> Waiting:
        """Who waits for the token. Raises ApiError: TaskTimedOut where nobody does any more, else InvalidToken."""
        if token not in self._given:
            raise ApiError(*INVALID)
        if self._given[token].over:
            raise ApiError(*LATE)
        return self._given[token]

    def _drawn(self) -> Callable[[Any], str]:
        """Tokens from the seed: what carries one on is the same in each run."""

        def update_task_token(context: Any) -> str:
            token = base64.b64encode(self._chance.randbytes(TOKEN_BYTES)).decode()
            context.context_object_data["Task"] = {"Token": token}
            return token

        return update_task_token

    def _with_a_token(self, evaluate: Callable[..., None]) -> Callable[..., None]:
        """One attempt at a Task: a token of its own, which is over when the attempt is."""

        def evaluated(state: Any, env: Any) -> None:
            if state.resource.condition is None:
                evaluate(state, env)
                return
            if state.heartbeat and state.timeout.is_default_value():  # 60 s in moto, none on AWS
                state.timeout = TimeoutSeconds(TimeoutSeconds.DEFAULT_TIMEOUT_SECONDS)
            token = env.states.context_object.update_task_token()
            env.callback_pool_manager.add(token)
            waiting = self._given[token] = Waiting(env, self._event())
            try:
                evaluate(state, env)
            except Exception:
                if env.is_running():
                    raise
                env.stack.append(None)  # its execution was stopped: that is no error of the Task
            finally:
                waiting.over = True

        return evaluated

    def _waiter(self) -> Callable[..., Any]:
        """Returns what came back, or moto's word for a heartbeat that did not come, or for an attempt that is over.

        TimeoutSeconds is watched by who waits for this, and ends the attempt.
        """

        def wait(_state: Any, env: Any, timeout_seconds: int, callback_endpoint: Any, heartbeat_endpoint: Any) -> Any:  # noqa: ARG001
            waiting = self._given[callback_endpoint.callback_id]
            waiting.env = env
            seconds = heartbeat_endpoint._heartbeat_seconds if heartbeat_endpoint else None
            while waiting.outcome is None and env.is_running():
                waiting.event.clear()
                if not waiting.event.wait(seconds):
                    return HeartbeatTimedOut()
            return waiting.outcome or CallbackOutcomeTimedOut(callback_endpoint.callback_id)

        return wait

    def _telling(self, end: Callable[..., None]) -> Callable[..., None]:
        """Wakes the Tasks that wait in a part of an execution that has ended: moto lets them wait on."""

        def told(env: Any, *why: Any, **named: Any) -> None:
            end(env, *why, **named)
            for waiting in self._given.values():
                if not (waiting.over or waiting.env.is_running()):
                    waiting.event.set()

        return told


def _front(send: Callable[[Any], None]) -> Callable[[Any], ActionResult]:
    def answer(front: Any) -> ActionResult:
        send(front)
        return EmptyResult()

    return answer
