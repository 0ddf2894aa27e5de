"""The stack is not deleted while a rollout runs: CloudFormation is told so, at the address that it gave."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from simulator.scenario.load import load
from simulator.simulation import Simulation

EXAMPLE = load(Path(__file__).parents[2] / "examples" / "dev-cluster.json")
HOUR = 3600.0


class Bucket(HTTPServer):
    """Where CloudFormation waits for the answer: a pre-signed address."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Put)
        self.answers: list[dict[str, Any]] = []


class Put(BaseHTTPRequestHandler):
    server: Bucket

    def do_PUT(self) -> None:
        self.server.answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with Bucket() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def asked(region: Simulation, bucket: Bucket, request: str) -> dict[str, Any]:
    functions = region.engine.functions
    name = next(name for name in functions.handlers if "GuardDeletion" in name)
    event = {
        "RequestType": request,
        "ResponseURL": f"http://127.0.0.1:{bucket.server_port}/answer?signed",
        "StackId": "arn:stack",
        "RequestId": "1",
        "LogicalResourceId": "NoRolloutRuns",
        **({"PhysicalResourceId": "here"} if request != "Create" else {}),
    }
    _said, error = functions.invoke(functions.arn_of(name), json.dumps(event).encode())
    assert error is None
    return bucket.answers[-1]


def test_in_mid_rollout_the_deletion_fails_and_says_who_runs(cdk_out: Path, bucket: Bucket) -> None:
    with Simulation(EXAMPLE, 1, cdk_out) as region:
        region.start_execution()
        region.pass_time(120.0)
        refused = asked(region, bucket, "Delete")
        region.engine.execution("rehearsal").wait()
        allowed = asked(region, bucket, "Delete")
    assert refused["Status"] == "FAILED"
    assert "a rollout has, 1 in all: DevCluster/DevCluster-nodes by execution rehearsal" in refused["Reason"]
    assert (refused["PhysicalResourceId"], refused["StackId"], refused["RequestId"]) == ("here", "arn:stack", "1")
    assert (allowed["Status"], allowed["Reason"]) == ("SUCCESS", "")


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_deployments_are_never_held_up(request_type: str, cdk_out: Path, bucket: Bucket) -> None:
    with Simulation(EXAMPLE, 1, cdk_out) as region:
        region.start_execution()
        region.pass_time(120.0)
        assert asked(region, bucket, request_type)["Status"] == "SUCCESS"


def test_a_lease_that_lapsed_holds_nothing_up(cdk_out: Path, bucket: Bucket) -> None:
    with Simulation(EXAMPLE, 1, cdk_out) as region:
        region.rules_enabled = False
        region.start_execution()
        region.pass_time(120.0)
        region.engine.stop("rehearsal")
        assert asked(region, bucket, "Delete")["Status"] == "FAILED"
        region.pass_time(2 * HOUR)
        assert asked(region, bucket, "Delete")["Status"] == "SUCCESS"
