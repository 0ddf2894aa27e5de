"""What the documentation says that a deployed stack costs at rest is what its template costs."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from workflow.cost_at_rest import Template, cost_at_rest

ROOT = Path(__file__).parents[2]
SETTINGS = (ROOT / "docs" / "settings.md").read_text().partition("## What it costs at rest")[2]


@pytest.fixture(scope="module")
def followed(following: Path) -> Template:
    return dict(json.loads((following / "EcsAmiRollout.template.json").read_text()))


def test_the_documented_sums_are_the_templates(template: dict[str, Any], followed: Template) -> None:
    alarms, looks = cost_at_rest(template)
    assert f"look at {alarms.count:.0f} metrics, ${alarms.dollars:.2f}" in SETTINGS
    assert looks.count == 0
    watched, looked = cost_at_rest(followed)
    assert watched == alarms
    assert f"{looked.count:,.0f} calls of EventBridge Scheduler and Lambda, about ${looked.dollars:.2f}" in SETTINGS


def test_the_readme_says_the_same(template: dict[str, Any]) -> None:
    dollars = sum(item.dollars for item in cost_at_rest(template))
    said = re.findall(r"\$(\d\.\d\d) a month", (ROOT / "README.md").read_text())
    assert said == [f"{dollars:.2f}"] * 2


def test_an_expression_costs_each_of_its_metrics() -> None:
    metrics = [{"Id": "sum", "Expression": "a + b"}, {"Id": "a", "MetricStat": {}}, {"Id": "b", "MetricStat": {}}]
    alarm = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": metrics}}
    assert cost_at_rest({"Resources": {"Lost": alarm}})[0].count == 2
