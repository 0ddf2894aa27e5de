"""ministack, an independent simulation of AWS, as the other engine: its own process in its own virtual environment.

Its Waits are skipped (`SFN_WAIT_SCALE=0`): their seconds pass on the region's clock.
"""

import io
import os
import socket
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

import boto3

from simulator.elsewhere.door import LOOPBACK, Door, opened
from simulator.engine.template import ACCOUNT, Deployment
from simulator.synthesis import ROOT

COMMAND = ROOT / ".build" / "ministack" / "bin" / "ministack"
STARTS_WITHIN_SECONDS = 30.0
CODE = Path(__file__).with_name("forwarder.py")
LONGEST_SECONDS = 900


class NotStarted(Exception):
    """ministack is not there, or did not come up."""


@dataclass
class Ministack:
    """A running one."""

    endpoint: str
    door: Door
    bound: set[str] = field(default_factory=set)

    def bind(self, deployment: Deployment, region: str) -> None:
        """Make each function a forwarder to the door, where it is not one yet."""
        lambdas = boto3.client("lambda", region_name=region, endpoint_url=self.endpoint)
        for function in deployment.functions:
            if function.arn in self.bound:
                continue
            self.bound.add(function.arn)
            lambdas.create_function(
                FunctionName=function.name,
                Runtime="provided.al2023",
                Role=f"arn:aws:iam::{ACCOUNT}:role/simulated",
                Handler="bootstrap",
                Code={"ZipFile": _zipped()},
                Environment={"Variables": {"DOOR": self.door.url}},
                Timeout=LONGEST_SECONDS,
            )


@contextmanager
def running(mocks: Path | None = None) -> Iterator[Ministack]:
    """One that runs on loopback, with a MockConfigFile.json where one is given. Raises NotStarted."""
    if not COMMAND.is_file():
        raise NotStarted(
            f"{COMMAND.relative_to(ROOT)} is not there: `make setup` in a checkout of the sources installs it. "
            "Another engine is taken from STEPFUNCTIONS_ENDPOINT."
        )
    port = _free_port()
    endpoint = f"http://{LOOPBACK}:{port}"
    log = ROOT / ".build" / f"ministack-{port}.log"
    with opened() as door, log.open("w") as output:
        process = subprocess.Popen([COMMAND], env=_environment(port, mocks), stdout=output, stderr=subprocess.STDOUT)
        try:
            _await(port, process, log)
            yield Ministack(endpoint, door)
        finally:
            process.terminate()
            process.wait()


def _environment(port: int, mocks: Path | None) -> dict[str, str]:
    mine = {
        **({"SFN_MOCK_CONFIG": str(mocks)} if mocks else {}),
        "BIND_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "SFN_WAIT_SCALE": "0",
        "SERVICES": "stepfunctions,lambda",
        "LOG_LEVEL": "ERROR",
    }
    return {**{key: value for key, value in os.environ.items() if not key.startswith("AWS_")}, **mine}


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < until and process.poll() is None:
        connection = HTTPConnection(LOOPBACK, port)
        try:
            connection.request("GET", "/_ministack/ready")
            connection.getresponse()
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    raise NotStarted(f"ministack did not come up: {log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        executable = zipfile.ZipInfo("bootstrap")
        executable.external_attr = 0o755 << 16
        archive.writestr(executable, CODE.read_text())
    return packed.getvalue()
