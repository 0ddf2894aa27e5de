"""`rollout region` as a process of its own, and shell lines run against it as a reader would paste them."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent
ADDRESS = re.compile(r"is served at (http://127\.0\.0\.1:\d+)")
LAST = re.compile(r"^(Nothing starts by itself|  aws ssm put-parameter) .*\n+\Z", re.MULTILINE)
PATIENCE_SECONDS = 240.0


class Shell:
    """Runs lines in bash, with the AWS CLI and `rollout` on the path; `said` is what the region printed at first."""

    def __init__(self, said: str) -> None:
        self.said = said
        self.address = ADDRESS.search(said)[1]  # type: ignore[index]

    def run(self, lines: str) -> str:
        """What they print. Raises CalledProcessError where one of them fails."""
        environment = {"PATH": f"{PROGRAMS}:{os.environ['PATH']}", "HOME": "/nonexistent", "AWS_PAGER": ""}
        command = ["bash", "-euo", "pipefail", "-c", lines]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout

    def aws(self, line: str) -> Any:
        """One command of the AWS CLI, its answer read as JSON."""
        return json.loads(self.run(f"{self.exports}\naws {line}") or "null")

    @property
    def exports(self) -> str:
        """The lines that point the AWS CLI at the region, as they were printed."""
        return "\n".join(line.strip() for line in self.said.splitlines() if line.strip().startswith("export "))

    def ended(self, execution: str) -> dict[str, Any]:
        """The execution of that ARN, once it has ended."""
        client = step_functions(self.address, execution)
        return until(lambda: _if_ended(client.describe_execution(executionArn=execution)))

    def states(self, execution: str) -> list[str]:
        """The states that it has entered so far, read without a process of the AWS CLI for each look."""
        history = step_functions(self.address, execution).get_paginator("get_execution_history")
        events = (event for page in history.paginate(executionArn=execution) for event in page["events"])
        return [each["stateEnteredEventDetails"]["name"] for each in events if "stateEnteredEventDetails" in each]


@cache
def step_functions(address: str, execution: str) -> Any:
    """A client of the region that is served there, for the one of its name that the execution runs in."""
    return boto3.client(
        "stepfunctions",
        endpoint_url=address,
        region_name=execution.split(":")[3],
        aws_access_key_id="simulated",
        aws_secret_access_key="simulated",
    )


def _if_ended(described: dict[str, Any]) -> dict[str, Any] | None:
    return None if described["status"] == "RUNNING" else described


def until(look: Callable[[], Any]) -> Any:
    """What `look` finds at last. Raises TimeoutError."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        if (found := look()) is not None:
            return found
        time.sleep(0.3)
    raise TimeoutError(f"not within {PATIENCE_SECONDS} s")


@contextmanager
def region(folder: Path, *arguments: str) -> Iterator[Shell]:
    """`rollout region` with these arguments, once it answers; what it prints goes to that folder.

    Raises RuntimeError with what it said instead.
    """
    said = folder / "said"
    with said.open("w") as output:
        command = [str(PROGRAMS / "rollout"), "region", *arguments]
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    try:
        until(lambda: process.poll() if process.poll() is not None else LAST.search(said.read_text()))
        if process.poll() is not None:
            raise RuntimeError(said.read_text())
        yield Shell(said.read_text())
    finally:
        process.terminate()
        process.wait(30)
