"""Where another engine invokes the functions: Lambda's Invoke on loopback.

    POST /2015-03-31/functions/<name or ARN>/invocations     (Lambda API reference, Invoke)

Each request is a knock that waits until the region's engine has answered it.
"""

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

LOOPBACK = "127.0.0.1"
PREFIX, SUFFIX = "/2015-03-31/functions/", "/invocations"


@dataclass
class Knock:
    """An invocation that waits at the door: of which function, and with which event."""

    function: str
    body: bytes
    answered: threading.Event = field(default_factory=threading.Event)
    answer: Any = None
    failed: bool = False

    @property
    def event(self) -> dict[str, Any]:
        """What the function is given."""
        return json.loads(self.body)  # type: ignore[no-any-return]

    def say(self, answer: Any, *, failed: bool) -> None:
        """Answer it."""
        self.answer, self.failed = answer, failed
        self.answered.set()


class Door(ThreadingHTTPServer):
    """Takes invocations into `knocks`, in the order of their coming."""

    daemon_threads = True

    def __init__(self, host: str, port: int) -> None:
        super().__init__((host, port), _Request)
        self.knocks: queue.Queue[Knock] = queue.Queue()
        self.url = f"http://{LOOPBACK}:{self.server_address[1]}"


class _Request(BaseHTTPRequestHandler):
    server: Door

    def do_POST(self) -> None:
        """One invocation."""
        if not (self.path.startswith(PREFIX) and self.path.endswith(SUFFIX)):
            self.send_error(404)
            return
        name = unquote(self.path.removeprefix(PREFIX).removesuffix(SUFFIX))
        knock = Knock(name, self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        self.server.knocks.put(knock)
        knock.answered.wait()
        body = json.dumps(knock.answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Amz-Executed-Version", "$LATEST")
        if knock.failed:
            self.send_header("X-Amz-Function-Error", "Unhandled")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def opened(host: str = LOOPBACK, port: int = 0) -> Iterator[Door]:
    """A door that is open; port 0 takes any."""
    door = Door(host, port)
    thread = threading.Thread(target=door.serve_forever, daemon=True)
    thread.start()
    try:
        yield door
    finally:
        door.shutdown()
        door.server_close()
        thread.join()
