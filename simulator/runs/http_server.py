"""A region over HTTP on loopback. Every client shares the one clock and the one lock of the region's dispatch.

Here virtual time has a pace, whether or not an execution runs, so that its user can act in between; the stack's
schedules are on; the scenario's operators do not act, because the user is all of them, and AWS, too: public
parameters can be written.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from moto.server import ThreadedMotoServer
from moto.ssm.models import ssm_backends

from simulator.aws.ecs.context import ACCOUNT
from simulator.aws.public_parameters import PUBLIC
from simulator.simulation import Simulation

LOOPBACK = "127.0.0.1"
LOOKS_EVERY_SECONDS = 0.1
SPEED = 60.0
"""Virtual seconds in a real second: a rollout of a few instances takes ten to twenty of those."""


class PortTaken(Exception):
    """Something else listens on the port."""


@contextmanager
def serve(region: Simulation, port: int = 0, speed: float = SPEED) -> Iterator[str]:
    """Serve the open region; yields its address. Port 0 takes any. Raises PortTaken."""
    server = _started(port)
    host, taken = server.get_host_and_port()
    region.operators.stay_out()
    region.schedules.run()
    pacer = Pacer(region, speed)
    with _publishing(region):
        pacer.start()
        try:
            yield f"http://{host}:{taken}"
        finally:
            pacer.stop()
            server.stop()


class Pacer:
    """Lets virtual time pass at a pace; not while a function runs, which takes the time that it takes."""

    def __init__(self, region: Simulation, speed: float) -> None:
        self._engine, self._speed = region.engine, speed
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._engine.let_time_pass(0.0)
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for it; then time passes by itself again."""
        self._stopped.set()
        self._thread.join()
        self._engine.go_freely()

    def _run(self) -> None:
        before = time.perf_counter()  # the other clocks of this process are the region's
        while not self._stopped.wait(LOOKS_EVERY_SECONDS):
            now = time.perf_counter()
            self._engine.let_time_pass((now - before) * self._speed)
            before = now


@contextmanager
def _publishing(region: Simulation) -> Iterator[None]:
    """A new public AMI is published by `aws ssm put-parameter`, which AWS allows nobody but itself."""
    backend = ssm_backends[ACCOUNT][region.scenario.region]
    with patch.object(backend, "put_parameter", _put(region, backend.put_parameter)):
        yield


def _put(region: Simulation, put: Callable[..., Any]) -> Callable[..., Any]:
    def put_parameter(name: str, description: str, value: str, *others: Any, **named: Any) -> Any:
        if not name.startswith(PUBLIC):
            return put(name, description, value, *others, **named)
        region.set_parameter(name, value)
        return ssm_backends[ACCOUNT][region.scenario.region].get_parameter(name)

    return put_parameter


def _started(port: int) -> ThreadedMotoServer:
    """A server that listens; moto's own start would wait for ever where the port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise PortTaken(f"port {port}: {error.strerror}") from None
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(LOOPBACK, port, verbose=False)
    server.start()
    return server
