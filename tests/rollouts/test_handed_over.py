"""A rollout that takes several executions, each of which hands over to the next, ends like one that takes one."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from handlers import catalogue
from handlers.domain.model.plan import HAND_OVER_AT
from simulator.api.dispatch import ApiCalled
from simulator.aws.messages import Published
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import observe, simulate
from simulator.runs.sweep.crash_points import CrashPoint, Death, crash
from simulator.runs.sweep.verdict_rules import failures
from simulator.scenario.load import from_json, load
from simulator.scenario.model import After, Fault, Person, Scenario
from simulator.simulation import InProcessSimulation, open_simulation
from simulator.stepfunctions.events import StateEntered
from tests.rollouts.test_failing_strategies import STRATEGIES
from tests.rollouts.test_failing_strategies import scenario as failing
from tests.rollouts.test_strategies_from_anywhere import undisturbed

EXAMPLES = Path(__file__).parents[2] / "examples"
SHORT = 100
LONGEST = SHORT + 100  # what an execution has begun goes on to its next pass
HOUR = 3600
FIRST, SECOND, THIRD = "rehearsal", "rehearsal-2", "rehearsal-3"
HANDS_OVER = catalogue.HAND_OVER.forward
THREE = ("rolling-cordoned-canary", "capacity-provider", "blue-green")


def short(scenario: Scenario, at: int = SHORT) -> Scenario:
    """The same, with executions that hand over early."""
    return replace(scenario, input={**scenario.input, "hand_over_at": at})


def example(name: str = "one-in-one-out") -> Scenario:
    return short(replace(load(EXAMPLES / f"{name}.json"), people=()))


def strategy_of(name: str) -> Scenario:
    return from_json(undisturbed(name), name)


def with_faults(scenario: Scenario, *faults: Fault) -> Scenario:
    return replace(scenario, faults=(*scenario.faults, *faults))


def ended(outcome: Outcome) -> tuple[str, str, str]:
    """How, with nothing broken on the way and no execution too long."""
    assert failures(outcome) == []
    assert outcome.history_events < LONGEST
    return outcome.status, outcome.end, outcome.last_state


ALL_NEW = ("SUCCEEDED", "all_new", catalogue.ROLLED_OUT.forward)
ALL_OLD = ("FAILED", "all_old", catalogue.ROLLED_BACK.back)


def check_like_the_one(made: Scenario, *, fast: bool) -> None:
    """In several executions it ends as in one, a few seconds later, and tells of the whole."""
    plain, chained = simulate(made, 2, fast=fast), simulate(short(made), 2, fast=fast)
    assert plain.executions == (FIRST,)
    assert len(chained.executions) > 2
    assert ended(chained) == (plain.status, plain.end, plain.last_state)
    assert chained.error == plain.error
    assert chained.followers == ()
    assert chained.virtual_seconds - plain.virtual_seconds < 60 * len(chained.executions)
    before, after = plain.report["details"], chained.report["details"]
    assert after["executions"] == list(chained.executions)
    for name in ("replaced", "strategy", "target_ami", "original_ami", "architectures"):
        assert after.get(name) == before.get(name), name
    assert [each["answer"] for each in after.get("answers", ())] == [
        each["answer"] for each in before.get("answers", ())
    ]
    assert after["seconds"] >= 0.9 * before["seconds"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_strategy_ends_in_several_executions_as_in_one(strategy: str) -> None:
    check_like_the_one(strategy_of(strategy), fast=True)


@pytest.mark.parametrize("strategy", THREE)
def test_it_does_in_the_full_mode_too(strategy: str) -> None:
    check_like_the_one(strategy_of(strategy), fast=False)


@pytest.mark.parametrize("failure", ["alarm-in-the-bake", "promotion-rejected", "crash-loop"])
@pytest.mark.parametrize("strategy", THREE)
def test_the_way_back_is_handed_over_too(strategy: str, failure: str) -> None:
    check_like_the_one(from_json(failing(strategy, failure), strategy), fast=True)


@pytest.mark.parametrize("strategy", THREE)
def test_the_way_back_is_handed_over_in_the_full_mode_too(strategy: str) -> None:
    check_like_the_one(from_json(failing(strategy, "promotion-rejected"), strategy), fast=False)


def test_both_modes_hand_over_at_the_same_moments() -> None:
    fast, full = (simulate(example(), 1, fast=mode) for mode in (True, False))
    assert fast.executions == full.executions
    assert (fast.virtual_seconds, fast.history_events) == (full.virtual_seconds, full.history_events)
    assert fast.trace_sha256 == full.trace_sha256


@pytest.mark.parametrize("fast", [True, False], ids=["in-process", "full"])
def test_the_newest_events_id_is_how_many_there_are(fast: bool, cdk_out: Path) -> None:
    with open_simulation(example("dev-cluster"), 1, cdk_out, fast=fast) as region:
        observe(region)
        steps = region.client("stepfunctions") if fast else boto3.client("stepfunctions", region.scenario.region)
        for name in region.line:
            execution = region.engine.execution(name).arn
            newest = steps.get_execution_history(executionArn=execution, reverseOrder=True, maxResults=1)["events"]
            assert [event["id"] for event in newest] == [region.engine.history_events(name)]


def commanded(scenario: Scenario, *commands: tuple[After, dict[str, Any]]) -> Scenario:
    about = {"cluster": scenario.cluster, "by": "the operator"}
    return replace(scenario, people=tuple(Person(after, {**about, **command}) for after, command in commands))


def test_a_pause_lasts_from_one_execution_to_the_next() -> None:
    made = commanded(
        example(),
        (After(state=catalogue.SCALE_IN.forward, nth=2), {"action": "pause"}),
        (After(at=12 * HOUR), {"action": "resume"}),
    )
    outcome = simulate(made, 1, fast=True)
    assert ended(outcome) == ALL_NEW
    assert outcome.virtual_seconds > 12 * HOUR
    assert outcome.report["details"]["phases"]["wait-while-paused"] > 11 * HOUR
    assert len(outcome.executions) > 15


def test_a_promotion_is_asked_once_and_what_was_answered_is_not_asked_again(cdk_out: Path) -> None:
    made = short(strategy_of("rolling-cordoned-canary"))
    promoted = {"action": "promote", "cluster": made.cluster}
    asks = {**made.input, "promotion": {"timeout_seconds": 12 * HOUR}}
    made = replace(made, input=asks, people=(Person(After(state=catalogue.PROMOTION.forward), promoted, 6 * HOUR),))
    asked: list[str] = []
    with InProcessSimulation(made, 2, cdk_out) as region:
        region.bus.subscribe(Published, lambda event: asked.append(event.subject))
        outcome = observe(region)
    assert ended(outcome) == ALL_NEW
    assert asked.count("Rollout of nodes waits for promotion") == 1
    assert [each["answer"] for each in outcome.report["details"]["answers"]] == ["promote"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("kill_handler", state=HANDS_OVER, with_={"call": call, "times": times, "after": after})
        for call in (1, 4, 7)
        for times in (1, 3)
        for after in (False, True)
    ]
    + [Fault("invoke_twice", state=HANDS_OVER, with_={"seconds": seconds}) for seconds in (0, 2, 30, 280)]
    + [Fault("refuse_invocations", state=HANDS_OVER, with_={"times": 5})],
    ids=lambda fault: f"{fault.kind}-{'-'.join(str(each) for each in fault.with_.values())}",
)
def test_functions_that_die_or_run_twice_while_it_is_handed_over(fault: Fault) -> None:
    outcome = simulate(with_faults(example(), fault), 1, fast=True)
    assert ended(outcome) == ALL_NEW


def refused(times: int, *, after: bool, code: str = "AccessDeniedException") -> Fault:
    given = {"service": "stepfunctions", "operation": "StartExecution", "code": code, "times": times, "after": after}
    return Fault("fail_api", state=HANDS_OVER, with_=given)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
@pytest.mark.parametrize("after", [False, True], ids=["without-effect", "the-answer-is-lost"])
def test_a_start_that_is_refused_for_a_while(code: str, after: bool) -> None:
    outcome = simulate(with_faults(example(), refused(2, after=after, code=code)), 1, fast=True)
    assert failures(outcome) == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new")
    assert len(outcome.executions) > 1


def test_a_start_that_is_refused_for_good_costs_nothing_while_there_is_room() -> None:
    outcome = simulate(with_faults(example(), refused(10_000, after=False)), 1, fast=True)
    assert failures(outcome) == []
    assert (outcome.status, outcome.end, outcome.executions) == ("SUCCEEDED", "all_new", (FIRST,))
    assert outcome.api_calls["stepfunctions.StartExecution"] < 6


def test_a_start_whose_answer_is_lost_for_good_is_none_too_many() -> None:
    outcome = simulate(with_faults(example(), refused(10_000, after=True)), 1, fast=True)
    assert ended(outcome) == ALL_NEW
    assert outcome.followers == ()


Hears = Callable[[StateEntered], None]


def played(scenario: Scenario, cdk_out: Path, act: Callable[[InProcessSimulation], Hears]) -> Outcome:
    """`act` hears of each state that is entered."""
    with InProcessSimulation(scenario, 1, cdk_out) as region:
        region.bus.subscribe(StateEntered, act(region))
        return observe(region)


def stopping(execution: str, of: str, state: str) -> Callable[[InProcessSimulation], Hears]:
    """Stops an execution when another one, or the same, enters a state for the first time."""

    def act(region: InProcessSimulation) -> Hears:
        seen: list[str] = []

        def heard(event: StateEntered) -> None:
            if (event.execution, event.state) == (of, state) and not seen:
                seen.append(state)
                region.clock.after(0.0, lambda: region.engine.stop(execution))

        return heard

    return act


@pytest.mark.parametrize("state", [catalogue.PLAN, catalogue.TAKE_OVER, catalogue.ASSESS])
def test_stopping_the_one_that_handed_over_stops_nothing(state: catalogue.TaskState, cdk_out: Path) -> None:
    outcome = played(example(), cdk_out, stopping(FIRST, SECOND, state.forward))
    assert failures(outcome) == []
    assert outcome.end in ("all_new", "all_old")  # all old where it held the node groups still
    assert state is catalogue.PLAN or (outcome.status, outcome.end) == ("SUCCEEDED", "all_new")


@pytest.mark.parametrize(
    "state", [catalogue.PLAN, catalogue.TAKE_OVER, catalogue.WAIT_FOR_INVOCATIONS, catalogue.CREATE_VERSION]
)
def test_a_successor_that_dies_at_its_first_states_is_recovered(state: Any, cdk_out: Path) -> None:
    outcome = played(example(), cdk_out, stopping(SECOND, SECOND, state.forward))
    assert failures(outcome) == []
    assert (outcome.status, outcome.end) == ("FAILED", "all_old")
    assert outcome.error == "RolloutAbandoned"


@pytest.mark.parametrize("state", [catalogue.HAND_OVER.forward, catalogue.HANDED_OVER.forward])
@pytest.mark.parametrize("seconds", [0, 1, 3])
@pytest.mark.parametrize("command", ["abort", "keep", "pause"])
def test_commands_while_it_is_handed_over_reach_the_rollout(state: str, seconds: int, command: str) -> None:
    given = {"action": "abort", "keep": True} if command == "keep" else {"action": command}
    made = commanded(example(), (After(state=HANDS_OVER), given))
    made = replace(made, people=tuple(replace(person, seconds=seconds) for person in made.people))
    if command == "pause":
        about = {"cluster": made.cluster, "action": "resume"}
        made = replace(made, people=(*made.people, Person(After(at=4 * HOUR), about)))
    outcome = simulate(made, 1, fast=True)
    how = ended(outcome)
    assert all(person.status == "SUCCEEDED" for person in outcome.people), outcome.people
    if command == "abort":
        assert (how, outcome.error) == (ALL_OLD, "RolloutAborted")
    elif command == "keep":
        assert (how[2], outcome.error) == (catalogue.NEEDS_A_HUMAN.back, "StoppedAsAsked")
    else:
        assert how == ALL_NEW
        assert outcome.virtual_seconds > 4 * HOUR


@pytest.mark.parametrize("seconds", [0, 0.3, 1, 2, 5])
def test_nobody_else_gets_the_cluster_while_it_is_handed_over(seconds: float) -> None:
    again = Fault("start_again", state=HANDS_OVER, with_={"seconds": seconds})
    outcome = simulate(with_faults(example(), again), 1, fast=True)
    assert ended(outcome) == ALL_NEW
    assert outcome.followers == ()


DEPLOYED = {state: Fault("other_version", state=state, with_={"times": 40}) for state in (
    catalogue.CREATE_VERSION.forward, catalogue.ASSESS.forward, catalogue.DRAIN.forward, catalogue.SCALE_IN.forward,
)}  # fmt: skip


@pytest.mark.parametrize("state", DEPLOYED)
def test_a_deployment_in_mid_rollout_takes_another_execution(state: str) -> None:
    plain = replace(example(), input={**example().input, "hand_over_at": HAND_OVER_AT})
    outcome = simulate(with_faults(plain, DEPLOYED[state]), 1, fast=True)
    assert failures(outcome) == []
    assert (outcome.status, outcome.end, outcome.executions) == ("SUCCEEDED", "all_new", (FIRST, SECOND))


def test_a_deployment_on_the_way_back_takes_another_execution() -> None:
    made = from_json(failing("rolling", "promotion-rejected"), "rolling")
    fault = Fault("other_version", state=catalogue.DRAIN.back, with_={"times": 40})
    outcome = simulate(with_faults(made, fault), 2, fast=True)
    assert failures(outcome) == []
    assert (outcome.status, outcome.end, outcome.error) == ("FAILED", "all_old", "NotPromoted")
    assert outcome.executions == (FIRST, SECOND)


@pytest.mark.parametrize("state", DEPLOYED)
def test_successors_that_meet_it_too_are_not_started_for_ever(state: str) -> None:
    fault = replace(DEPLOYED[state], with_={"times": 10_000, "successors": "bad"})
    outcome = simulate(with_faults(example(), fault), 1, fast=True)
    assert failures(outcome) == []
    assert outcome.last_state == catalogue.NEEDS_A_HUMAN.back
    assert outcome.error == "PayloadOfAnotherVersion"
    assert outcome.executions[-1] in (SECOND, THIRD)


def test_a_deployment_that_nobody_is_started_after_is_a_humans() -> None:
    denied = {"action": "states:StartExecution"}
    made = with_faults(example(), DEPLOYED[catalogue.DRAIN.forward], Fault("take_permission", at=1.0, with_=denied))
    outcome = simulate(made, 1, fast=True)
    assert failures(outcome) == []
    assert (outcome.last_state, outcome.error) == (catalogue.NEEDS_A_HUMAN.back, "NotHandedOver")
    assert "states:StartExecution" in (outcome.cause or "")


def crash_points(cdk_out: Path) -> range:
    """The calls of the functions that belong to the first hand-over, from its first to the successor's assessment."""
    calls: list[str] = []
    places: list[int] = []
    with InProcessSimulation(example(), 1, cdk_out) as region:

        def heard(event: StateEntered) -> None:
            begins = (event.execution, event.state) == (FIRST, HANDS_OVER)
            over = (event.execution, event.state) == (SECOND, catalogue.ASSESS.forward)
            if (begins and not places) or (over and len(places) == 1):
                places.append(len(calls))

        def called(_event: ApiCalled) -> None:
            if region.engine.functions.running:
                calls.append("")

        region.bus.subscribe(StateEntered, heard)
        region.bus.subscribe(ApiCalled, called)
        observe(region)
    return range(places[0] + 1, places[1] + 1)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("dies", list(Death))
def test_a_death_at_any_call_of_a_hand_over_loses_nothing(dies: Death, after: bool, cdk_out: Path) -> None:
    for call in crash_points(cdk_out):
        outcome = crash(example(), 1, cdk_out, CrashPoint(dies, call, after))
        assert failures(outcome) == [], (call, outcome.cause)
        allowed = {"all_new"} if dies is Death.HANDLER else {"all_new", "all_old"}
        assert outcome.end in allowed, (call, outcome.cause)


@pytest.mark.parametrize("threshold", [1_000, 4_000])
def test_a_rollout_of_long_pauses_is_handed_over_hardly_later_than_it_is_to_be(threshold: int) -> None:
    """Paused for six days, and paused anew each hour: 18,000 events are handed over before 20,000 by far."""
    commands: list[tuple[After, dict[str, Any]]] = [(After(state=catalogue.DRAIN.forward), {"action": "pause"})]
    for hour in range(1, 6 * 24):
        commands += [
            (After(at=hour * HOUR), {"action": "resume"}),
            (After(at=hour * HOUR + 1), {"action": "pause"}),
        ]
    commands.append((After(at=6 * 24 * HOUR), {"action": "resume"}))
    outcome = simulate(commanded(short(example(), threshold), *commands), 1, fast=True)
    assert failures(outcome) == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new")
    assert len(outcome.executions) > 9_000 // threshold
    assert threshold <= outcome.history_events < threshold + 100
