"""The stack as the template shows it: triggers, retention, encryption, versions, alarms."""

import json
from pathlib import Path
from typing import Any

import pytest

from handlers.catalogue import TASK_STATES, TRIGGERS
from workflow.settings import read_settings

ROOT = Path(__file__).parents[2]

Resources = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def template(following: Path) -> dict[str, Any]:
    """Of a stack that has something to watch and to follow."""
    return json.loads((following / "EcsAmiRollout.template.json").read_text())  # type: ignore[no-any-return]


@pytest.fixture
def resources(template: dict[str, Any]) -> Resources:
    return template["Resources"]  # type: ignore[no-any-return]


def test_the_shipped_settings_start_nothing(cdk_out: Path) -> None:
    """Nothing is followed, nothing is looked at; what there is of rules hears of this machine's executions only."""
    shipped = json.loads((cdk_out / "EcsAmiRollout.template.json").read_text())["Resources"]
    (machine,) = of(shipped, "AWS::StepFunctions::StateMachine")
    (recovery,) = of(shipped, "AWS::Events::Rule").values()
    pattern = recovery["Properties"]["EventPattern"]
    assert of(shipped, "AWS::Scheduler::Schedule") == of(shipped, "AWS::SSM::Parameter") == {}
    assert (pattern["source"], pattern["detail"]["stateMachineArn"]) == (["aws.states"], [{"Ref": machine}])
    assert not set(pattern["detail"]["status"]) & {"RUNNING", "SUCCEEDED"}
    starting = {"AWS::Lambda::EventSourceMapping", "AWS::Pipes::Pipe", "AWS::SNS::Subscription"}
    assert not [name for kind in starting for name in of(shipped, kind)]


def of(resources: Resources, kind: str) -> dict[str, Any]:
    return {name: one for name, one in resources.items() if one["Type"] == kind}


def test_task_states_invoke_versions_that_are_retained(resources: Resources, template: dict[str, Any]) -> None:
    versions = of(resources, "AWS::Lambda::Version")
    assert len(versions) == len(TASK_STATES)
    assert all(version["DeletionPolicy"] == "Retain" for version in versions.values())
    (machine,) = of(resources, "AWS::StepFunctions::StateMachine").values()
    named = json.dumps(machine["Properties"]["DefinitionString"])
    assert all(f'"Ref": "{name}"' in named for name in versions)


def test_the_table_outlives_the_stack_and_can_be_wound_back(resources: Resources) -> None:
    (table,) = of(resources, "AWS::DynamoDB::Table").values()
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert table["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def test_messages_are_encrypted_and_every_queue_and_topic_wants_tls(resources: Resources) -> None:
    topics = of(resources, "AWS::SNS::Topic")
    assert [name for name, one in topics.items() if "KmsMasterKeyId" in one["Properties"]] == ["Messages804FA4EB"]
    policies = [*of(resources, "AWS::SNS::TopicPolicy").values(), *of(resources, "AWS::SQS::QueuePolicy").values()]
    assert len(policies) == len(topics) + len(of(resources, "AWS::SQS::Queue"))
    assert all("aws:SecureTransport" in json.dumps(policy) for policy in policies)


def test_every_log_is_kept_for_a_while_and_everything_is_traced(resources: Resources) -> None:
    logs = of(resources, "AWS::Logs::LogGroup").values()
    functions = of(resources, "AWS::Lambda::Function").values()
    assert len(functions) == len(TASK_STATES) + len(TRIGGERS)
    assert all(log["Properties"]["RetentionInDays"] > 0 for log in logs)
    assert all(function["Properties"]["TracingConfig"]["Mode"] == "Active" for function in functions)


def test_the_rule_hears_of_the_parameter_that_the_watch_writes(resources: Resources) -> None:
    rules = [each["Properties"] for each in of(resources, "AWS::Events::Rule").values()]
    (changed,) = [rule for rule in rules if rule["EventPattern"]["source"] == ["aws.ssm"]]
    schedules = [each["Properties"]["Target"] for each in of(resources, "AWS::Scheduler::Schedule").values()]
    watched = [
        json.loads(schedule["Input"])["source"]["writes"]
        for schedule in schedules
        if "source" in str(schedule["Input"])
    ]
    assert changed["EventPattern"]["detail"]["name"] == watched
    (target,) = changed["Targets"]
    assert target["DeadLetterConfig"]
    assert all(schedule["DeadLetterConfig"] for schedule in schedules)


def test_every_subscription_fits_a_standard_parameter(resources: Resources) -> None:
    parameters = of(resources, "AWS::SSM::Parameter").values()
    assert parameters
    assert all(len(parameter["Properties"]["Value"].encode()) <= 4096 for parameter in parameters)


def test_alarms_tell_somebody(resources: Resources) -> None:
    alarms = of(resources, "AWS::CloudWatch::Alarm").values()
    assert len(alarms) == 5
    assert all(alarm["Properties"]["AlarmActions"] and alarm["Properties"]["AlarmDescription"] for alarm in alarms)


def test_the_recovery_rule_does_not_recover_for_ever(resources: Resources) -> None:
    rules = [each["Properties"] for each in of(resources, "AWS::Events::Rule").values()]
    (recovery,) = [rule for rule in rules if rule["EventPattern"]["source"] == ["aws.states"]]
    (unheard,) = recovery["EventPattern"]["detail"]["input"]
    assert unheard["anything-but"]["wildcard"].count("the recovery rule") == 3
    assert "the recovery rule" in json.dumps(recovery["Targets"])


def test_events_go_to_the_bus_of_the_settings(tmp_path: Path, resources: Resources) -> None:
    buses = {each["Properties"]["Environment"]["Variables"]["EVENT_BUS"] for each in functions_of(resources)}
    assert buses == {"default"}
    file = tmp_path / "rollouts.toml"
    file.write_text(f'{(ROOT / "rollouts.toml").read_text()}\n[notify]\nevent_bus = "platform"\n')
    assert read_settings(file).event_bus == "platform"


def functions_of(resources: Resources) -> list[dict[str, Any]]:
    return list(of(resources, "AWS::Lambda::Function").values())


@pytest.mark.parametrize(
    "words",
    [
        "PercentDone",
        "DrainingInstances",
        "FloorMargin",
        "PhaseSeconds",
        "Throttles",
        "NotTold",
        "DaysBehind",
        "ExecutionsStarted",
    ],
)
def test_the_dashboard_shows_it(words: str, resources: Resources) -> None:
    (board,) = of(resources, "AWS::CloudWatch::Dashboard").values()
    assert words in json.dumps(board)


def test_nothing_is_deleted_before_the_guard_allows_it(resources: Resources) -> None:
    """What it depends on is deleted after it: every function, the machine, what triggers it."""
    (guard,) = of(resources, "Custom::NoRolloutRuns").values()
    wanted = [
        name
        for kind in ("AWS::Lambda::Function", "AWS::StepFunctions::StateMachine", "AWS::Scheduler::Schedule")
        for name in of(resources, kind)
    ]
    assert set(wanted) <= set(guard["DependsOn"])
    scanning = [name for name, one in of(resources, "AWS::IAM::Policy").items() if "dynamodb:Scan" in json.dumps(one)]
    assert len(scanning) == 1, "only what works beside the machine looks at all leases"
    assert "StartsRole" in scanning[0]
    assert set(scanning) <= set(guard["DependsOn"])
