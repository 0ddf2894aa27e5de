"""The fence: an AWS client that changes something only while the rollout's lease is still this execution's.

AWS's own APIs take no fencing token. So the lease is read, consistently, right before each call that changes
something: what a writer that lost its lease can still do is the one call that it had begun.
"""

from collections.abc import Callable
from typing import Any

READS = ("describe_", "list_", "get_", "batch_get_", "can_paginate")

Check = Callable[[], None]


class Fence:
    """Holds the check of whoever acts now; nobody may change anything before an operator is let in."""

    def __init__(self) -> None:
        self._check: Check = _closed

    def authorize_with(self, check: Check) -> None:
        """From now on `check` decides, by raising LeaseLost or not, whether a change may be made."""
        self._check = check

    def wrap(self, client: Any) -> Any:
        """The same client, with the check before each call that changes something."""
        return _Fenced(client, self)

    def check(self) -> None:
        """Raise unless who acts now may change something."""
        self._check()


class _Fenced:
    def __init__(self, client: Any, fence: Fence) -> None:
        self._client, self._fence = client, fence

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name.startswith(READS) or not callable(found):
            self.__dict__[name] = found  # the next time it is found there at once
            return found

        def checked(*args: Any, **request: Any) -> Any:
            if not request.get("DryRun"):
                self._fence.check()
            return found(*args, **request)

        self.__dict__[name] = checked
        return checked


def _closed() -> None:
    raise RuntimeError("A handler that holds no lease was about to change something.")
