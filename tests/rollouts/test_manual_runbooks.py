"""The rollouts that operators do by hand today, by runbooks, with their own numbers."""

from pathlib import Path

import pytest

from handlers import catalogue
from simulator.aws.ecs.events import DeploymentCompleted, DeploymentStarted
from simulator.invariants.region_reads import hosts_of
from simulator.kernel.simulated_instance import InstanceLaunched
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import observe
from simulator.scenario.load import load
from simulator.simulation import Simulation
from simulator.stepfunctions.events import StateEntered

EXAMPLES = Path(__file__).parents[2] / "examples"
Counts = list[tuple[str, dict[str, int]]]


def watched(example: str, service: str, cdk_out: Path) -> tuple[Outcome, Counts, dict[str, int]]:
    """The outcome, where the service's tasks run at each state, and the groups' sizes at the end; by group name."""
    seen: Counts = []
    with Simulation(load(EXAMPLES / f"{example}.json"), 1, cdk_out) as region:

        def look(event: StateEntered) -> None:
            counts: dict[str, int] = {}
            for task in region.cluster.services[service].tasks.values():
                if task.wanted and task.last_status == "RUNNING":
                    group = task.instance.ec2_instance.group or ""
                    counts[group] = counts.get(group, 0) + 1
            seen.append((event.state, counts))

        region.bus.subscribe(StateEntered, look)
        outcome = observe(region)
        groups = {group.name: len(hosts_of(region, group.name)) for group in region.scenario.node_groups}
    assert outcome.unexpected == ()
    assert [str(violation) for violation in outcome.violations] == []
    return outcome, seen, groups


def test_x86_to_arm_is_five_and_five_then_none_and_ten_and_the_old_group_ends_at_zero(cdk_out: Path) -> None:
    outcome, seen, groups = watched("x86-to-arm", "web", cdk_out)
    in_the_bake = next(counts for state, counts in seen if state == catalogue.BAKE.forward)
    assert in_the_bake == {"x86-nodes": 5, "arm": 5}
    assert seen[-1][1] == {"arm": 10}
    assert groups == {"x86-nodes": 0}
    assert outcome.moves_per_task == 2.0  # two steps are two forced deployments, and each replaces every task


def test_blue_green_is_flipped_back_and_forward_without_a_launch_and_the_old_four_go(cdk_out: Path) -> None:
    outcome, seen, groups = watched("blue-green-flip", "web", cdk_out)
    assert groups == {"prod-nodes": 4}
    assert outcome.peak_instances == 8
    assert outcome.api_calls["autoscaling.SetDesiredCapacity"] == 1
    assert outcome.moves_per_task == 3.0  # there, back, and there again
    assert min(sum(counts.values()) for _state, counts in seen) >= 2


def test_a_flip_back_takes_one_deployment_and_no_instance(cdk_out: Path) -> None:
    seen: list[tuple[float, str]] = []
    with Simulation(load(EXAMPLES / "blue-green-flip.json"), 1, cdk_out) as region:
        for kind in (InstanceLaunched, DeploymentStarted, DeploymentCompleted):
            region.bus.subscribe(kind, lambda _event, kind=kind: seen.append((region.clock.now, kind.__name__)))
        observe(region)
    names = [name for _at, name in seen]
    assert names == ["InstanceLaunched"] * 4 + ["DeploymentStarted", "DeploymentCompleted"] * 3
    there, back = seen[5][0] - seen[4][0], seen[7][0] - seen[6][0]
    assert back <= 1.25 * there  # the draws differ


def test_dev_cluster_is_rolled_one_in_one_out_by_its_parameter(cdk_out: Path) -> None:
    outcome, _seen, groups = watched("dev-cluster", "api", cdk_out)
    assert (groups, outcome.peak_instances) == ({"DevCluster-nodes": 2}, 3)


def test_a_service_that_scales_in_mid_rollout_is_respected_and_no_task_moves_twice(cdk_out: Path) -> None:
    outcome, seen, groups = watched("three-zones", "web", cdk_out)
    assert seen[-1][1] == {"prod-nodes": 9}
    assert groups == {"prod-nodes": 12}
    assert outcome.moves_per_task <= 1.05
    assert outcome.peak_instances == 15


@pytest.mark.parametrize("example", ["provider-flip", "provider-managed-scaling", "blue-green", "cordoned-canary"])
def test_each_task_moves_exactly_once(example: str, cdk_out: Path) -> None:
    outcome, _seen, _groups = watched(example, "web", cdk_out)
    assert outcome.moves_per_task == 1.0
