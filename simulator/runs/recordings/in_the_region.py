"""The same rollout in the simulated region, recorded in the same way: what the recording of an account is held against.

On virtual time the region can be looked at far more often than an account, so that what is in it for a moment is seen.
"""

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3

from simulator.cdk_output import ensure_synthesized
from simulator.runs.recordings.folder import NoRecording, read
from simulator.runs.recordings.recording import RolloutRecording
from simulator.runs.recordings.shapes import differences
from simulator.scenario.model import Scenario
from simulator.simulation import Simulation

LOOKS_EVERY_SECONDS = 5.0
NAME = "recorded"
ENDED = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}


def compared(folder: Path, scenario: Scenario) -> list[str]:
    """Where the region of `scenario` answers otherwise than was recorded, a line each. Raises NoRecording."""
    executions, calls = read(folder)
    if not executions:
        raise NoRecording(f"{folder} has no execution")
    given = executions[0]["input"]
    if str(given.get("ami", "")).startswith("ami-"):
        given |= {"ami": scenario.input["ami"]}  # that one's AMIs are others
    with tempfile.TemporaryDirectory() as place:
        record_in_the_region(scenario, given, Path(place))
        ours, answers = read(Path(place))
    return _ends(executions[0]["describe"], ours[0]["describe"]) + differences(calls, answers)


def record_in_the_region(scenario: Scenario, given: dict[str, Any], folder: Path, seed: int = 1) -> None:
    """Let the region of `scenario` roll out what `given` says, and write the folder."""
    with Simulation(replace(scenario, input=given), seed, ensure_synthesized()) as region:
        session = boto3.session.Session(
            aws_access_key_id="simulated", aws_secret_access_key="simulated", region_name=scenario.region
        )
        recording = RolloutRecording(session, scenario.cluster, now=region.clock.today)
        recording.begin()
        region.engine.let_time_pass(0.0)  # from now on time passes only when it is said
        steps = recording.client("stepfunctions")
        started = steps.start_execution(stateMachineArn=region.engine.machine_arn, name=NAME, input=json.dumps(given))
        while steps.describe_execution(executionArn=started["executionArn"])["status"] not in ENDED:
            region.engine.let_time_pass(LOOKS_EVERY_SECONDS)
            recording.look()
        recording.end(started["executionArn"], NAME)
        region.engine.go_freely()
    recording.write(folder)


def _ends(account: dict[str, Any], region: dict[str, Any]) -> list[str]:
    return [
        f"the execution's {what} is {account.get(what)}, in the region {region.get(what)}"
        for what in ("status", "error")
        if account.get(what) != region.get(what)
    ]
