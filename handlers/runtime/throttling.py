"""Throttles: how often AWS told this process to slow down, whether a retry got through then or not."""

from collections import Counter
from typing import Any

CODES = frozenset({
    "BandwidthLimitExceeded", "LimitExceededException", "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled", "RequestThrottledException",
    "SlowDown", "ThrottledException", "Throttling", "ThrottlingException", "TooManyRequestsException",
    "TransactionInProgressException", "EC2ThrottledException",
})  # fmt: skip
"""What botocore's standard mode takes for throttling (`ThrottledRetryableChecker` in `botocore.retries.standard`)."""

_seen: Counter[str] = Counter()


def install(session: Any) -> None:
    """Count the throttled attempts of every client that this session makes."""
    session.events.register("needs-retry", _count)


def drain_count() -> int:
    """How many there were since this was asked last."""
    count = _seen.total()
    _seen.clear()
    return count


def _count(response: tuple[Any, dict[str, Any]] | None = None, **_more: Any) -> None:
    """Botocore asks its listeners after each attempt; one that answers nothing decides nothing."""
    if response is None:
        return
    code = response[1].get("Error", {}).get("Code", "")
    if code in CODES:
        _seen[code] += 1
