"""Any engine that speaks the Step Functions API and invokes functions at an address that it was given.

`amazon/aws-stepfunctions-local` does, with `LAMBDA_ENDPOINT` on our door (compose.yaml).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from simulator.elsewhere import ministack
from simulator.elsewhere.door import Door, opened
from simulator.elsewhere.region import Elsewhere
from simulator.engine.template import Deployment

ENDPOINT = "STEPFUNCTIONS_ENDPOINT"
DOOR_PORT = 9001
"""Where the door is for an engine that is told so before it starts."""


@dataclass
class Endpoint:
    """An engine that somebody else has started."""

    endpoint: str
    door: Door

    def bind(self, deployment: Deployment, region: str) -> None:
        """Nothing: the engine knows the door, and a function is its name there."""


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """The engine at `STEPFUNCTIONS_ENDPOINT`, its door on port 9001; or a ministack of our own. Raises NotStarted."""
    address = os.environ.get(ENDPOINT)
    if not address:
        with ministack.running() as started:
            yield started
        return
    with opened(port=DOOR_PORT) as door:
        yield Endpoint(address, door)
