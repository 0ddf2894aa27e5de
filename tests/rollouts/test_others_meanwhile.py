"""Others act while a rollout runs: spot interruptions, deployments, scaling, silence. It ends all new all the same."""

from pathlib import Path
from typing import Any

import pytest

from handlers import catalogue
from simulator.aws.messages import EventPut, Published
from simulator.faults.faults import FaultStruck
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import observe, simulate
from simulator.scenario.load import from_json
from simulator.simulation import InProcessSimulation
from simulator.stepfunctions.events import StateEntered
from tests.rollouts.test_failing_strategies import NEW, scenario
from tests.rollouts.test_strategies_from_anywhere import undisturbed

STRATEGIES = ("rolling-cordoned-canary", "capacity-provider", "blue-green", "blue-green-second-group")
OTHERS: dict[str, dict[str, Any]] = {
    "an-old-instance-is-interrupted": {"kind": "interrupt_instance", "with": {"which": "old"}},
    "another-actor-deploys": {"kind": "deploy_service", "with": {"service": "web"}},
    "another-actor-drains-an-old-instance": {"kind": "drain_instance", "with": {"which": "old"}},
    "a-service-scales-out": {"kind": "scale_service", "with": {"service": "web", "count": 9}},
    "a-service-scales-in": {"kind": "scale_service", "with": {"service": "web", "count": 6}},
}


def unbroken(outcome: Outcome) -> list[str]:
    return [str(violation) for violation in outcome.violations]


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_others_do_in_the_bake_is_respected(strategy: str, other: str) -> None:
    made = {**undisturbed(strategy), "faults": [{"state": catalogue.BAKE.forward, **OTHERS[other]}]}
    outcome = simulate(from_json(made, "test"), seed=1, fast=True)
    assert unbroken(outcome) == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), outcome.cause


@pytest.mark.parametrize("after", ["keep_empty", "delete"])
def test_what_another_actor_adds_to_the_second_group_stays(after: str) -> None:
    made = undisturbed("capacity-provider")
    made["input"]["strategy"].update(target="green", after=after)
    (nodes,) = made["node_groups"]
    groups = [nodes, {**nodes, "name": "nodes-v2", "capacity_provider": "green", "size": 0, "min": 0}]
    more = {"kind": "set_desired", "state": catalogue.BAKE.forward, "with": {"auto_scaling_group": "nodes-v2", "by": 1}}
    outcome = simulate(from_json({**made, "node_groups": groups, "faults": [more]}, "test"), seed=1, fast=True)
    assert unbroken(outcome) == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), outcome.cause
    assert outcome.report["details"]["by_others"] == ["desired capacity of nodes-v2: +1"]


@pytest.mark.parametrize("strategy", [*STRATEGIES, "rolling-prepared", "capacity-provider-managed"])
def test_an_old_instance_that_another_actor_drains_at_once_is_no_time_out(strategy: str) -> None:
    """It has no turn yet, and its tasks may find no room before new capacity comes."""
    drains = {"kind": "drain_instance", "state": catalogue.PREPARE.forward, "with": {"which": "old"}}
    outcome = simulate(from_json({**undisturbed(strategy), "faults": [drains]}, "test"), seed=1, fast=True)
    assert unbroken(outcome) == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), outcome.cause


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_new_instance_that_another_actor_drains_is_replaced(strategy: str) -> None:
    """Where that may not come first, because the group is as large as it may get, it is turned back."""
    drains = {"kind": "drain_instance", "state": catalogue.BAKE.forward, "with": {"which": "new"}}
    outcome = simulate(from_json({**undisturbed(strategy), "faults": [drains]}, "test"), seed=1, fast=True)
    assert unbroken(outcome) == []
    wanted = ("FAILED", "all_old") if strategy == "blue-green" else ("SUCCEEDED", "all_new")
    assert (outcome.status, outcome.end) == wanted, outcome.cause


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_old_instance_that_another_actor_drains_on_the_way_back_is_replaced(strategy: str) -> None:
    drains = {"kind": "drain_instance", "state": catalogue.BEGIN_ROLL_BACK.back, "with": {"which": "old"}}
    made = scenario(strategy, "promotion-rejected")
    outcome = simulate(from_json({**made, "faults": [*made.get("faults", ()), drains]}, "test"), seed=1, fast=True)
    assert unbroken(outcome) == []
    assert (outcome.status, outcome.end, outcome.error) == ("FAILED", "all_old", "NotPromoted"), outcome.cause


@pytest.mark.parametrize("strategy", ["capacity-provider", "blue-green-second-group"])
def test_zones_that_came_out_uneven_are_not_evened_out_through_instances_under_load(strategy: str) -> None:
    """A zone without capacity while the second group is filled; the process stays off, and the report says so."""
    short = {"message": "InsufficientInstanceCapacity", "for_seconds": 120, "availability_zone": "a"}
    fault = {"kind": "fail_launches", "state": catalogue.SCALE_OUT.forward, "with": short}
    made = {**undisturbed(strategy), "faults": [fault]}
    made["node_groups"] = [{**each, "availability_zones": ["a", "b", "c"]} for each in made["node_groups"]]
    outcome = simulate(from_json(made, "test"), seed=1, fast=True)
    assert unbroken(outcome) == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), outcome.cause
    (kept,) = outcome.report["details"]["kept_suspended"]
    assert kept.startswith("AZRebalance of nodes-v2 stays suspended")
    assert kept in outcome.report["cause"]


@pytest.mark.parametrize("other", ["set_desired", "drain_instance"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_another_actor_does_at_the_very_end_of_the_way_back_calls_no_human(strategy: str, other: str) -> None:
    made = scenario(strategy, "promotion-rejected")
    given = {"auto_scaling_group": "nodes", "by": 1} if other == "set_desired" else {"which": "old"}
    fault = {"kind": other, "state": catalogue.ALL_REPLACED.back, "with": given}
    outcome = simulate(from_json({**made, "faults": [*made.get("faults", ()), fault]}, "test"), seed=1, fast=True)
    assert unbroken(outcome) == []
    assert (outcome.status, outcome.end, outcome.error) == ("FAILED", "all_old", "NotPromoted"), outcome.cause


@pytest.mark.parametrize("kept", ["stay", "deregistered"])
@pytest.mark.parametrize("which", ["old", "new"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_dead_agent_calls_no_human(strategy: str, which: str, kept: str) -> None:
    """ECS may count its tasks as long as its container instance is registered, and start none in their stead."""
    dies = {"kind": "disconnect_agent", "state": catalogue.WAIT_FOR_SERVICES.forward, "with": {"which": which}}
    made = {**undisturbed(strategy), "faults": [dies], "aws": {"terminated_without_agent": kept}}
    made["services"] = [{**each, "maximum_percent": 125} for each in made["services"]]
    outcome = simulate(from_json(made, "test"), seed=1, fast=True)
    assert unbroken(outcome) == []
    assert (outcome.status, outcome.end) in (("SUCCEEDED", "all_new"), ("FAILED", "all_old")), outcome.cause


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_machine_that_goes_without_its_agent_leaves_no_ghost_behind(strategy: str, cdk_out: Path) -> None:
    which = {"with": {"which": "old"}}
    dies = {"kind": "disconnect_agent", "state": catalogue.PREPARE.forward, **which}
    goes = {"kind": "interrupt_instance", "at": 100.0, **which}
    made = {**undisturbed(strategy), "faults": [dies, goes]}
    struck: list[str] = []
    with InProcessSimulation(from_json(made, "test"), 1, cdk_out) as region:
        region.bus.subscribe(FaultStruck, lambda event: struck.extend(event.takes))
        outcome = observe(region)
        assert {instance.key for instance in region.cluster.instances.values()}.isdisjoint(struck)
    assert struck[0] == struck[1]
    assert unbroken(outcome) == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), outcome.cause


@pytest.mark.parametrize("strategy", ["blue-green", "blue-green-second-group"])
def test_an_old_instance_that_goes_before_the_switch_keeps_it_from_nothing(strategy: str) -> None:
    """A spot interruption while services are only kept off the new AMI: what takes its place is on that."""
    gone = {"kind": "interrupt_instance", "state": catalogue.PREPARE.forward, "with": {"which": "old"}}
    outcome = simulate(from_json({**undisturbed(strategy), "faults": [gone]}, "test"), seed=1, fast=True)
    assert unbroken(outcome) == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), outcome.cause


@pytest.mark.parametrize("by", [1, 2])
@pytest.mark.parametrize("strategy", [*STRATEGIES, "capacity-provider-managed"])
def test_what_another_actor_adds_to_the_old_group_on_the_way_back_stays(strategy: str, by: int, cdk_out: Path) -> None:
    """It adds them while the way back waits for services, and once nothing has to go any more."""
    made = scenario(strategy, "promotion-rejected")
    groups = [{**each, "max": each["size"] + by + 8} for each in made["node_groups"]]
    state = catalogue.WAIT_FOR_SERVICES.back if strategy != "rolling-cordoned-canary" else catalogue.WAIT_FOR_DRAIN.back
    more = {"kind": "set_desired", "state": state, "with": {"auto_scaling_group": groups[0]["name"], "by": by}}
    made = {**made, "node_groups": groups, "faults": [*made.get("faults", ()), more]}
    with InProcessSimulation(from_json(made, "test"), 3, cdk_out) as region:
        outcome = observe(region)
        group = region.scaling.groups[groups[0]["name"]]
        assert unbroken(outcome) == []
        assert (outcome.status, outcome.end) == ("FAILED", "all_old"), outcome.cause
        managed = 1 if strategy == "capacity-provider-managed" else 0  # what managed scaling added going forward
        assert (group.desired, len(group.members)) == (groups[0]["size"] + by + managed,) * 2


@pytest.mark.parametrize(("strategy", "how"), [("capacity-provider", {"steps": ["all"]}), ("blue-green", {})])
def test_a_circuit_breakers_roll_back_is_not_waited_out(strategy: str, how: dict[str, Any]) -> None:
    made = undisturbed(strategy)
    made["input"]["strategy"].update(how)
    breaker = {"circuit_breaker": True, "circuit_breaker_rollback": True, "crash_on_amis": [NEW]}
    services = [{**service, **breaker} if service["name"] == "web" else service for service in made["services"]]
    outcome = simulate(from_json({**made, "services": services}, "test"), seed=1, fast=True)
    assert unbroken(outcome) == []
    assert (outcome.status, outcome.end, outcome.error) == ("FAILED", "all_old", "ServiceDidNotStabilize")
    assert "circuit breaker: rolling back" in (outcome.cause or "")


def test_a_service_that_fails_everywhere_keeps_no_way_back_waiting_without_end() -> None:
    """Its circuit breaker takes it back to the new provider each time that it is returned."""
    made = undisturbed("capacity-provider")
    made["input"]["strategy"].update(steps=["all"])
    made["input"].update(bake_seconds=300, timeouts={"rollout_seconds": 20_000})
    services = [{**each, "circuit_breaker": True, "circuit_breaker_rollback": True} for each in made["services"]]
    later = {"kind": "crash_tasks", "state": catalogue.BAKE.forward, "with": {"service": "web"}}
    outcome = simulate(from_json({**made, "services": services, "faults": [later]}, "test"), seed=1, fast=True)
    assert unbroken(outcome) == []
    assert (outcome.status, outcome.last_state) == ("FAILED", catalogue.NEEDS_A_HUMAN.back)
    assert "web runs" in (outcome.cause or "")
    assert outcome.virtual_seconds < made["input"]["timeouts"]["rollout_seconds"] / 4


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_service_that_fails_on_old_instances_as_well_calls_no_human(strategy: str) -> None:
    """Whatever it is, it is not the fleet: all of that is returned, and the report names the service."""
    broken = {"kind": "crash_tasks", "state": catalogue.BAKE.forward, "with": {"service": "web"}}
    outcome = simulate(from_json({**undisturbed(strategy), "faults": [broken]}, "test"), seed=1, fast=True)
    assert unbroken(outcome) == []
    assert (outcome.last_state, outcome.end) == ("Rolled back", "all_old")
    named = "web: not stable, for what the rollout did not cause, and not waited for"
    assert named in outcome.report["details"]["by_others"]


@pytest.mark.parametrize("words", ["$Latest", "$Default", "1"])
def test_a_permission_that_is_missing_at_the_first_write_leaves_nothing_to_a_human(words: str) -> None:
    made = undisturbed("rolling-prepared")
    (nodes,) = made["node_groups"]
    denied = {"kind": "take_permission", "state": catalogue.PREPARE.forward, "with": {"action": "ec2:RunInstances"}}
    groups = [{**nodes, "launch_template_version": words}]
    outcome = simulate(from_json({**made, "node_groups": groups, "faults": [denied]}, "test"), seed=1, fast=True)
    assert unbroken(outcome) == []
    assert (outcome.last_state, outcome.end) == ("Rolled back", "all_old")
    assert "ec2:RunInstances" in (outcome.cause or "")


@pytest.mark.parametrize(
    ("silence", "end", "error"), [("promote", "all_new", None), ("roll_back", "all_old", "NotPromoted")]
)
def test_silence_at_a_promotion_means_what_the_input_says(silence: str, end: str, error: str | None) -> None:
    made = {**undisturbed("capacity-provider"), "people": []}
    made["input"] = {**made["input"], "promotion": {"timeout_seconds": 600, "on_timeout": silence}}
    outcome = simulate(from_json(made, "test"), seed=1, fast=True)
    assert unbroken(outcome) == []
    assert (outcome.end, outcome.error) == (end, error)


@pytest.mark.parametrize(
    ("silence", "status", "error"), [("approve", "SUCCEEDED", None), ("reject", "FAILED", "NotApproved")]
)
def test_silence_at_an_approval_means_what_the_input_says(silence: str, status: str, error: str | None) -> None:
    made = undisturbed("blue-green")
    made["input"] = {**made["input"], "approval": {"timeout_seconds": 600, "on_timeout": silence}}
    people = made["people"] if silence == "approve" else []
    outcome = simulate(from_json({**made, "people": people}, "test"), seed=1, fast=True)
    assert unbroken(outcome) == []
    assert (outcome.status, outcome.error) == (status, error)


def test_a_response_that_nothing_waits_for_is_refused() -> None:
    made = undisturbed("rolling-prepared")
    early = {
        "after": {"state": catalogue.SCALE_OUT.forward},
        "seconds": 1,
        "input": {"action": "promote", "by": "on-call"},
    }
    outcome = simulate(from_json({**made, "people": [early, *made["people"]]}, "test"), seed=1, fast=True)
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new")
    assert (outcome.people[0].status, outcome.people[0].error) == ("FAILED", "NotAnswered")
    assert "waits for 'promote'" in (outcome.people[0].cause or "")


@pytest.mark.parametrize("rejected", [False, True])
def test_the_clusters_default_strategy_goes_along_and_comes_back(rejected: bool, cdk_out: Path) -> None:
    made = scenario("capacity-provider", "promotion-rejected") if rejected else undisturbed("capacity-provider")
    with InProcessSimulation(from_json(made, "test"), 1, cdk_out) as region:
        region.client("ecs").put_cluster_capacity_providers(
            cluster="prod",
            capacityProviders=["blue"],
            defaultCapacityProviderStrategy=[{"capacityProvider": "blue", "base": 1, "weight": 2}],
        )
        outcome = observe(region)
        (default,) = region.cluster.default_strategy
    assert unbroken(outcome) == []
    assert outcome.end == ("all_old" if rejected else "all_new")
    assert (default["base"], default["weight"]) == (1, 2)
    assert (default["capacityProvider"] == "blue") is rejected


def test_the_report_names_who_responded_and_what_runs_where(cdk_out: Path) -> None:
    made = undisturbed("capacity-provider")
    with InProcessSimulation(from_json(made, "test"), 1, cdk_out) as region:
        execution = region.start_execution()
        output = execution.wait().output
    details = output["details"]
    assert [subscription["answer"] for subscription in details["answers"]] == ["promote"]
    assert details["architectures"] == {"web": "x86_64", "worker": "x86_64"}


def test_a_prompt_is_sent_once_to_operators_and_machines_with_a_command_for_each_response(cdk_out: Path) -> None:
    made = scenario("blue-green", "promotion-rejected")
    late = {**made["people"][0], "seconds": 7200}  # the wait has ended and begun again by then, many times
    told: list[Published] = []
    put: list[EventPut] = []
    with InProcessSimulation(from_json({**made, "people": [late]}, "test"), 1, cdk_out) as region:
        region.bus.subscribe(Published, told.append)
        region.bus.subscribe(EventPut, put.append)
        observe(region)
    (message,) = [published for published in told if "waits for" in published.subject]
    (event,) = [event_put for event_put in put if event_put.detail_type == "Promotion wanted"]
    assert message.subject == "Rollout of nodes waits for promotion"
    for answer in ("promote", "flip", "roll_back"):
        assert f'"action": "{answer}", "cluster": "prod"' in message.message
    assert "start-execution --state-machine-arn arn:aws:states:" in message.message
    assert (event.source, event.detail_type) == ("ecs-ami-rollout", "Promotion wanted")
    kinds = [event_put.detail_type for event_put in put]
    assert kinds == ["Rollout started", "Baking", "Promotion wanted", "Rolling back", "Rollout finished"]
    assert all(
        "/states/home?region=eu-west-1#/v2/executions/details/arn:" in published.message for published in told[:2]
    )


@pytest.mark.parametrize("strategy", ["capacity-provider", "blue-green-second-group"])
def test_a_cluster_whose_capacity_providers_are_being_updated_is_waited_for(cdk_out: Path, strategy: str) -> None:
    """UpdateInProgressException, of another actor's PutClusterCapacityProviders a moment ago (botocore, its errors)."""
    made = from_json(undisturbed(strategy), "test")
    with InProcessSimulation(made, 1, cdk_out) as region:

        def another_actor_changes_them(event: StateEntered) -> None:
            if event.state == catalogue.PREPARE.forward:
                region.cluster.attached_at = region.clock.now + 60.0

        region.bus.subscribe(StateEntered, another_actor_changes_them)
        outcome = observe(region)
    assert unbroken(outcome) == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), outcome.cause


@pytest.mark.parametrize("which", ["old", "zone"])
@pytest.mark.parametrize(
    "state", [catalogue.CREATE_VERSION.forward, catalogue.PREPARE.forward, catalogue.SCALE_OUT.forward]
)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_old_instances_that_go_before_their_time_bring_none_too_many(strategy: str, state: str, which: str) -> None:
    """What the group launches for them is new already in some strategies, and counts; in others it is old and goes."""
    gone = {"kind": "interrupt_instance", "with": {"which": "old"}}
    zone = {"kind": "zone_outage", "with": {"availability_zone": "a"}}
    made = {**undisturbed(strategy), "faults": [{"state": state, **(gone if which == "old" else zone)}]}
    outcome = simulate(from_json(made, "test"), seed=1, fast=True)
    assert unbroken(outcome) == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), outcome.cause


def test_what_somebody_adds_to_the_old_group_while_the_version_is_made_is_old() -> None:
    """Its group says `$Latest`, and is to launch the target AMI at no time."""
    made = scenario("capacity-provider", "promotion-rejected")
    more = {"kind": "set_desired", "state": catalogue.CREATE_VERSION.forward}
    faults = [{**more, "with": {"auto_scaling_group": "nodes", "by": 1}}]
    outcome = simulate(from_json({**made, "faults": faults}, "test"), seed=1, fast=True)
    assert unbroken(outcome) == []
    assert (outcome.end, outcome.error) == ("all_old", "NotPromoted")
