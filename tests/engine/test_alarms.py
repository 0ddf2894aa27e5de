"""CloudWatch's alarms of a scenario, as DescribeAlarms tells of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.api.clients import client
from simulator.scenario.load import from_json
from simulator.simulation import Simulation
from tests.engine.machines import chain, synthesized, wait

SCENARIO: dict[str, Any] = {
    "name": "watched",
    "cluster": "prod",
    "amis": [{"image_id": "ami-0aaaaaaaaaaaaaaa1"}],
    "node_groups": [{"name": "nodes", "ami": "ami-0aaaaaaaaaaaaaaa1", "size": 1}],
    "alarms": [
        {"name": "errors"},
        {"name": "latency", "state": "INSUFFICIENT_DATA"},
        {"name": "everything", "composite": True, "state": "ALARM"},
    ],
    "faults": [{"kind": "set_alarm", "at": 30, "with": {"name": "everything", "state": "OK"}}],
}
BOTH = ["MetricAlarm", "CompositeAlarm"]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Simulation]:
    with Simulation(from_json(SCENARIO), seed=1, cdk_out=synthesized(chain(wait(60)), tmp_path)) as region:
        yield region


def states(**request: Any) -> dict[str, str]:
    pages = client("cloudwatch", "eu-west-1").get_paginator("describe_alarms").paginate(**request)
    return {each["AlarmName"]: each["StateValue"] for page in pages for kind in page for each in told(page, kind)}


def told(page: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return page[kind] if kind.endswith("Alarms") else []


@pytest.mark.usefixtures("watched")
def test_alarms_have_the_scenarios_states() -> None:
    assert states(AlarmTypes=BOTH) == {"errors": "OK", "latency": "INSUFFICIENT_DATA", "everything": "ALARM"}


@pytest.mark.usefixtures("watched")
def test_composite_alarms_are_shown_to_who_asks_for_them() -> None:
    assert set(states()) == set(states(AlarmTypes=["MetricAlarm"])) == {"errors", "latency"}
    assert set(states(AlarmTypes=["CompositeAlarm"])) == {"everything"}
    assert states(AlarmNames=["everything"]) == {}
    answer = client("cloudwatch", "eu-west-1").describe_alarms(AlarmNames=["everything"], AlarmTypes=BOTH)
    (composite,) = answer["CompositeAlarms"]
    assert composite["AlarmRule"]
    assert composite["StateReason"]
    assert answer["MetricAlarms"] == []


@pytest.mark.usefixtures("watched")
def test_alarms_come_in_pages_and_by_state_or_prefix() -> None:
    assert len(states(AlarmTypes=BOTH, PaginationConfig={"PageSize": 1})) == 3
    assert set(states(AlarmTypes=BOTH, StateValue="ALARM")) == {"everything"}
    assert set(states(AlarmTypes=BOTH, AlarmNamePrefix="e")) == {"errors", "everything"}
    assert states(AlarmNames=["none"]) == {}


def test_a_composite_alarm_changes_its_state_as_any_other(watched: Simulation) -> None:
    watched.start_execution().wait()
    assert states(AlarmTypes=["CompositeAlarm"]) == {"everything": "OK"}


@pytest.mark.usefixtures("watched")
def test_a_composite_alarm_can_be_put() -> None:
    cloudwatch = client("cloudwatch", "eu-west-1")
    cloudwatch.put_composite_alarm(AlarmName="mine", AlarmRule='ALARM("errors")')
    assert states(AlarmTypes=["CompositeAlarm"])["mine"] == "INSUFFICIENT_DATA"
