"""What changed nothing, or all that an operator asked for, is no alarm and starts no recovery; all else does."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from handlers import catalogue, errors
from simulator.cdk_output import ensure_synthesized
from simulator.runs.rehearsal.run import observe
from simulator.scenario.load import from_json
from simulator.simulation import InProcessSimulation
from simulator.stepfunctions.deployed_stack import load as load_stack
from simulator.stepfunctions.events import ExecutionEnded
from simulator.triggers.event_patterns import load_pattern
from simulator.triggers.rules import RuleMatched
from tests.rollouts.test_strategies_from_anywhere import undisturbed

ROOT = Path(__file__).parents[2]
HARMLESS = {each.__name__ for each in errors.HARMLESS}
ONLY_WHERE_NOTHING_IS_CHANGED = (
    "handlers/planning/", "handlers/domain/input/", "handlers/domain/model/findings.py", "handlers/store/leases.py",
    "handlers/states/record_response.py",
    "handlers/runtime/rollout_context.py",  # another execution acts for the rollout, and this one does nothing
)  # fmt: skip


def ended(made: dict[str, Any]) -> tuple[str, set[str], list[str]]:
    """Status of the rollout, the errors that executions ended with, and what rules started."""
    with InProcessSimulation(from_json(made, "test"), 1, ensure_synthesized()) as region:
        matched: list[str] = []
        found: set[str] = set()
        region.bus.subscribe(ExecutionEnded, lambda event: found.add(event.error or ""))
        region.bus.subscribe(RuleMatched, lambda event: matched.append(event.rule))
        outcome = observe(region)
        region.pass_time(60)
    return outcome.status, found - {""}, matched


def by(action: str, state: str, **more: Any) -> dict[str, Any]:
    return {"after": {"state": state}, "seconds": 60, "input": {"action": action, **more}}


def harmless(error: str) -> dict[str, Any]:
    """A scenario in which an execution ends with that error."""
    made = undisturbed("rolling")
    if error == "InputInvalid":
        made["input"]["surge"] = "much"
    if error == "PlanImpossible":
        made["input"]["auto_scaling_group"] = "another"
    if error == "NotApproved":
        made["input"]["approval"] = {}
        made["people"] = [by("reject", catalogue.APPROVAL.forward)]
    if error == "StoppedAsAsked":
        made["people"] = [by("abort", catalogue.WAIT_FOR_DRAIN.forward, keep=True)]
    return made


@pytest.mark.parametrize("error", ["InputInvalid", "PlanImpossible", "NotApproved", "StoppedAsAsked"])
def test_a_harmless_end_is_heard_of_by_no_rule(error: str) -> None:
    assert ended(harmless(error)) == ("FAILED", {error}, [])


def test_an_answer_that_nobody_waits_for_and_a_start_too_many_are_heard_of_by_no_rule() -> None:
    made = undisturbed("rolling")
    made["people"] += [by("approve", catalogue.WAIT_FOR_DRAIN.forward)]
    made["faults"] = [{"kind": "start_again", "state": catalogue.WAIT_FOR_DRAIN.forward}]
    assert ended(made) == ("SUCCEEDED", {"NotAnswered", "PlanImpossible"}, [])


def test_a_rolled_back_rollout_is_heard_of() -> None:
    made = undisturbed("rolling")
    made["people"] = [by("abort", catalogue.WAIT_FOR_DRAIN.forward)]
    status, found, matched = ended(made)
    assert (status, found) == ("FAILED", {"RolloutAborted"})
    assert len(matched) == 1


@pytest.mark.parametrize(
    ("status", "error", "heard"),
    [
        *(("FAILED", {"error": name}, False) for name in sorted(HARMLESS)),
        ("FAILED", {"error": "LaunchFailed"}, True),
        ("FAILED", {"error": None}, True),
        ("FAILED", {}, True),
        ("ABORTED", {"error": None}, True),
        ("TIMED_OUT", {}, True),
        ("SUCCEEDED", {"error": None}, False),
    ],
)
def test_the_pattern_tells_them_by_status_and_error(status: str, error: dict[str, Any], heard: bool) -> None:
    stack = load_stack(ensure_synthesized())
    (rule,) = [each for each in stack.rules if each.pattern["source"] == ["aws.states"]]
    (machine,) = rule.pattern["detail"]["stateMachineArn"]
    detail = {"stateMachineArn": machine, "status": status, "input": "{}", **error}
    event = {"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": detail}
    assert load_pattern(rule.pattern).matches_event(event) is heard


def test_the_alarm_looks_at_that_rule_and_at_nothing_else() -> None:
    (path,) = ensure_synthesized().glob("EcsAmiRollout.template.json")
    resources = json.loads(path.read_text())["Resources"]
    rules = {
        name
        for name, each in resources.items()
        if each["Type"] == "AWS::Events::Rule" and each["Properties"]["EventPattern"]["source"] == ["aws.states"]
    }
    alarms = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    (failed,) = [each for each in alarms if each.get("Namespace") == "AWS/Events"]
    assert failed["MetricName"] == "Invocations"
    assert [each["Value"] for each in failed["Dimensions"]] == [{"Ref": name} for name in rules]
    assert not [each for each in alarms if "AWS/States" in json.dumps(each)]


def test_no_other_end_has_an_error_of_that_name() -> None:
    for path in sorted((ROOT / "handlers").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            called = node.exc.func if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) else None
            if isinstance(called, ast.Name) and called.id in HARMLESS:
                assert str(path.relative_to(ROOT)).startswith(ONLY_WHERE_NOTHING_IS_CHANGED), f"{path}: {called.id}"
