"""A function of somebody else's in a process of its own, with the region's address, credentials and time."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from simulator.aws.ecs.context import ACCOUNT

RUNTIME = Path(__file__).with_name("runtime.py")
NAME = "foreign"
MEMORY_MB = 128
PATIENCE_SECONDS = 120.0
"""Real seconds in which the process may do nothing that is told: it has no virtual time to pass by itself."""
REFUSALS = {"UnsupportedOperation", "UnsupportedFeatureException"}
"""Codes by which the region says that it does not have an operation."""


class NotLoaded(Exception):
    """There is no such function, or its module cannot be imported; the text says why."""


@dataclass(frozen=True)
class Code:
    """Where a function is: its folder, and its handler as Lambda names it, `module.function`."""

    folder: Path
    handler: str


@dataclass(frozen=True)
class Call:
    """An API call of the function: at which moment (the clock's seconds), what it asked, and what it got, in short.

    `error` is the code that it saw; None where it succeeded.
    """

    at: float
    service: str
    operation: str
    asked: str
    answered: str
    error: str | None

    @property
    def refused(self) -> bool:
        """The region does not have it."""
        return self.error in REFUSALS


@dataclass
class Invocation:
    """One invocation: what was called, and how it ended: `error` is None where the function returned."""

    began: float
    calls: list[Call] = field(default_factory=list)
    error: str | None = None


class Time:
    """The region's time as a function sees it: `now` in the clock's seconds, `epoch` added to it is Unix time."""

    def __init__(self, now: Callable[[], float], epoch: float, let_pass: Callable[[float], None]) -> None:
        self.now, self.let_pass, self._epoch = now, let_pass, epoch

    def unix(self) -> float:
        """Seconds since 1970."""
        return self._epoch + self.now()


class Function:
    """Its execution environment: made at its first invocation, and anew after it was killed."""

    def __init__(self, code: Code, environment: Mapping[str, str], timeout: float, clock: Time, log: IO[str]) -> None:
        self._code, self._environment, self._timeout = code, dict(environment), timeout
        self._time, self._log = clock, log
        self._environment_of: _Process | None = None
        self._requests = 0

    def invoke(self, event: Any) -> Invocation:
        """Run it to its end, or to its time-out. Raises NotLoaded."""
        process = self._environment_of = self._environment_of or self._start()
        self._requests += 1
        invocation = Invocation(self._time.now())
        deadline = self._time.now() + self._timeout
        process.say({"now": self._time.unix(), "event": event, "context": self._context(deadline)})
        while (said := process.hear()) is not None and "returned" not in said and "failed" not in said:
            if "call" in said:
                invocation.calls.append(Call(at=self._time.now(), **said["call"]))
            elif not self._slept(process, said["sleep"], deadline):
                invocation.error = f"Task timed out after {self._timeout:.2f} seconds"
                self.close()
                return invocation
        if said is None:
            invocation.error = "Runtime exited, or did nothing for too long"
            self.close()
        elif "failed" in said:
            invocation.error = "{errorType}: {errorMessage}".format(**said["failed"])
        return invocation

    def close(self) -> None:
        """End the process."""
        if self._environment_of is not None:
            self._environment_of.kill()
            self._environment_of = None

    def _slept(self, process: "_Process", seconds: float, deadline: float) -> bool:
        """Whether so much time could pass before the time-out."""
        left = deadline - self._time.now()
        self._time.let_pass(min(seconds, left))
        if seconds >= left:
            return False
        process.say({"now": self._time.unix()})
        return True

    def _start(self) -> "_Process":
        process = _Process(self._code, self._environment, self._log)
        process.say({"now": self._time.unix()})
        said = process.hear()
        if said is None or "failed" in said:
            process.kill()
            failed = (said or {}).get("failed", {"errorType": "Runtime", "errorMessage": "exited"})
            raise NotLoaded("{errorType}: {errorMessage}".format(**failed))
        return process

    def _context(self, deadline: float) -> dict[str, Any]:
        return {
            "function_name": NAME,
            "invoked_function_arn": arn(self._environment["AWS_REGION"]),
            "aws_request_id": f"00000000-0000-4000-8000-{self._requests:012}",
            "memory_limit_in_mb": str(MEMORY_MB),
            "deadline": self._time.unix() + deadline - self._time.now(),
        }


def arn(region: str) -> str:
    """Of the function, were it deployed there."""
    return f"arn:aws:lambda:{region}:{ACCOUNT}:function:{NAME}"


def environment(address: str, region: str, more: Mapping[str, str]) -> dict[str, str]:
    """What a function of Lambda's finds in its environment, its endpoint the region's; nothing of this process's."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "TZ": "UTC",
        "AWS_ENDPOINT_URL": address,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": "simulated",
        "AWS_SECRET_ACCESS_KEY": "simulated",
        "AWS_SESSION_TOKEN": "simulated",
        "AWS_LAMBDA_FUNCTION_NAME": NAME,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY_MB),
        "AWS_EC2_METADATA_DISABLED": "true",
        **more,
    }


class _Process:
    """The process that runs `runtime.py`, and what goes to it and comes from it."""

    def __init__(self, code: Code, environment_of_it: Mapping[str, str], log: IO[str]) -> None:
        self._from, theirs = os.pipe()
        command = [sys.executable, "-B", str(RUNTIME), str(code.folder), code.handler, str(theirs)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=[theirs],
            env=environment_of_it,
            cwd=code.folder,
        )
        os.close(theirs)
        self._heard = b""

    def say(self, what: dict[str, Any]) -> None:
        """Send a line. Nobody hears it where the process is gone: then nothing comes back either."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(what).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return

    def hear(self) -> dict[str, Any] | None:
        """The next line, None where the process has ended or says nothing: by `select`, whose clock is the real one."""
        while b"\n" not in self._heard:
            ready, _, _ = select.select([self._from], [], [], PATIENCE_SECONDS)
            more = os.read(self._from, 65_536) if ready else b""
            if not more:
                return None
            self._heard += more
        line, _, self._heard = self._heard.partition(b"\n")
        said: dict[str, Any] = json.loads(line)
        return said

    def kill(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()
        os.close(self._from)
