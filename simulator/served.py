"""A region over HTTP on loopback. Every client shares the one clock and the one lock of the region's wire."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from moto.server import ThreadedMotoServer

from simulator.engine.events import ExecutionEnded, ExecutionStarted
from simulator.region import Region

LOOPBACK = "127.0.0.1"
LOOKS_EVERY_SECONDS = 0.2
PACE = 10.0
"""Virtual seconds in a second of the visitor's, while no execution runs; one that runs takes its time by itself."""


class PortTaken(Exception):
    """Something else listens on the port."""


@contextmanager
def serve(region: Region, port: int = 0, pace: float = PACE) -> Iterator[str]:
    """Serve the open region; yields its address. Port 0 takes any. Raises PortTaken."""
    server = _started(port)
    host, taken = server.get_host_and_port()
    pacer = Pacer(region, pace)
    pacer.start()
    try:
        yield f"http://{host}:{taken}"
    finally:
        pacer.stop()
        server.stop()


class Pacer:
    """Lets virtual time pass while clients look around, so that tasks that they start do start."""

    def __init__(self, region: Region, pace: float) -> None:
        self._region, self._pace = region, pace
        self._executions = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        region.bus.subscribe(ExecutionStarted, self._began)
        region.bus.subscribe(ExecutionEnded, self._ended)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for it."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(LOOKS_EVERY_SECONDS):
            with self._region.wire.lock:
                if not self._executions:
                    self._region.clock.advance(LOOKS_EVERY_SECONDS * self._pace)

    def _began(self, _event: ExecutionStarted) -> None:
        self._executions += 1

    def _ended(self, _event: ExecutionEnded) -> None:
        self._executions -= 1


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
