"""cdk-nag's AwsSolutions finds nothing in the stack that is not accepted with a written reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.stepfunctions.stack_policies import POLICIES
from tests.checkers import assert_nag_is_clean

ROOT = Path(__file__).parents[2]


NARROW = """[permissions]
clusters = ["prod", "stage-*"]
auto_scaling_groups = ["prod-*"]
instance_roles = ["prod-*-nodes"]
task_roles = []
hook_roles = ["drain/prod"]
launch_templates = ["lt-0123456789abcdef0"]
parameters = ["/prod/*"]
"""
WITH_A_CLUSTER = {
    "DeleteAttributes", "DescribeContainerInstances", "DescribeServices", "DescribeTasks", "ListServices", "ListTasks",
    "PutAttributes", "StopTask", "UpdateContainerInstancesState", "UpdateService",
}  # fmt: skip


@pytest.mark.parametrize("more", ["", NARROW])
def test_aws_solutions_is_clean(more: str, tmp_path: Path) -> None:
    settings = tmp_path / "rollouts.toml"
    settings.write_text(f"{more}{(ROOT / 'rollouts.toml').read_text()}")
    assert_nag_is_clean(tmp_path, settings)
    template = json.loads((tmp_path / "EcsAmiRollout.template.json").read_text())
    assert reaches_only_what_is_named(template) is bool(more)


def reaches_only_what_is_named(template: dict[str, Any]) -> bool:
    """Whether every statement about clusters, what is in them, and Auto Scaling groups names them."""
    narrow: list[bool] = []
    for resource in template["Resources"].values():
        if resource["Type"] not in POLICIES:
            continue
        for instance in resource["Properties"]["PolicyDocument"]["Statement"]:
            actions = [instance["Action"]] if isinstance(instance["Action"], str) else instance["Action"]
            said = json.dumps(instance["Resource"])
            if any(each.partition(":")[2] in WITH_A_CLUSTER for each in actions if each.startswith("ecs:")):
                narrow.append("cluster/prod" in json.dumps(instance.get("Condition", {})))
            if ":cluster/" in said:
                narrow.append("cluster/stage-*" in said and "cluster/*" not in said)
            if "autoScalingGroupName/" in said:
                narrow.append("autoScalingGroupName/prod-*" in said and "autoScalingGroupName/*" not in said)
    assert len(set(narrow)) == 1, "some are narrow, and some are not"
    return narrow[0]
