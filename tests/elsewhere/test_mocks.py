"""MockConfigFile.json: what simulated rollouts answer, a case for every Catch; other engines go the same way."""

import json
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from random import Random
from typing import Any

import boto3
import pytest

from simulator.elsewhere import ministack
from simulator.elsewhere.ministack import Ministack
from simulator.engine.template import ACCOUNT, load
from simulator.fast.walk import Ended, Failed, Walk
from simulator.mocks.mock_config import mock_config, recordings
from simulator.mocks.record import Recording

FILE = Path(__file__).parents[2] / "examples" / "mocks" / "MockConfigFile.json"
CONFIG = json.loads(FILE.read_text())
((MACHINE, CASES),) = ((name, each["TestCases"]) for name, each in CONFIG["StateMachines"].items())
REPEATS_A_THROW = "Retried"
"""ministack throws a mocked error at each retry again; Step Functions Local counts retries as attempts."""


@pytest.fixture(scope="session")
def recorded(cdk_out: Path) -> dict[str, Recording]:
    return recordings(cdk_out)


@pytest.fixture(scope="session")
def mocked() -> Iterator[Ministack]:
    with ministack.running(FILE) as started:
        yield started


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


def walked(case: str, definition: dict[str, Any], given: dict[str, Any]) -> tuple[Ended, list[str]]:
    states: list[str] = []
    context = {"Execution": {"Id": f"arn:mocked:{case}", "Name": case, "Input": given}}
    walk = Mocked(
        definition,
        context,
        lambda *_: ({}, None),
        Random(1),
        str,
        lambda state, _: states.append(state),
        lambda _: None,
    )
    walk.case, walk.attempts = case, Counter()
    going = walk.walk()
    try:
        while True:
            next(going)
    except StopIteration as stop:
        return stop.value, states


def test_the_file_is_what_simulated_rollouts_answer(cdk_out: Path, recorded: dict[str, Recording]) -> None:
    assert mock_config(recorded, load(cdk_out).machine.name) == CONFIG, "make mocks"


def test_every_catch_of_the_graph_takes_its_error(definition: dict[str, Any], recorded: dict[str, Recording]) -> None:
    taken = {
        (state, following)
        for recording in recorded.values()
        for state, following in zip(recording.states, recording.states[1:], strict=False)
        if any("Throw" in answer for answer in recording.answers.get(state, ()))
    }
    wanted = {(name, catch["Next"]) for name, state in definition["States"].items() for catch in state.get("Catch", ())}
    assert wanted <= taken


@pytest.mark.parametrize("case", CASES)
def test_a_case_leads_the_walker_where_the_rollout_went(
    case: str, definition: dict[str, Any], recorded: dict[str, Recording]
) -> None:
    ended, states = walked(case, definition, recorded[case].input)
    assert tuple(states) == recorded[case].states
    assert ended.status == recorded[case].status


@pytest.mark.parametrize("case", [case for case in CASES if case != REPEATS_A_THROW])
def test_a_case_leads_ministack_there_too(
    case: str, cdk_out: Path, recorded: dict[str, Recording], mocked: Ministack
) -> None:
    client = boto3.client("stepfunctions", region_name="eu-west-1", endpoint_url=mocked.endpoint)
    machine = client.create_state_machine(
        name=MACHINE, definition=load(cdk_out).machine.definition, roleArn=f"arn:aws:iam::{ACCOUNT}:role/simulated"
    )["stateMachineArn"]
    given = json.dumps(recorded[case].input)
    execution = client.start_execution(stateMachineArn=f"{machine}#{case}", name=case, input=given)["executionArn"]
    while (seen := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
        pass
    pages = client.get_paginator("get_execution_history").paginate(executionArn=execution)
    details = [one.get("stateEnteredEventDetails") for page in pages for one in page["events"]]
    assert tuple(one["name"] for one in details if one) == recorded[case].states
    assert seen["status"] == recorded[case].status
