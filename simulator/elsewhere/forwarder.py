#!/usr/bin/env python3
"""The code of every function in an engine that has a Lambda of its own: it knocks at the region's door.

A custom runtime ("Using the Lambda runtime API for custom runtimes", Lambda developer guide), so that an error keeps
its class name, which Retry and Catch match. Shipped as text, as the function's `bootstrap`; standard library only.
"""

import os
import urllib.request
from http.client import HTTPMessage

JSON = {"Content-Type": "application/json"}


def _sent(url: str, body: bytes | None = None) -> tuple[HTTPMessage, bytes]:
    with urllib.request.urlopen(urllib.request.Request(url, body, JSON)) as reply:  # noqa: S310  all on loopback
        return reply.headers, reply.read()


def run() -> None:
    """Take one invocation after the other to the door, and what it says back."""
    runtime = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
    door = f"{os.environ['DOOR']}/2015-03-31/functions/{os.environ['AWS_LAMBDA_FUNCTION_NAME']}/invocations"
    while True:
        asked, event = _sent(f"{runtime}/next")
        said, answer = _sent(door, event)
        outcome = "error" if said.get("X-Amz-Function-Error") else "response"
        _sent(f"{runtime}/{asked['Lambda-Runtime-Aws-Request-Id']}/{outcome}", answer)


if __name__ == "__main__":
    run()
