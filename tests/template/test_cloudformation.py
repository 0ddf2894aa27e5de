"""The template deploys into moto's CloudFormation, and what that deploys starts a rollout from a changed parameter."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handlers.domain.input.subscription import execution_name_for
from simulator.api.clients import client
from simulator.cloudformation_region import STACK
from simulator.runs.rehearsal.run import observe
from simulator.scenario.load import load
from simulator.scenario.model import Scenario
from simulator.simulation import CloudFormationSimulation
from simulator.stepfunctions.events import ExecutionStarted
from simulator.triggers.rules import RuleMatched
from tests.conftest import FOLLOWING
from workflow.settings import read_settings

ROOT = Path(__file__).parents[2]
CLUSTER = "DevCluster"  # as the settings say
PARAMETER = read_settings(FOLLOWING).sources[0].writes
OLD, NEW = "ami-0aaaaaaaaaaaaaaa1", "ami-0bbbbbbbbbbbbbbb2"
NOT_IN_MOTO = {
    "AWS::CloudWatch::Alarm",  # those over an expression and over a metric of ours
    "AWS::Lambda::EventInvokeConfig",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::Schedule",
    "Custom::NoRolloutRuns",  # its function would run in Docker
}

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:moto.*")


def scenario() -> Scenario:
    """The development cluster before the parameter changes."""
    example = load(ROOT / "examples" / "dev-cluster.json")
    given = {**example.input, "cluster": CLUSTER, "ami": NEW}
    return replace(example, input=given, parameters={PARAMETER: OLD})


@pytest.fixture
def region(following: Path) -> Iterator[CloudFormationSimulation]:
    with CloudFormationSimulation(scenario(), 1, following) as opened:
        yield opened


def test_everything_that_moto_knows_is_created(following: Path, region: CloudFormationSimulation) -> None:
    template = json.loads((following / f"{STACK}.template.json").read_text())
    assert region.unsupported <= NOT_IN_MOTO
    assert len(region.deployed) > 0.8 * len(template["Resources"])


def test_the_machine_the_table_and_the_subscriptions_are_there(
    definition: dict[str, Any], region: CloudFormationSimulation
) -> None:
    states = region.client("stepfunctions")
    (machine,) = states.list_state_machines()["stateMachines"]
    described = states.describe_state_machine(stateMachineArn=machine["stateMachineArn"])
    assert json.loads(described["definition"])["States"].keys() == definition["States"].keys()
    (table,) = region.client("dynamodb").list_tables()["TableNames"]
    assert table in region.deployed.values()
    below = region.client("ssm").get_parameters_by_path(Path=f"/{STACK}/rollouts")["Parameters"]
    assert [json.loads(each["Value"])["cluster"] for each in below] == [CLUSTER]


def test_the_rules_point_where_they_should(region: CloudFormationSimulation) -> None:
    events = client("events", region.scenario.region)
    targets = {
        json.loads(rule["EventPattern"])["source"][0]: events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        for rule in events.list_rules()["Rules"]
    }
    (start,), (recover,) = targets["aws.ssm"], targets["aws.states"]
    assert "StartRollouts" in start["Arn"]
    assert recover["Arn"] == region.engine.machine_arn
    assert set(start["InputTransformer"]["InputPathsMap"].values()) == {"$.detail.name", "$.account", "$.region"}


def test_a_changed_parameter_starts_the_rollout_by_the_rule_that_cloudformation_made(
    region: CloudFormationSimulation,
) -> None:
    """By the names, environment variables and ARNs that CloudFormation gave, none of them ours."""
    group = region.scenario.node_groups[0].name
    matched: list[RuleMatched] = []
    started: list[ExecutionStarted] = []
    region.bus.subscribe(RuleMatched, matched.append)
    region.bus.subscribe(ExecutionStarted, started.append)
    region.clock.after(60.0, lambda: region.set_parameter(PARAMETER, NEW))
    outcome = observe(region, execution=execution_name_for(CLUSTER, group, NEW, 2))
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), outcome.cause
    assert [machine.rule.startswith(f"{STACK}-") for machine in matched] == [True]
    assert [execution_started.input["cluster"] for execution_started in started] == [CLUSTER]
