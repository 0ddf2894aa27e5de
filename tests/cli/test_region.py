"""The region over HTTP: the AWS CLI lists the clusters, starts the execution and reads its history."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.region import invitation
from handlers import catalogue
from simulator.cdk_output import ensure_synthesized
from simulator.runs.http_server import PortTaken, serve
from simulator.scenario.load import load
from simulator.simulation import Simulation

SCENARIO = load(Path(__file__).parents[2] / "examples" / "dev-cluster.json")
Aws = Callable[..., Any]


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Simulation, str]]:
    with Simulation(SCENARIO, 1, ensure_synthesized()) as region, serve(region, speed=600) as address:
        yield region, address


@pytest.fixture(scope="module")
def aws(served: tuple[Simulation, str]) -> Aws:
    """The AWS CLI in a process of its own, pointed at the region."""
    program = shutil.which("aws")
    assert program is not None
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": served[1],
        "AWS_DEFAULT_REGION": SCENARIO.region,
        "AWS_ACCESS_KEY_ID": "simulated",
        "AWS_SECRET_ACCESS_KEY": "simulated",
    }

    def call(*arguments: str) -> Any:
        done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    return call


def test_the_aws_cli_sees_the_cluster_and_its_container_instances(aws: Aws) -> None:
    assert aws("ecs", "list-clusters")["clusterArns"][0].endswith("cluster/DevCluster")
    assert len(aws("ecs", "list-container-instances", "--cluster", "DevCluster")["containerInstanceArns"]) == 2


def test_the_aws_cli_starts_the_execution_and_reads_its_history(aws: Aws, served: tuple[Simulation, str]) -> None:
    region, _ = served

    started = aws(
        "stepfunctions", "start-execution", "--name", "by-hand",
        "--state-machine-arn", region.engine.machine_arn, "--input", json.dumps(SCENARIO.input),
    )  # fmt: skip
    result = region.engine.result_of(started["executionArn"])
    history = aws("stepfunctions", "get-execution-history", "--execution-arn", started["executionArn"])

    assert result.status == "SUCCEEDED"
    entered = [
        each["stateEnteredEventDetails"]["name"] for each in history["events"] if "stateEnteredEventDetails" in each
    ]
    assert entered[0] == catalogue.PLAN.forward
    assert entered[-1] == catalogue.ROLLED_OUT.forward


def test_the_invitation_names_the_address_and_the_state_machine(served: tuple[Simulation, str]) -> None:
    region, address = served

    text = invitation(region, address)

    assert f"AWS_ENDPOINT_URL={address}" in text
    assert region.engine.machine_arn in text


def test_a_port_that_is_taken_is_said_at_once(served: tuple[Simulation, str]) -> None:
    region, address = served

    with pytest.raises(PortTaken), serve(region, int(address.rpartition(":")[2])):
        pass
