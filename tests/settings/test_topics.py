"""The topics: who may publish there, who hears it, and where their ARNs are found."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack, assertions
from aws_cdk import aws_sns as sns

from workflow.settings import read_settings
from workflow.topic import alarm_topic, message_topic

SUBSCRIBERS = ["platform@example.com", "https://chat.example.com/hook"]
ROLLOUT = '[[rollouts]]\ncluster = "prod"\nami = "/ami/ecs/latest"\n'
MADE_BY = {"Messages": message_topic, "Alarms": alarm_topic}


@pytest.mark.parametrize("made", MADE_BY)
def test_the_subscribers_of_the_settings_hear_of_it(made: str, tmp_path: Path) -> None:
    file = tmp_path / "rollouts.toml"
    file.write_text(f"{ROLLOUT}[notify]\nsubscribers = {json.dumps(SUBSCRIBERS)}\n")
    stack = Stack(App(), "Any")
    topic = MADE_BY[made](stack, read_settings(file))
    assert isinstance(topic, sns.Topic)
    found = assertions.Template.from_stack(stack).find_resources("AWS::SNS::Subscription").values()
    ours = {"Ref": stack.get_logical_id(topic.node.default_child)}  # type: ignore[arg-type]
    assert sorted(mapping["Properties"]["Endpoint"] for mapping in found) == sorted(SUBSCRIBERS)
    assert all(mapping["Properties"]["TopicArn"] == ours for mapping in found)


def test_cloudwatch_of_this_account_may_publish_where_alarms_go(template: dict[str, Any]) -> None:
    """A topic's policy replaces the default one; with nothing but a Deny in it no service may publish."""
    of_alarms = {
        json.dumps(action)
        for instance in template["Resources"].values()
        if instance["Type"] == "AWS::CloudWatch::Alarm"
        for action in instance["Properties"]["AlarmActions"]
    }
    assert of_alarms
    for topic in of_alarms:
        (allowed,) = [each for each in statements_of(template, topic) if each["Effect"] == "Allow"]
        assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert allowed["Action"] == "sns:Publish"
        assert json.dumps(allowed["Resource"]) == topic
        assert allowed["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def statements_of(template: dict[str, Any], topic: str) -> list[dict[str, Any]]:
    return [
        statement
        for violation in template["Resources"].values()
        if violation["Type"] == "AWS::SNS::TopicPolicy" and topic in map(json.dumps, violation["Properties"]["Topics"])
        for statement in violation["Properties"]["PolicyDocument"]["Statement"]
    ]


def test_every_topic_is_an_output_of_the_stack(template: dict[str, Any]) -> None:
    topics = {name for name, one in template["Resources"].items() if one["Type"] == "AWS::SNS::Topic"}
    outputs = {name: one["Value"].get("Ref") for name, one in template["Outputs"].items()}
    assert topics <= set(outputs.values())
    assert {"MessagesTopic", "AlarmsTopic"} <= set(outputs)
