"""`rollout start --record` against a region that is served over HTTP and stands in for an account."""

import json
import math
from pathlib import Path
from typing import Any

import boto3
import pytest

from cli import start
from cli.main import main
from simulator.aws.ecs import describe
from simulator.cdk_output import ensure_synthesized
from simulator.runs.http_server import serve
from simulator.runs.parity.replay import MODES, replay
from simulator.runs.recordings import in_the_region
from simulator.runs.recordings.folder import read
from simulator.runs.recordings.in_the_region import compared
from simulator.runs.recordings.recording import RolloutRecording
from simulator.runs.recordings.shapes import differences
from simulator.scenario.load import load
from simulator.simulation import Simulation
from simulator.stepfunctions.template_resolver import ACCOUNT

SCENARIO = load(Path(__file__).parents[2] / "examples" / "dev-cluster.json")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rollout in the account, recorded; looked at before and after, since what is seen meanwhile is up to chance."""
    place = tmp_path_factory.mktemp("recorded")
    given = place / "input.json"
    given.write_text(json.dumps({"cluster": SCENARIO.cluster, **SCENARIO.input}))
    with (
        pytest.MonkeyPatch.context() as patched,
        Simulation(SCENARIO, 5, ensure_synthesized()) as region,
        serve(region, speed=600.0) as address,
    ):
        patched.setattr(start, "LOOKS_EVERY_SECONDS", 0.2)
        patched.setattr(start, "RECORDS_EVERY_SECONDS", math.inf)
        machine = region.engine.machine_arn
        command = ["start", str(given), "--endpoint-url", address, "--state-machine", machine, "--record", str(place)]
        assert main(command) == 0
    return place


def test_the_recording_has_the_execution_and_what_was_answered(folder: Path) -> None:
    ((execution,), calls) = read(folder)
    assert execution["name"] == "rollout"
    assert execution["describe"]["output"]["status"] == "rolled-out"
    assert execution["history"][0]["type"] == "ExecutionStarted"
    assert execution["definition"]["States"]
    asked = {(call["service"], call["operation"]) for call in calls}
    assert {
        ("ecs", "DescribeServices"),
        ("autoscaling", "DescribeAutoScalingGroups"),
        ("ec2", "DescribeImages"),
    } <= asked
    codes = {answer.get("Error", {}).get("Code") for call in calls for answer in call["recorded"].values()}
    assert {"ClusterNotFoundException", "InvalidAMIID.NotFound", "ValidationError", None} <= codes


def test_no_id_of_the_account_is_in_the_recording(folder: Path) -> None:
    said = "".join(path.read_text() for path in folder.rglob("*.json") if path.name != "input.json")
    assert ACCOUNT not in said
    assert SCENARIO.amis[0].image_id not in said
    assert "111111111111" in said


def test_the_cluster_is_looked_at_now_and_then() -> None:
    looked: list[str] = []
    for seconds, times in ((math.inf, 0), (0.0, 3)):
        now_and_then = start._every(seconds, lambda: looked.append("at it"))
        for _ in range(3):
            now_and_then()
        assert len(looked) == times


def test_the_region_answers_as_the_region_did(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_the_region, "LOOKS_EVERY_SECONDS", 15.0)
    assert compared(folder, SCENARIO) == []


def test_the_recorded_execution_is_replayed_as_it_was(folder: Path, definition: dict[str, Any]) -> None:
    (comparison,) = replay(folder, definition)
    assert (comparison.not_replayed, comparison.refused) == ("", {})
    assert all(comparison.equal(mode) for mode in MODES), comparison.differs


def looked_at() -> Any:
    """What is recorded of the cluster at rest."""
    with Simulation(SCENARIO, 1, ensure_synthesized()) as region, serve(region) as address:
        session = boto3.session.Session(
            aws_access_key_id="simulated", aws_secret_access_key="simulated", region_name=SCENARIO.region
        )
        recording = RolloutRecording(session, SCENARIO.cluster, address)
        recording.begin()
        return recording.calls


def test_a_wrong_member_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    right, shape = looked_at(), describe.container_instance

    def wrong(*arguments: Any) -> Any:
        shown = shape(*arguments)
        return shown | {"agentIsConnected": shown.pop("agentConnected"), "status": "CONNECTED"}

    monkeypatch.setattr(describe, "container_instance", wrong)
    assert differences(right, looked_at()) == [
        "ecs:DescribeContainerInstances: the region never has containerInstances[].agentConnected",
        "ecs:DescribeContainerInstances: containerInstances[].status can be ACTIVE, in the region it is CONNECTED",
    ]


def test_a_folder_without_a_recording_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(tmp_path), "examples/dev-cluster.json"]) == 2
    assert "api_answers.json" in capsys.readouterr().err
