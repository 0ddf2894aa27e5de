"""Reading requests and answers in HTTP's form: parameters, error codes, one line for the trace."""

import json
import re
from functools import lru_cache
from typing import Any

HttpAnswer = tuple[int, dict[str, Any], Any]
"""HTTP status, headers, body: what moto's fronts return."""

UNREADABLE: dict[str, Any] = {}
"""The parameters of a request that could not be parsed; told from those of an empty one by identity."""

_XML_CODE = re.compile(r"<Code>([^<]+)</Code>")
_NAMES = re.compile(r"(name|names|id|ids|arn|arns|token)$", re.IGNORECASE)
_TARGETS = frozenset(
    ("cluster", "service", "services", "tasks", "containerInstances", "taskDefinition", "status", "DesiredCapacity")
)


def parameters(front: Any) -> dict[str, Any]:
    """The request's parameters by the API's names, whichever of moto's two ways its front parses them."""
    if front.automated_parameter_parsing:
        return dict(front.params)
    body = front.body
    if isinstance(body, str) and body.startswith("{"):
        return dict(json.loads(body))
    return {key: values[0] for key, values in front.querystring.items() if key not in ("Action", "Version")}


def is_unreadable(front: Any) -> bool:
    """Whether moto could not read the request that its front holds."""
    return front.automated_parameter_parsing and front.params is UNREADABLE


def error_code(answer: HttpAnswer) -> str | None:
    """The error code as the client will see it, None for a success."""
    status, headers, body = answer
    if status < 400:
        return None
    text = body.decode() if isinstance(body, bytes) else str(body)
    if found := _XML_CODE.search(text):
        return found[1]
    kind = headers.get("X-Amzn-Errortype") or _json_type(text)
    return str(kind).split("#")[-1] if kind else str(status)


def summary(request: dict[str, Any]) -> str:
    """What the call is about, short and the same for the same request: names and ids; of longer lists, how many."""
    return " ".join([text for key in _targets(tuple(request)) if (text := _shown(key, request[key]))])


@lru_cache(maxsize=4096)
def _targets(keys: tuple[str, ...]) -> list[str]:
    """Those of a request's members that say what it is about, in their order."""
    return sorted(key for key in keys if key in _TARGETS or _NAMES.search(key))


def _shown(key: str, value: object) -> str:
    if isinstance(value, list):
        return f"{key}={value[0]}" if len(value) == 1 and isinstance(value[0], str) else f"{key}[{len(value)}]"
    return f"{key}={value}" if isinstance(value, (str, int)) and "oken" not in key else ""


def _json_type(text: str) -> str | None:
    try:
        return str(json.loads(text).get("__type", "")) or None
    except ValueError:
        return None
