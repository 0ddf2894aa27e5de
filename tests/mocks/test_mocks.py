"""MockConfigFile.json: what simulated rollouts answer, a case for every Catch; another engine goes the same way."""

import json
import os
import time
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

import boto3
import pytest

from simulator.runs.mocks.mock_config import mock_config, recordings
from simulator.runs.mocks.record import MockRecording
from simulator.stepfunctions.definition import all_states
from simulator.stepfunctions.deployed_stack import load
from simulator.stepfunctions.template_resolver import ACCOUNT
from simulator.stepfunctions.walker.host import ExecutionEnd, Failed, Host
from simulator.stepfunctions.walker.walk import Walk

FILE = Path(__file__).parents[2] / "examples" / "mocks" / "MockConfigFile.json"
CONFIG = json.loads(FILE.read_text())
((MACHINE, CASES),) = ((name, each["TestCases"]) for name, each in CONFIG["StateMachines"].items())
ENDPOINT = os.environ.get("STEPFUNCTIONS_ENDPOINT", "")


@pytest.fixture(scope="session")
def recorded(cdk_out: Path) -> dict[str, MockRecording]:
    return recordings(cdk_out)


class Mocked(Walk):
    """Answers from the file: one counter for each state, which retries count, too."""

    case: str
    attempts: Counter[str]

    def _attempt(self, _state: dict[str, Any]) -> Generator[Any, Any, Any]:
        yield from ()
        attempt, self.attempts[self.state] = self.attempts[self.state], self.attempts[self.state] + 1
        responses = CONFIG["MockedResponses"][CASES[self.case][self.state]]
        answer = next(
            each
            for key, each in responses.items()
            if int(key.split("-")[0]) <= attempt <= int(key.rsplit("-", maxsplit=1)[-1])
        )
        if "Throw" in answer:
            raise Failed(answer["Throw"]["Error"], answer["Throw"]["Cause"])
        return answer["Return"]


def walked(case: str, definition: dict[str, Any], given: dict[str, Any]) -> tuple[ExecutionEnd, list[str]]:
    states: list[str] = []
    context = {"Execution": {"Id": f"arn:mocked:{case}", "Name": case, "Input": given}}
    host = Host(lambda *_: ({}, None), entered=lambda state, _: states.append(state))
    walk = Mocked(definition, context, host)
    walk.case, walk.attempts = case, Counter()
    going = walk.walk()
    try:
        while True:
            next(going)
    except StopIteration as stop:
        return stop.value, states


def test_the_file_is_what_simulated_rollouts_answer(cdk_out: Path, recorded: dict[str, MockRecording]) -> None:
    assert mock_config(recorded, load(cdk_out).machine.name) == CONFIG, "make mocks"


def test_every_catch_of_the_graph_takes_its_error(
    definition: dict[str, Any], recorded: dict[str, MockRecording]
) -> None:
    states = all_states(definition)
    taken = {
        (state, following)
        for recording in recorded.values()
        for state, following in zip(recording.states, recording.states[1:], strict=False)
        if any("Throw" in answer for answer in recording.answers.get(state, ())) or states[state]["Type"] == "Fail"
    }
    own = {(name, catch["Next"]) for name, state in states.items() for catch in state.get("Catch", ())}
    boxes = {name: set(all_states(state["Branches"][0])) for name, state in states.items() if "Branches" in state}
    assert {pair for pair in own if pair[0] not in boxes} <= taken
    for box, inside in boxes.items():
        left = {following for state, following in taken if state in inside}
        assert {target for name, target in own if name == box} <= left
        tasks = {name for name in inside if states[name]["Type"] == "Task"}
        broad = states[box]["Catch"][-1]["Next"]
        assert {(task, broad) for task in tasks} <= taken


@pytest.mark.parametrize("case", CASES)
def test_a_case_leads_the_walker_where_the_rollout_went(
    case: str, definition: dict[str, Any], recorded: dict[str, MockRecording]
) -> None:
    ended, states = walked(case, definition, recorded[case].input)
    assert tuple(states) == recorded[case].states
    assert ended.status == recorded[case].status


@pytest.mark.skipif(not ENDPOINT, reason="no engine: STEPFUNCTIONS_ENDPOINT is not set (make step-functions-local)")
@pytest.mark.parametrize("case", CASES)
def test_a_case_leads_step_functions_local_there_too(
    case: str, definition: dict[str, Any], recorded: dict[str, MockRecording]
) -> None:
    client = boto3.client("stepfunctions", region_name="eu-west-1", endpoint_url=ENDPOINT)
    machine = client.create_state_machine(
        name=MACHINE, definition=json.dumps(_without_waiting(definition)), roleArn=f"arn:aws:iam::{ACCOUNT}:role/any"
    )["stateMachineArn"]
    given = json.dumps(recorded[case].input)
    execution = client.start_execution(stateMachineArn=f"{machine}#{case}", name=case, input=given)["executionArn"]
    while (seen := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(0.05)
    pages = client.get_paginator("get_execution_history").paginate(executionArn=execution)
    details = [event.get("stateEnteredEventDetails") for page in pages for event in page["events"]]
    assert tuple(detail["name"] for detail in details if detail) == recorded[case].states
    assert seen["status"] == recorded[case].status


def _without_waiting(definition: dict[str, Any]) -> dict[str, Any]:
    """The same with Waits that take no time: it runs in real time."""
    copied: dict[str, Any] = json.loads(json.dumps(definition))
    for state in all_states(copied).values():
        if state["Type"] == "Wait":
            state.pop("SecondsPath", None)
            state["Seconds"] = 0
    return copied
