"""The MockConfigFile.json that Step Functions Local reads ("Using mocked service integrations", developer guide).

StateMachines.<machine>.TestCases.<case>.<state> → the name of a response
MockedResponses.<name>.<"0" | "1-4">             → {"Return": …} or {"Throw": …}, by attempt
"""

import json
from itertools import groupby
from pathlib import Path
from typing import Any

from simulator.runs.mocks.cases import Case, cases
from simulator.runs.mocks.record import MockRecording, Response, record
from simulator.scenario.load import load
from simulator.stepfunctions.deployed_stack import load as load_template

EXAMPLES = Path(__file__).parents[3] / "examples"
DESCRIPTION = "Recorded from simulated rollouts by `make mocks`. One test case for each Catch, the happy path, a retry."


def recordings(cdk_out: Path) -> dict[str, MockRecording]:
    """Every case, run, by its name in the file."""
    definition = json.loads(load_template(cdk_out).machine.definition)
    return {
        name_of(case): record(case, load(EXAMPLES / f"{case.ground.example}.json"), cdk_out)
        for case in cases(definition)
    }


def mock_config(found: dict[str, MockRecording], machine: str) -> dict[str, Any]:
    """The file. Equal responses are there once, under the name of the first case that has them."""
    names: dict[str, str] = {}
    responses: dict[str, dict[str, Response]] = {}
    test_cases: dict[str, dict[str, str]] = {}
    for case, recording in found.items():
        test_cases[case] = {}
        for state, answers in recording.answers.items():
            by_attempt = _by_attempt(answers)
            name = names.setdefault(json.dumps(by_attempt, sort_keys=True), f"{state}, {case}")
            responses[name] = by_attempt
            test_cases[case][state] = name
    return {
        "Description": DESCRIPTION,
        "StateMachines": {machine: {"TestCases": test_cases}},
        "MockedResponses": responses,
    }


def name_of(case: Case) -> str:
    """The test case's name, as it follows the `#` of a state machine's ARN."""
    return "".join(word[:1].upper() + word[1:] for word in case.name.replace(":", "").replace(".", " ").split())


def _by_attempt(answers: tuple[Response, ...]) -> dict[str, Response]:
    found: dict[str, Response] = {}
    for _text, group in groupby(enumerate(answers), key=lambda each: json.dumps(each[1], sort_keys=True)):
        same = list(group)
        first, last = same[0][0], same[-1][0]
        found[str(first) if first == last else f"{first}-{last}"] = same[0][1]
    return found
