"""JSON paths, results and the context object, as Step Functions reads them."""

from typing import Any

import pytest

from tests.engine.conftest import Bench
from tests.engine.machines import chain, machine, task

DATA: dict[str, Any] = {"xs": [{"k": "a", "n": 1}, {"k": "b", "n": 2}], "deep": {"k": "c"}, "none": None}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.deep.k", "c"),
        ("$.xs[0].k", "a"),
        ("$.xs[1]", {"k": "b", "n": 2}),
        ("$['deep']['k']", "c"),
        ("$.none", None),
        ("$.xs[*].k", ["a", "b"]),
        ("$.xs[0:1].k", ["a"]),
        ("$..k", ["c", "a", "b"]),
        ("$.xs[?(@.n > 1)].k", ["b"]),
        ("$.xs[?(@.n > 9)].k", []),
    ],
)
def test_a_definite_path_gives_a_value_and_an_indefinite_one_a_list(bench: Bench, path: str, value: Any) -> None:
    result = bench.result(machine("P", P={"Type": "Pass", "Parameters": {"found.$": path}, "End": True}), DATA)
    found = result.output["found"]
    assert sorted(found) == sorted(value) if path == "$..k" else found == value


def test_a_path_that_leads_nowhere_ends_the_execution(bench: Bench) -> None:
    result = bench.result(machine("P", P={"Type": "Pass", "Parameters": {"x.$": "$.missing"}, "End": True}))
    assert (result.status, result.error) == ("FAILED", "States.Runtime")


def test_a_result_is_selected_and_put_where_it_belongs(bench: Bench) -> None:
    selecting = task("act", ResultSelector={"count.$": "$.Payload.old"}, ResultPath="$.assessment")
    result = bench.result(chain(selecting), {"kept": 1}, act=lambda _event: {"old": 7, "dropped": True})
    assert result.output == {"kept": 1, "assessment": {"count": 7}}


def test_a_result_that_is_discarded_leaves_the_state_alone(bench: Bench) -> None:
    discarding: dict[str, Any] = {"ResultPath": None}
    assert bench.result(chain(task("act", **discarding)), {"kept": 1}, act=lambda _event: {"x": 1}).output == {
        "kept": 1
    }


def test_pass_gives_a_result_and_succeed_shows_a_part(bench: Bench) -> None:
    result = bench.result(
        machine(
            "P",
            P={"Type": "Pass", "Result": {"status": "dry-run"}, "ResultPath": "$.report", "Next": "S"},
            S={"Type": "Succeed", "OutputPath": "$.report"},
        ),
        {"input": 1},
    )
    assert result.output == {"status": "dry-run"}


def test_choice_looks_at_strings_presence_and_combinations(bench: Bench) -> None:
    present = {"Variable": "$.deep.k", "IsPresent": True}
    absent = {"Not": {"Variable": "$.missing.k", "IsPresent": True}}
    says = {"Variable": "$.deep.k", "StringEquals": "c"}
    choice = {
        "Type": "Choice",
        "Choices": [
            {"Variable": "$.deep.k", "StringEquals": "x", "Next": "No"},
            {"And": [present, absent, {"Or": [says, {"Variable": "$.deep.k", "StringEquals": "d"}]}], "Next": "Yes"},
        ],
        "Default": "No",
    }
    result = bench.result(
        machine("C", C=choice, Yes={"Type": "Pass", "Result": "yes", "End": True}, No={"Type": "Fail", "Error": "No"}),
        DATA,
    )
    assert result.output == "yes"


def test_the_context_object_knows_the_execution(bench: Bench) -> None:
    asked = {
        "id.$": "$$.Execution.Id",
        "name.$": "$$.Execution.Name",
        "start.$": "$$.Execution.StartTime",
        "input.$": "$$.Execution.Input",
        "state.$": "$$.State.Name",
    }
    execution = bench.start(machine("P", P={"Type": "Pass", "Parameters": asked, "End": True}), {"cluster": "prod"})
    assert execution.wait().output == {
        "id": execution.arn,
        "name": "run",
        "start": "2026-01-01T00:00:00.000Z",
        "input": {"cluster": "prod"},
        "state": "P",
    }
    assert bench.engine.client.describe_execution(executionArn=execution.arn)["status"] == "SUCCEEDED"
