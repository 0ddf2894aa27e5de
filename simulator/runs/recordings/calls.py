"""Notes each call that clients of a boto3 session make: request, and answer or error, as botocore has parsed them."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from botocore import xform_name
from botocore.model import OperationModel

Call = dict[str, Any]
"""`service`, `operation`, `request`, `recorded_at`, and `recorded`: the answer or the error by the operation's name."""

ASKED = "asked_for_the_recording"


class Recorder:
    """All calls of clients that the session makes from now on. An answer that is the last one again is left out."""

    def __init__(self, session: Any, source: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.calls: list[Call] = []
        self._source, self._now = source, now
        self._last: dict[str, Any] = {}
        session.events.register("before-parameter-build", self._asked)
        session.events.register("after-call", self._answered)

    def _asked(self, params: Any, context: dict[str, Any], **_more: Any) -> None:
        context[ASKED] = deepcopy(params)

    def _answered(self, parsed: Any, model: OperationModel, context: dict[str, Any], **_more: Any) -> None:
        service, operation = model.service_model.service_name, model.name
        request, answer = context.get(ASKED, {}), _without_the_call(parsed)
        key = f"{service} {operation} {request!r}"
        if self._last.get(key) == answer:
            return
        self._last[key] = answer
        self.calls.append(
            {
                "source": self._source,
                "recorded_at": self._now().isoformat(timespec="seconds"),
                "service": service,
                "operation": operation,
                "request": request,
                "recorded": {xform_name(operation, "-"): answer},
            }
        )


def answer_of(call: Call) -> dict[str, Any]:
    """The answer, or `{"Error": …}`; either with its `ResponseMetadata`."""
    (answer,) = call["recorded"].values()
    return dict(answer)


def _without_the_call(parsed: dict[str, Any]) -> dict[str, Any]:
    """What tells of this one call (ids, headers, retries) is left out but for the status."""
    status = parsed.get("ResponseMetadata", {}).get("HTTPStatusCode")
    error = {key: parsed["Error"][key] for key in ("Code", "Message") if key in parsed.get("Error", {})}
    metadata = {"ResponseMetadata": {"HTTPHeaders": {}, "HTTPStatusCode": status}}
    if error:
        return {"Error": error, **metadata}
    return deepcopy({name: value for name, value in parsed.items() if name != "ResponseMetadata"}) | metadata
