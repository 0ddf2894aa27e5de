"""An execution that is stopped anywhere leaves nothing behind: the rule recovers it, or a start with the same input
resumes it. And what operators command a running one happens: abort, stop where it is, pause and resume."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handlers import catalogue
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import simulate
from simulator.scenario.load import ScenarioInvalid, from_json, load
from simulator.scenario.model import After, Fault, Person, Scenario
from tests.rollouts.test_strategies_from_anywhere import undisturbed

EXAMPLES = Path(__file__).parents[2] / "examples"
STOPPED_AT = {
    "one-in-one-out": (
        catalogue.LOCK, catalogue.CREATE_VERSION, catalogue.PREPARE, catalogue.SCALE_OUT, catalogue.WAIT_FOR_AGENTS,
        catalogue.DRAIN, catalogue.WAIT_FOR_DRAIN, catalogue.SCALE_IN,
    ),
    "cordoned-canary": (catalogue.CORDON, catalogue.START_BAKE, catalogue.BAKE),
    "provider-flip": (
        catalogue.PREPARE, catalogue.UPDATE_SERVICE_STRATEGY, catalogue.WAIT_FOR_SERVICES, catalogue.SCALE_IN,
    ),
    "blue-green": (catalogue.UPDATE_SERVICE_STRATEGY, catalogue.BAKE, catalogue.DRAIN),
}  # fmt: skip
CASES = [(name, state.forward) for name, states in STOPPED_AT.items() for state in states]


def example(name: str) -> Scenario:
    """The example; where a promotion is asked and nobody comes, it goes on."""
    scenario = load(EXAMPLES / f"{name}.json")
    promotion = {"timeout_seconds": 600, "on_timeout": "promote"}
    return replace(scenario, input={**scenario.input, "promotion": promotion}, people=())


def stopped(name: str, state: str, **how: Any) -> Outcome:
    scenario = example(name)
    fault = Fault("stop_execution", state=state, with_=how)
    return simulate(replace(scenario, faults=(*scenario.faults, fault)), 1, fast=True)


def story(outcome: Outcome) -> str:
    return f"{outcome.last_state}: {outcome.error}: {outcome.cause} {outcome.followers}"


@pytest.mark.parametrize(("name", "state"), CASES)
def test_the_rule_recovers_what_a_stopped_execution_left_behind(name: str, state: str) -> None:
    outcome = stopped(name, state)
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end) == ("FAILED", "all_old"), story(outcome)
    assert outcome.error == "RolloutAbandoned", story(outcome)


@pytest.mark.parametrize(("name", "state"), CASES)
def test_without_the_rule_a_start_with_the_same_input_resumes_it(name: str, state: str) -> None:
    outcome = stopped(name, state, recover=False, start_again_after=60)
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), story(outcome)


@pytest.mark.parametrize(("name", "state"), CASES)
def test_a_redriven_execution_goes_on_where_it_was(name: str, state: str) -> None:
    outcome = stopped(name, state, recover=False, redrive_after=120)
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), story(outcome)


@pytest.mark.parametrize("named", ["capacity_provider", "auto_scaling_group"])
def test_a_start_by_the_name_of_a_provider_that_was_taken_out_finds_its_rollout(named: str) -> None:
    """The old provider leaves the cluster before its group is deleted, as asked; then somebody stops the execution."""
    made = undisturbed("capacity-provider-managed")
    name = made["input"].pop("capacity_provider", "blue") if named == "auto_scaling_group" else "blue"
    assert name == "blue"
    if named == "auto_scaling_group":
        made["input"]["auto_scaling_group"] = made["node_groups"][0]["name"]
    how = {"recover": False, "start_again_after": 4000}
    stop = {"kind": "stop_execution", "state": catalogue.ALL_REPLACED.forward, "with": how}
    outcome = simulate(from_json({**made, "faults": [stop]}, "test"), 1, fast=True)
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), story(outcome)


def test_a_redrive_after_a_recovery_changes_nothing_and_says_to_start_anew() -> None:
    outcome = stopped("one-in-one-out", catalogue.WAIT_FOR_DRAIN.forward, redrive_after=3600)
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end) == ("FAILED", "all_old"), story(outcome)


def test_what_cannot_be_redriven_is_refused_by_name() -> None:
    fault = Fault("stop_execution", state=catalogue.DRAIN.forward, with_={"redrive_after": 60})
    with pytest.raises(ScenarioInvalid, match="no RedriveExecution"):
        simulate(replace(example("one-in-one-out"), faults=(fault,)), 1)


def test_after_a_recovery_the_same_input_starts_anew() -> None:
    outcome = stopped("one-in-one-out", catalogue.WAIT_FOR_DRAIN.forward, start_again_after=3600)
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), story(outcome)
    assert len(outcome.followers) == 2


def test_what_is_stopped_when_all_is_done_is_done() -> None:
    outcome = stopped("one-in-one-out", catalogue.FINISH.forward)
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end, outcome.followers) == ("ABORTED", "all_new", ())


def commanded(name: str, *commands: tuple[After, dict[str, Any]]) -> Outcome:
    scenario = example(name)
    cluster = {"cluster": scenario.cluster, "by": "the operator"}
    people = tuple(Person(after, {**cluster, **command}) for after, command in commands)
    return simulate(replace(scenario, people=people), 1, fast=True)


IN_THE_MIDDLE = {
    "one-in-one-out": After(state=catalogue.SCALE_IN.forward, nth=3),
    "cordoned-canary": After(state=catalogue.SCALE_IN.forward, nth=2),
    "provider-flip": After(state=catalogue.WAIT_FOR_SERVICES.forward),
    "blue-green": After(state=catalogue.WAIT_FOR_SERVICES.forward, nth=2),
}


@pytest.mark.parametrize("name", IN_THE_MIDDLE)
def test_an_abort_turns_around(name: str) -> None:
    outcome = commanded(name, (IN_THE_MIDDLE[name], {"action": "abort"}))
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end, outcome.error) == ("FAILED", "all_old", "RolloutAborted"), story(outcome)
    assert "the operator asked to abort" in (outcome.cause or "")


@pytest.mark.parametrize("name", IN_THE_MIDDLE)
def test_an_abort_that_keeps_finishes_what_has_begun_and_leaves_the_fleet_as_it_stands(name: str) -> None:
    outcome = commanded(name, (IN_THE_MIDDLE[name], {"action": "abort", "keep": True}))
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.last_state, outcome.error) == (catalogue.NEEDS_A_HUMAN.back, "StoppedAsAsked"), story(outcome)


@pytest.mark.parametrize("name", IN_THE_MIDDLE)
def test_a_pause_begins_nothing_until_it_is_resumed(name: str) -> None:
    plain = simulate(example(name), 1, fast=True)
    outcome = commanded(name, (IN_THE_MIDDLE[name], {"action": "pause"}), (After(at=20_000), {"action": "resume"}))
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), story(outcome)
    assert outcome.virtual_seconds > 20_000 > plain.virtual_seconds
