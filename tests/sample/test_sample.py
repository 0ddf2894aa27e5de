"""The sample stack: what is in it, the scenario that comes of its template, and rollouts on that."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from simulator.api.dispatch import ApiCalled
from simulator.runs.rehearsal.run import observe
from simulator.scenario.from_template import NotInTheTemplate, ami_id, scenario_from
from simulator.scenario.load import from_json
from simulator.simulation import InProcessSimulation
from tests.checkers import assert_nag_is_clean, cfn_lint
from workflow.sample.stack import ACCEPTED, NAME

ROOT = Path(__file__).parents[2]
COMMITTED = json.loads((ROOT / "examples" / "sample-cluster.json").read_text())
X86, ARM = "rollout-sample-x86", "rollout-sample-arm"
ALL_AT_ONCE = {"type": "blue-green", "burn_in_seconds": 60}


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    output = tmp_path_factory.mktemp("sample")
    context = {"settings": "rollouts.toml", "sample": True}
    environment = {**os.environ, "CDK_OUTDIR": str(output), "CDK_CONTEXT_JSON": json.dumps(context)}
    subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=environment, check=True, capture_output=True)
    return json.loads((output / f"{NAME}.template.json").read_text())  # type: ignore[no-any-return]


def of(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [resource["Properties"] for resource in template["Resources"].values() if resource["Type"] == kind]


def test_it_has_everything_that_a_rollout_has_to_be_careful_with(template: dict[str, Any]) -> None:
    services = {each["ServiceName"]: each for each in of(template, "AWS::ECS::Service")}
    tasks = {each["Family"]: each for each in of(template, "AWS::ECS::TaskDefinition")}
    assert [each["LaunchTemplateData"]["InstanceType"] for each in of(template, "AWS::EC2::LaunchTemplate")] == [
        "t3.small",
        "t4g.small",
    ]
    assert len(of(template, "AWS::EC2::Subnet")) == 2
    assert [each["Name"] for each in of(template, "AWS::ECS::CapacityProvider")] == [X86, ARM]
    assert services["web"]["LoadBalancers"]
    assert of(template, "AWS::ApplicationAutoScaling::ScalingPolicy")[0]["PolicyType"] == "TargetTrackingScaling"
    assert services["beat"]["SchedulingStrategy"] == "DAEMON"
    assert "EFSVolumeConfiguration" in tasks["rollout-sample-files"]["Volumes"][0]
    (fixed,) = tasks["rollout-sample-fixed"]["ContainerDefinitions"]
    assert fixed["PortMappings"][0]["HostPort"] == 9100
    drivers = {
        definition["LogConfiguration"]["LogDriver"]
        for task in tasks.values()
        for definition in task["ContainerDefinitions"]
    }
    assert drivers == {"awslogs"}


def test_services_wait_for_the_providers_of_their_cluster(template: dict[str, Any]) -> None:
    (association,) = [
        name
        for name, one in template["Resources"].items()
        if one["Type"] == "AWS::ECS::ClusterCapacityProviderAssociations"
    ]
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::ECS::Service" and "CapacityProviderStrategy" in resource["Properties"]:
            assert association in resource["DependsOn"]


def test_cfn_lint_finds_nothing(template: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "sample.json"
    file.write_text(json.dumps(template))
    assert cfn_lint(file) == ""


def test_the_committed_scenario_is_what_the_template_says(template: dict[str, Any]) -> None:
    assert scenario_from(template, COMMITTED["name"], COMMITTED["description"], COMMITTED["input"]) == COMMITTED, (
        "make sample"
    )


def test_a_template_without_a_cluster_makes_no_scenario() -> None:
    with pytest.raises(NotInTheTemplate, match="0 clusters"):
        scenario_from({"Resources": {}}, "x", "x", {})


@pytest.mark.parametrize(
    ("group", "architecture", "strategy"),
    [
        (X86, "x86_64", ALL_AT_ONCE),
        (ARM, "arm64", ALL_AT_ONCE),
        (ARM, "arm64", {"type": "rolling", "surge": 1}),
        (X86, "arm64", {"type": "capacity-provider", "target": {"name": "more-arm", "instance_types": ["t4g.small"]}}),
    ],
)
def test_every_strategy_works_beside_another_node_group(
    group: str, architecture: str, strategy: dict[str, Any], cdk_out: Path
) -> None:
    outcome = rolled({**COMMITTED, "input": given(group, architecture, strategy)}, cdk_out)
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), outcome.cause


def test_blue_green_tells_nothing_to_services_of_another_node_group(cdk_out: Path) -> None:
    """`worker` runs on Arm only; `web` on both, and stays on Arm where it is."""
    told: Counter[str] = Counter()
    scenario = from_json({**COMMITTED, "input": given(X86, "x86_64", ALL_AT_ONCE)}, "sample")
    with InProcessSimulation(scenario, 1, cdk_out) as region:
        arm = {host.instance_id for host in region.instances(ARM)}
        region.bus.subscribe(
            ApiCalled, lambda call: told.update([call.target]) if call.operation == "UpdateService" else None
        )
        observe(region)
        assert {host.instance_id for host in region.instances(ARM)} == arm
    named = " ".join(told)
    assert "web" in named
    assert "worker" not in named


def test_blue_green_is_refused_where_another_node_group_runs_the_same_ami(cdk_out: Path) -> None:
    groups = [
        {**group, "ami": ami_id("old", "x86_64"), "instance_type": "t3.small"} for group in COMMITTED["node_groups"]
    ]
    outcome = rolled({**COMMITTED, "node_groups": groups, "input": given(X86, "x86_64", ALL_AT_ONCE)}, cdk_out)
    assert (outcome.error, outcome.end) == ("PlanImpossible", "all_old")
    assert "web also runs on instances outside rollout-sample-x86" in str(outcome.cause)


def given(group: str, architecture: str, strategy: dict[str, Any]) -> dict[str, Any]:
    return {"capacity_provider": group, "ami": ami_id("new", architecture), "strategy": strategy}


def rolled(document: dict[str, Any], cdk_out: Path) -> Any:
    with InProcessSimulation(from_json(document, "sample"), 1, cdk_out) as region:
        return observe(region)


def test_aws_solutions_finds_nothing_that_is_not_accepted_with_a_reason(tmp_path: Path) -> None:
    assert_nag_is_clean(tmp_path)


def test_every_accepted_rule_has_a_reason() -> None:
    assert all(len(reason) > 20 for reason in ACCEPTED.values())
