"""The in-process clients' retries cost and give back what botocore's do: both modes judge the same product."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.retries.quota import RetryQuota
from botocore.retries.standard import RetryQuotaChecker
from hypothesis import given
from hypothesis import strategies as st

from simulator.api.dispatch import ApiDispatch, ApiError
from simulator.in_process.clients import ATTEMPTS, QUOTA, InProcessClient
from simulator.kernel.clock import Clock
from simulator.kernel.events import Bus
from simulator.kernel.random_streams import RandomStreams

THROTTLED, BROKEN, REFUSED = "ThrottlingException", "ServerException", "ClientException"


class Botocore:
    """Its own quota, told of the same calls."""

    def __init__(self) -> None:
        self.quota = RetryQuota(QUOTA)
        detector = SimpleNamespace(is_throttling_error_from_context=lambda context: context.code == THROTTLED)
        self._checker: Any = RetryQuotaChecker(self.quota, throttling_detector=detector)

    def call(self, errors: list[str]) -> bool:
        """Whether the call succeeds, having failed with these before."""
        known: dict[str, Any] = {}
        for attempt, code in enumerate(errors, start=1):
            context = SimpleNamespace(code=code, request_context=known, add_retry_metadata=lambda **_: None)
            retries = code != REFUSED and attempt < ATTEMPTS
            if not (retries and self._checker.acquire_retry_quota(context)):
                return False
        self._checker.release_retry_quota(context=known, http_response=SimpleNamespace(status_code=200))
        return True


class Ecs:
    """Fails as it is told."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    def list_clusters(self) -> dict[str, Any]:
        """An empty list, after the errors."""
        if self.errors:
            raise ApiError(self.errors.pop(0), "as told")
        return {"clusterArns": []}


@given(st.lists(st.lists(st.sampled_from([THROTTLED, BROKEN, REFUSED]), max_size=9), max_size=40))
def test_the_quota_is_botocores_after_every_call(calls: list[list[str]]) -> None:
    clock, api, theirs = Clock(), Ecs(), Botocore()
    dispatch = ApiDispatch(clock, RandomStreams(1), Bus(clock), (0.0, 0.0))
    ours = InProcessClient("ecs", api, dispatch, clock, "eu-west-1")

    for errors in calls:
        api.errors = list(errors)
        if theirs.call(errors):
            ours.list_clusters()
        else:
            with pytest.raises(ClientError):
                ours.list_clusters()
        assert ours._quota == theirs.quota.available_capacity
