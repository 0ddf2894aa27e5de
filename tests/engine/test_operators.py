"""Operators who act while a rollout runs: on a machine that asks, and in the outcome."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cli.report import report
from simulator.api.dispatch import ApiFault
from simulator.operators import OperatorResult
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import observe
from simulator.scenario.load import ScenarioInvalid, from_json
from simulator.simulation import Simulation
from simulator.stepfunctions.deployed_stack import Function
from tests.engine.machines import ARN, asking, machine, synthesized, task, wait

NEW = "ami-0bbbbbbbbbbbbbbb2"
SCENARIO: dict[str, Any] = {
    "name": "asked",
    "cluster": "prod",
    "amis": [{"image_id": "ami-0aaaaaaaaaaaaaaa1"}, {"image_id": NEW}],
    "node_groups": [{"name": "nodes", "ami": "ami-0aaaaaaaaaaaaaaa1", "size": 2}],
    "input": {"ami": NEW},
}
WHO = {"Type": "Choice", "Choices": [{"Variable": "$.action", "IsPresent": True, "Next": "Answer"}], "Default": "Begin"}
ASKING = machine(
    "Who?",
    **{"Who?": WHO},
    Begin={**wait(100), "Next": "Ask"},
    Ask=asking("ask", TimeoutSeconds=3600),
    Answer=task("answer", Next="Think"),
    Think={**wait(50), "End": True},
)


@contextmanager
def asking_region(tmp_path: Path, people: list[dict[str, Any]]) -> Iterator[Simulation]:
    """A region whose machine asks after 100 s; whoever says yes brings the token back and thinks for 50 s more."""
    tokens: list[str] = []

    def answer(event: Any) -> None:
        if event["action"] == "perhaps":
            raise ValueError("neither yes nor no")
        if event["action"] == "yes":
            region.engine.client.send_task_success(taskToken=tokens[0], output="{}")

    with Simulation(from_json({**SCENARIO, "people": people}), seed=1, cdk_out=synthesized(ASKING, tmp_path)) as region:
        _bind(region, "ask", lambda event: tokens.append(event["token"]))
        _bind(region, "answer", answer)
        yield region


def _bind(region: Simulation, name: str, call: Callable[[Any], None]) -> None:
    function = Function(name, ARN.format(name), Path("asset"), "none", {}, 128)
    region.engine.functions.bind(function, lambda event, _context: call(event))


def outcome_of(tmp_path: Path, people: list[dict[str, Any]]) -> Outcome:
    with asking_region(tmp_path, people) as region:
        return observe(region)


YES = {"after": {"state": "Ask"}, "seconds": 120, "input": {"action": "yes"}}


def test_who_answers_ends_the_wait_and_is_told_in_the_outcome(tmp_path: Path) -> None:
    outcome = outcome_of(tmp_path, [YES])
    assert (outcome.status, outcome.last_state) == ("SUCCEEDED", "Ask")
    assert outcome.people == (OperatorResult("person-1", {"cluster": "prod", "action": "yes"}, "SUCCEEDED"),)
    assert outcome.to_json()["people"][0]["status"] == "SUCCEEDED"
    assert round(outcome.virtual_seconds) == 220, "the rollout's own time, not that of who answered it"


def test_only_the_rollouts_own_execution_is_counted(tmp_path: Path) -> None:
    no = {"after": {"at": 10}, "input": {"action": "no"}}
    alone, together = outcome_of(tmp_path, [YES]), outcome_of(tmp_path, [YES, no, no])
    assert alone.state_transitions == together.state_transitions == 4
    assert alone.lambda_invocations == together.lambda_invocations == 1
    assert alone.history_events == together.history_events
    assert alone.peak_payload_bytes == together.peak_payload_bytes
    assert alone.api_calls == together.api_calls == {"stepfunctions.SendTaskSuccess": 1}
    assert [operator_result.status for operator_result in together.people] == ["SUCCEEDED"] * 3


def test_the_nth_entering_of_the_rollouts_own_states_counts(tmp_path: Path) -> None:
    people = [{"after": {"at": 5}, "input": {"action": "no"}}, {**YES, "after": {"state": "Who?", "nth": 2}}, YES]
    assert [operator_result.status for operator_result in outcome_of(tmp_path, people).people] == [
        "SUCCEEDED",
        "NEVER_CAME",
        "SUCCEEDED",
    ]


def test_who_would_come_after_the_end_never_comes(tmp_path: Path) -> None:
    late = {"after": {"at": 300}, "input": {"action": "no"}}
    assert [operator_result.status for operator_result in outcome_of(tmp_path, [YES, late]).people] == [
        "SUCCEEDED",
        "NEVER_CAME",
    ]


def test_whose_execution_fails_or_cannot_start_is_told_with_its_error(tmp_path: Path) -> None:
    people = [{"after": {"at": seconds}, "input": {"action": "perhaps"}} for seconds in (10, 20)]
    with asking_region(tmp_path, [*people, YES]) as region:
        fault = ApiFault("stepfunctions", "StartExecution", "ThrottlingException", times=5)
        region.clock.after(15, lambda: region.dispatch.faults.append(fault))
        outcome = observe(region)
    assert [(operator_result.status, operator_result.error) for operator_result in outcome.people] == [
        ("FAILED", "ValueError"),
        ("REFUSED", "ThrottlingException"),
        ("SUCCEEDED", None),
    ]
    assert outcome.status == "SUCCEEDED"


def test_the_report_tells_of_each_in_a_line(tmp_path: Path) -> None:
    outcome = outcome_of(tmp_path, [{"after": {"at": 10}, "input": {"action": "perhaps"}}, YES])
    console = Console(width=120, record=True, file=StringIO())
    console.print(report(outcome, from_json(SCENARIO)))
    told = [line.strip() for line in console.export_text().splitlines() if line.startswith("person-")]
    assert told[0].startswith('person-1        {"action": "perhaps"}: FAILED (ValueError: ')
    assert told[1] == 'person-2        {"action": "yes"}: SUCCEEDED'


def test_a_person_who_waits_for_nothing_is_refused() -> None:
    with pytest.raises(ScenarioInvalid) as raised:
        from_json({**SCENARIO, "people": [{"after": {}, "input": {}}]}, "x.json")
    assert raised.value.lines == ["x.json: people[0].after: exactly one of 'at', 'state' is needed"]
