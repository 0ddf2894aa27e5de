"""Metrics are written for all rollouts together, which alarms look at, and for each node group."""

from typing import Any

import pytest

from handlers.runtime.task_handler import metrics
from handlers.states.assess_fleet import handler as assess_fleet
from handlers.states.plan_rollout import handler as plan
from handlers.states.prepare_node_group import handler as prepare
from tests.handlers.conftest import EXECUTION, Open


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is written in CloudWatch's embedded metric format."""
    found: list[dict[str, Any]] = []

    def flush() -> None:
        found.append(dict(metrics.serialize_metric_set()))
        metrics.clear_metrics()

    monkeypatch.setattr(metrics, "flush_metrics", flush)
    return found


def test_a_rollouts_metrics_have_its_cluster_and_node_group(stage: Open, written: list[dict[str, Any]]) -> None:
    rehearsal = stage().locked()
    prepare(rehearsal.event(), None)
    written.clear()
    assess_fleet(rehearsal.event(), None)
    (found,) = written
    (directive,) = found["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["service"], ["Cluster", "NodeGroup"]]
    assert (found["Cluster"], found["NodeGroup"]) == ("prod", "nodes")
    assert "PercentDone" in {metric["Name"] for metric in directive["Metrics"]}
    assess_fleet(rehearsal.event(), None)
    _first, again = written
    assert again["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == directive["Dimensions"]


def test_before_the_plan_no_node_group_is_known(stage: Open, written: list[dict[str, Any]]) -> None:
    stage()
    written.clear()
    assert (
        plan({"input": {"cluster": "prod", "surge": "much"}, "execution_id": EXECUTION}, None)["outcome"] == "refused"
    )
    (found,) = written
    assert found["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]
