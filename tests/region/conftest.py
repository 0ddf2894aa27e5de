"""Fixtures of the region's conformance tests."""

from collections.abc import Iterator

import pytest

from tests.region.small_region import SmallRegion, small_region


@pytest.fixture
def small() -> Iterator[SmallRegion]:
    """EC2 and Auto Scaling, empty but for two images."""
    with small_region() as region:
        yield region


@pytest.fixture(autouse=True)
def _no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore waits between its attempts in real time; nothing here needs that."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)
