"""What a handler may call while it runs: Step Functions itself, SNS and EventBridge, as any other service."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from simulator.api.clients import client
from simulator.api.dispatch import ApiCalled, ApiFault
from simulator.aws.messages import EventPut, Published, make_topics_and_buses
from tests.engine.conftest import REGION, Bench
from tests.engine.machines import chain, machine, task, wait

TOPIC = "arn:aws:sns:eu-west-1:123456789012:Told"


@pytest.fixture
def told(bench: Bench) -> list[object]:
    """What was published and put, with the topic `Told` and the bus `Bus` deployed."""
    make_topics_and_buses(("Told",), ("Bus",), REGION)
    heard: list[object] = []
    for kind in (Published, EventPut):
        bench.bus.subscribe(kind, heard.append)
    return heard


def code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def test_a_handler_starts_and_describes_an_execution_which_runs_beside_its_own(bench: Bench) -> None:
    seen: list[str] = []

    def start(event: Any) -> dict[str, Any]:
        sfn: Any = boto3.client("stepfunctions", region_name=REGION)
        if event.get("child"):
            return {}
        arn = sfn.start_execution(stateMachineArn=bench.engine.machine_arn, name="child", input='{"child": true}')
        seen.append(sfn.describe_execution(executionArn=arn["executionArn"])["status"])
        return {"arn": arn["executionArn"]}

    result = bench.result(chain(task("start"), wait(60)), start=start)
    assert seen == ["RUNNING"]
    assert bench.engine.result_of(result.output["Payload"]["arn"]).status == "SUCCEEDED"
    assert bench.clock.now == 60.0
    assert bench.dispatch.calls["stepfunctions", "DescribeExecution"] == 1


def test_calls_of_step_functions_can_be_made_to_fail(bench: Bench) -> None:
    bench.dispatch.faults.append(ApiFault("stepfunctions", "SendTaskSuccess", "ThrottlingException", times=9))

    def wake(_event: Any) -> None:
        bench.engine.client.send_task_success(taskToken="x", output="{}")

    caught = {"Type": "Pass", "End": True}
    catch = {"Catch": [{"ErrorEquals": ["ClientError"], "Next": "Caught"}]}
    result = bench.result(machine("Wake", Wake=task("wake", **catch), Caught=caught), wake=wake)
    assert "ThrottlingException" in result.output["Cause"]


def test_a_message_is_published_and_an_event_is_put(bench: Bench, told: list[object]) -> None:
    def tell(_event: Any) -> dict[str, Any]:
        client("sns", REGION).publish(TopicArn=TOPIC, Subject="Approval", Message="Shall I?\n\nrollout approve")
        entry = {"Source": "here", "DetailType": "Approval wanted", "Detail": '{"cluster": "prod"}'}
        put = client("events", REGION).put_events(Entries=[entry, {**entry, "EventBusName": "Bus"}])
        return {"failed": put["FailedEntryCount"]}

    assert bench.result(chain(task("tell")), tell=tell).output["Payload"] == {"failed": 0}
    assert told == [
        Published(TOPIC, "Approval", "Shall I?\n\nrollout approve"),
        EventPut("default", "here", "Approval wanted", {"cluster": "prod"}),
        EventPut("Bus", "here", "Approval wanted", {"cluster": "prod"}),
    ]
    assert any('"event": "EventPut"' in line for line in bench.bus.trace.lines)
    assert (bench.dispatch.calls["sns", "Publish"], bench.dispatch.calls["events", "PutEvents"]) == (1, 1)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"TopicArn": TOPIC + "-not", "Message": "m"}, "NotFound"),
        ({"TopicArn": TOPIC, "Message": "m", "Subject": "s" * 101}, "InvalidParameter"),
        ({"TopicArn": TOPIC, "Message": "m", "Subject": "two\nlines"}, "InvalidParameter"),
    ],
)
def test_what_sns_refuses(bench: Bench, told: list[object], request_: dict[str, str], expected: str) -> None:
    with pytest.raises(ClientError) as raised:
        client("sns", REGION).publish(**request_)
    assert (code(raised.value), told) == (expected, [])
    assert bench.bus.trace.lines[-1].startswith(f'{{"error": "{expected}", "event": "{ApiCalled.__name__}"')


def test_an_entry_that_is_no_event_fails_in_its_place(bench: Bench, told: list[object]) -> None:
    good = {"Source": "here", "DetailType": "kind", "Detail": "{}"}
    entries = [{**good, "Detail": "{"}, good, {"Source": "here", "DetailType": "kind"}, {**good, "Detail": "[]"}]
    answer = client("events", REGION).put_events(Entries=entries)
    codes = [entry.get("ErrorCode") for entry in answer["Entries"]]
    assert (answer["FailedEntryCount"], codes) == (3, ["MalformedDetail", None, "InvalidArgument", "MalformedDetail"])
    assert told == [EventPut("default", "here", "kind", {})]
    assert bench.dispatch.calls["events", "PutEvents"] == 1


def test_an_entry_for_a_bus_that_is_not_there_is_taken_and_goes_nowhere(bench: Bench, told: list[object]) -> None:
    entry = {"Source": "here", "DetailType": "kind", "Detail": "{}", "EventBusName": "missing"}
    answer = client("events", REGION).put_events(Entries=[entry])
    assert (answer["FailedEntryCount"], set(answer["Entries"][0])) == (0, {"EventId"})
    assert told == []


def test_a_bus_is_described_where_it_is(bench: Bench) -> None:
    events = client("events", REGION)
    assert events.describe_event_bus()["Name"] == "default"
    with pytest.raises(ClientError) as raised:
        events.describe_event_bus(Name="missing")
    assert code(raised.value) == "ResourceNotFoundException"


def test_rules_with_targets_do_no_harm(bench: Bench, told: list[object]) -> None:
    events = client("events", REGION)
    events.put_rule(Name="all", EventPattern='{"source": ["here"]}')
    events.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": bench.engine.machine_arn or TOPIC}])
    events.put_events(Entries=[{"Source": "here", "DetailType": "kind", "Detail": "{}"}])
    assert len(told) == 1
