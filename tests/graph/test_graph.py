"""What holds for every path through the synthesized definition."""

import ast
import importlib
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from handlers import catalogue, errors, payloads
from handlers.catalogue import STATES, TASK_STATES
from handlers.errors import RolloutError
from handlers.payloads import Direction, StepKind
from tests.graph.machine import States, edges, flat, of_type, reachable

ALLOWED = {
    "Type", "Next", "End", "Comment", "InputPath", "OutputPath", "ResultPath", "Parameters", "ResultSelector", "Retry",
    "Catch", "TimeoutSeconds", "Resource", "Choices", "Default", "SecondsPath", "ErrorPath", "CausePath", "Error",
    "Cause", "TimeoutSecondsPath", "Seconds", "Branches",
}  # fmt: skip
WAKES = "States.Timeout"  # of a Task with a token: nobody answered yet, so the rollout looks again
BEFORE_ANY_CHANGE = {
    catalogue.PLAN.forward: catalogue.PLAN_FAILED.forward,
    catalogue.APPROVAL.forward: catalogue.APPROVAL_FAILED.forward,
    catalogue.ANSWER.forward: catalogue.ANSWER_FAILED.forward,
    catalogue.TAKE_OVER.forward: catalogue.REPORT_REMAINING_WORK.back,
}
WAY = {f"{key}.$": f"$.Payload.{name}" for key, name in (("way", "outcome"), ("Error", "error"), ("Cause", "cause"))}
AND_SECONDS = {"wait_seconds.$": "$.Payload.wait_seconds"}
SAID = {key: WAY[key] for key in ("Error.$", "Cause.$")}
ASKING = (catalogue.APPROVAL.forward, catalogue.PROMOTION.forward)
OUT, BACK, LEFT = catalogue.ROLL_OUT.forward, catalogue.ROLL_BACK.back, catalogue.REPORT_REMAINING_WORK.back
DEFINITION_AT_MOST = 1_000_000


@pytest.fixture(scope="session")
def states(definition: dict[str, Any]) -> States:
    return flat(definition)


@pytest.fixture(scope="session")
def back(states: States) -> set[str]:
    """The names of what can follow a failure."""
    return reachable(states, BACK)


def tasks(states: States) -> dict[str, dict[str, Any]]:
    return of_type(states, "Task")


def slug(sentence: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", sentence.lower()).strip("_")


def errors_of(state: dict[str, Any]) -> Iterator[tuple[list[str], str]]:
    yield from ((catch["ErrorEquals"], catch["Next"]) for catch in state.get("Catch", []))


def test_every_task_of_the_catalogue_is_a_state_and_the_other_way_round(states: States) -> None:
    sentences = [state.name(way) for state in TASK_STATES for way in Direction if state.name(way)]
    assert len(set(sentences)) == len(sentences)
    assert set(tasks(states)) == set(sentences)


def test_a_box_of_the_graph_is_a_file_of_the_handlers(states: States) -> None:
    for state in TASK_STATES:
        assert slug(state.forward or state.back).replace("_old", "") == state.handler
        assert callable(importlib.import_module(state.module).handler)
        for way in Direction:
            if state.name(way):
                invoked = states[state.name(way)]["Parameters"]["FunctionName"]
                assert state.handler.replace("_", "") in invoked.lower()


def test_every_state_can_be_reached(definition: dict[str, Any], states: States) -> None:
    assert reachable(states, definition["StartAt"]) == set(states)
    assert all(target in states for state in states.values() for target in edges(state))


def test_rolled_out_only_by_way_of_nothing_old_is_left(definition: dict[str, Any], states: States) -> None:
    assert catalogue.ROLLED_OUT.forward not in reachable(
        states, definition["StartAt"], without=catalogue.ALL_REPLACED.forward
    )


def test_no_path_from_a_catch_reaches_a_succeed(states: States) -> None:
    succeed = set(of_type(states, "Succeed"))
    for name, state in states.items():
        for caught, target in errors_of(state):
            if not (set(caught) <= {WAKES, errors.NotToldYet.__name__} and name in ASKING):
                assert not reachable(states, target) & succeed


def test_there_are_three_ends_once_something_may_have_changed(states: States) -> None:
    terminal = {name for name in reachable(states, catalogue.LOCK.forward) if not list(edges(states[name]))}
    refused = {catalogue.ALREADY_RUNNING.forward, catalogue.TAKEN_OVER.forward, catalogue.HANDED_OVER.forward}
    assert (
        terminal == {catalogue.ROLLED_OUT.forward, catalogue.ROLLED_BACK.back, catalogue.NEEDS_A_HUMAN.back} | refused
    )
    assert {name for name in terminal if states[name]["Type"] == "Succeed"} == {catalogue.ROLLED_OUT.forward}


def test_both_boxes_lead_to_the_end_of_an_execution_that_handed_over(states: States) -> None:
    """It is no failure and nothing is green: what follows is in another execution."""
    for box in (OUT, BACK):
        caught = {error: target for names, target in errors_of(states[box]) for error in names}
        assert caught[errors.HandedOver.__name__] == catalogue.HANDED_OVER.forward
        assert caught[errors.PayloadOfAnotherVersion.__name__] == catalogue.HAND_OVER_AFTER_DEPLOYMENT.forward
    assert states[catalogue.HAND_OVER_AFTER_DEPLOYMENT.forward]["Next"] == catalogue.HANDED_OVER.forward
    for way in Direction:
        assert states[catalogue.HAND_OVER.name(way)]["Next"] == catalogue.ASSESS.name(way)
    assert states[catalogue.HANDED_OVER.forward]["Type"] == "Fail"
    assert errors.HandedOver in errors.HARMLESS


def test_whatever_fails_after_the_plan_turns_the_rollout_back(states: States, back: set[str]) -> None:
    for name, state in tasks(states).items():
        caught = [target for errors, target in errors_of(state) if errors == ["States.ALL"]]
        if name in BEFORE_ANY_CHANGE:
            assert caught == [BEFORE_ANY_CHANGE[name]]
        elif name == LEFT:
            assert caught == [catalogue.REMAINING_WORK_UNREAD.back]
        else:
            assert caught == [LEFT if name in back or name == catalogue.STOP_IN_PLACE.forward else BACK], name


def test_a_try_block_catches_for_all_that_is_in_it(definition: dict[str, Any]) -> None:
    for name in (OUT, BACK):
        box = definition["States"][name]
        (branch,) = box["Branches"]
        own = {each: state["Catch"] for each, state in branch["States"].items() if "Catch" in state}
        assert set(own) <= {catalogue.PROMOTION.forward}, name
        assert box["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
        assert box["ResultSelector"] == {"report.$": "$[0].report"}


def test_every_catch_names_one_of_our_errors(states: States) -> None:
    for name, state in tasks(states).items():
        listed = list(errors_of(state))
        assert listed[-1][0] == ["States.ALL"], f"{name}: the broad catch comes last"
        for caught, _target in listed[:-1]:
            for error in caught:
                assert (error == WAKES and name in ASKING) or issubclass(getattr(errors, error), RolloutError)


def test_domain_errors_are_not_retried(states: States) -> None:
    domain = {subclass.__name__ for subclass in RolloutError.__subclasses__()}
    domain -= {each.__name__ for each in (errors.PartialFailure, errors.NotShownYet, errors.ChangeInProgress)}
    reports = {errors.SettingsNotRestored.__name__}  # reads are eventually consistent
    tells = {errors.NotToldYet.__name__}
    starts = {errors.NotHandedOver.__name__}
    patient = {
        catalogue.APPROVAL.forward: tells,
        LEFT: tells | reports,
        catalogue.HAND_OVER_AFTER_DEPLOYMENT.forward: starts,
    }
    for name, state in tasks(states).items():
        assert state["Retry"], name
        retried = {error for retry in state["Retry"] for error in retry["ErrorEquals"]}
        default = reports if state["ResultPath"] == "$.report" else set()
        assert retried & domain == patient.get(name, default), name
        assert {"Lambda.TooManyRequestsException", "Sandbox.Timedout"} <= retried
        assert (WAKES in retried) is (name not in ASKING)
        assert all(retry["JitterStrategy"] == "FULL" and retry["BackoffRate"] > 1 for retry in state["Retry"])


def test_every_step_that_can_be_decided_has_its_edge(states: States) -> None:
    routed = {choice["StringEquals"]: choice["Next"] for choice in states[catalogue.NEXT_STEP.forward]["Choices"]}
    assert set(routed) == {kind.value for kind in StepKind}


def test_both_directions_are_the_same_box(states: States) -> None:
    forward = {choice["StringEquals"] for choice in states[catalogue.NEXT_STEP.forward]["Choices"]}
    back = {choice["StringEquals"] for choice in states[catalogue.NEXT_STEP.back]["Choices"]}
    assert forward - back == {
        "bake", "wait-for-promotion", "wait-under-load", "wait-while-paused", "wait-for-window", "stop-here"
    }  # fmt: skip
    assert back <= forward


def test_what_no_rule_of_a_choice_takes_fails(states: States) -> None:
    for name, state in of_type(states, "Choice").items():
        assert "Default" not in state, name


def test_every_wait_is_native_and_takes_its_seconds_from_the_assessment(states: States) -> None:
    waits = of_type(states, "Wait")
    earlier = waits.pop(catalogue.WAIT_FOR_INVOCATIONS.forward)
    planned = [
        waits.pop(name) for name in (catalogue.WAIT_FOR_WINDOW_TO_START.forward, catalogue.WAIT_FOR_PREVIOUS.forward)
    ]
    assert len(waits) >= 5
    assert earlier["SecondsPath"] == "$.failure.wait_seconds"
    assert all(state["SecondsPath"] == "$.assessment.wait_seconds" for state in waits.values())
    assert all(state["SecondsPath"] == "$.rollout.details.wait_seconds" for state in planned)
    assert all(state["Next"] == catalogue.PLAN.forward for state in planned)


def test_every_task_has_a_time_out_longer_than_its_functions(states: States, template: dict[str, Any]) -> None:
    functions = [resource for resource in template["Resources"].values() if resource["Type"] == "AWS::Lambda::Function"]
    longest = max(function["Properties"]["Timeout"] for function in functions)
    for name, state in tasks(states).items():
        if name in ASKING:
            assert state["TimeoutSecondsPath"] in ("$.assessment.wait_seconds", "$.rollout.details.approval_seconds")
        else:
            assert state["TimeoutSeconds"] > longest


def test_only_what_every_engine_runs(definition: dict[str, Any], states: States) -> None:
    assert definition.get("QueryLanguage", "JSONPath") == "JSONPath"
    for name, state in states.items():
        assert set(state) <= ALLOWED, name
        assert state["Type"] in {"Task", "Wait", "Choice", "Pass", "Succeed", "Fail", "Parallel"}
    invoke = "arn:aws:states:::lambda:invoke"
    for name, state in tasks(states).items():
        assert state["Resource"] == (f"{invoke}.waitForTaskToken" if name in ASKING else invoke)


def test_a_path_is_never_taken_for_a_literal(definition: dict[str, Any]) -> None:
    paths = {"InputPath", "OutputPath", "ResultPath", "SecondsPath", "ErrorPath", "CausePath", "Variable"}
    paths |= {"TimeoutSecondsPath"}

    def check(value: Any, key: str) -> None:
        if isinstance(value, dict):
            for inner, item in value.items():
                check(item, inner)
        elif isinstance(value, list):
            for item in value:
                check(item, key)
        elif isinstance(value, str) and value.startswith("$"):
            assert key.endswith(".$") or key in paths, f"{key}: {value}"

    check(definition, "")


def test_what_a_task_keeps_is_exactly_a_payload_class(states: States) -> None:
    kept = {"$.assessment": payloads.Assessment, "$.report": payloads.Report}
    seen = set()
    for state in tasks(states).values():
        if state["ResultPath"] in kept:
            names = {field.name for field in fields(kept[state["ResultPath"]])}
            assert {key.removesuffix(".$") for key in state["ResultSelector"]} == names
            seen.add(state["ResultPath"])
        elif state["ResultPath"] is not None:
            assert state["ResultSelector"] in ({"rollout.$": "$.Payload"}, WAY, WAY | AND_SECONDS, SAID)
    assert seen == set(kept)


def test_state_names_are_sentences_for_the_console(states: States) -> None:
    for name in states:
        assert len(name) <= 80
        assert not re.search(r"Lambda|Choice|State|Invoke|Handler", name)
        assert name[0].isupper()


def test_the_definition_fits(definition: dict[str, Any]) -> None:
    assert len(json.dumps(definition)) < DEFINITION_AT_MOST
    assert '"cluster": "prod"' in definition["Comment"]


def test_the_catalogue_has_every_state_of_the_graph_and_no_other(states: States) -> None:
    named = [state.name(way) for state in STATES for way in Direction if state.name(way)]
    assert sorted(named) == sorted(states)


def test_no_name_of_a_state_is_written_twice_in_what_is_deployed() -> None:
    """Renaming one touches the catalogue: a message may speak of a state, but no code spells its name."""
    root = Path(__file__).parents[2]
    names = {state.name(way) for state in STATES for way in Direction if state.name(way)}
    for path in [*(root / "handlers").rglob("*.py"), *(root / "workflow").rglob("*.py")]:
        if path != root / "handlers" / "catalogue.py":
            constants = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
            assert not constants & names, f"{path.relative_to(root)}: {constants & names}"
