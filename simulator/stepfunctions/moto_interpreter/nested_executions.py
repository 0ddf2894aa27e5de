"""Tasks that start executions: moto does not translate between Step Functions' spelling and the API's."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from moto.core.utils import iso_8601_datetime_with_milliseconds
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)


def methods() -> list[tuple[type, str, Any]]:
    """What to replace: the class, the method's name, the method."""
    normalise = StateTaskServiceSfn._normalise_parameters
    return [
        (StateTaskServiceSfn, "_normalise_parameters", _as_the_api_spells(normalise)),
        (StateTaskServiceSfn, "_normalise_response", _as_step_functions_spells),
    ]


def _as_the_api_spells(normalise: Callable[..., None]) -> Callable[..., None]:
    """`StateMachineArn` of a Task's Parameters is `stateMachineArn` for the API."""

    def normalised(self: Any, parameters: dict[str, Any], *names: Any, **named: Any) -> None:
        normalise(self, parameters, *names, **named)
        for key in list(parameters):
            parameters[key[0].lower() + key[1:]] = parameters.pop(key)

    return normalised


def _as_step_functions_spells(_self: Any, response: Any, *_names: Any, **_named: Any) -> None:
    """The other way round; dates are text, and that the input is there is said, which moto leaves out."""
    if "input" in response:
        response.setdefault("inputDetails", {"included": True})
    for key in list(response):
        value = response.pop(key)
        if key.endswith("Details"):
            _as_step_functions_spells(_self, value)
        elif isinstance(value, datetime):
            value = iso_8601_datetime_with_milliseconds(value)
        response[key[0].upper() + key[1:]] = value
