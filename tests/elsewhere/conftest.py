"""The other engine: ministack of our own, or whatever is at STEPFUNCTIONS_ENDPOINT."""

from collections.abc import Iterator

import pytest

from simulator.elsewhere.endpoint import elsewhere
from simulator.elsewhere.region import Elsewhere


@pytest.fixture(scope="session")
def there() -> Iterator[Elsewhere]:
    with elsewhere() as started:
        yield started
