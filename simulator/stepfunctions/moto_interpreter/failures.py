"""States.HeartbeatTimeout: what a Task says that got no heartbeat in time. moto says States.Timeout.

Amazon States Language, appendix A: HeartbeatTimeout is "a Task State failed to send a heartbeat for a time longer than
the HeartbeatSeconds value", and Timeout covers that as well: who catches States.Timeout catches both, so machines from
before the name was there still work (aws/aws-cdk issue 16084). That the event TaskTimedOut carries the newer name is a
guess.
"""

from collections.abc import Callable
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.eval.callback.callback import HeartbeatTimeoutError

HEARTBEAT = StatesErrorName(StatesErrorNameType.StatesHeartbeatTimeout)
TIMEOUT = StatesErrorName(StatesErrorNameType.StatesTimeout)


def told_as_a_heartbeat(from_error: Callable[..., FailureEvent]) -> Callable[..., FailureEvent]:
    """What a Task's error becomes in the history."""

    def told(state: Any, env: Any, ex: Exception) -> FailureEvent:
        if not isinstance(ex, HeartbeatTimeoutError):
            return from_error(state, env=env, ex=ex)
        details: Any = {
            "taskTimedOutEventDetails": {
                "error": HEARTBEAT.error_name,
                "resource": state._get_sfn_resource(),
                "resourceType": state._get_sfn_resource_type(),
            }
        }
        return FailureEvent(env, HEARTBEAT, HistoryEventType.TaskTimedOut, details)

    return told


def names_it(names: list[Any], error: Any) -> bool:
    """Whether `names`, an ErrorEquals, has the error's wider name."""
    return bool(error == HEARTBEAT and TIMEOUT in names)
