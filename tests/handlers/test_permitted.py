"""Names that the settings do not permit are findings of the plan, with the line that permits them."""

from dataclasses import replace
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.model.permitted import Permitted, role_name
from handlers.errors import PlanImpossible
from handlers.payloads import Outcome
from simulator.iam.patterns import like
from simulator.scenario.model import Service
from tests.handlers.conftest import Open, Stage

HOOK = {
    "LifecycleHookName": "drain-logs",
    "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
    "RoleARN": "arn:aws:iam::123456789012:role/ops/messenger",
}
COPIED = {"strategy": {"type": "capacity-provider", "target": {"name": "green"}}}
SHARE = ({"capacityProvider": "provider", "base": 0, "weight": 1},)


def permitting(opened: Stage, **names: tuple[str, ...]) -> Stage:
    return replace(opened, clients=replace(opened.clients, permitted=replace(opened.clients.permitted, **names)))


def refused(opened: Stage, **asked: Any) -> str:
    """The words of the refusal; nothing was changed."""
    with pytest.raises(PlanImpossible, match="PERMISSION_MISSING: ") as error:
        opened.plan(**asked)
    assert opened.changes() == []
    return str(error.value)


def test_a_parameter_that_may_not_be_written_is_refused_by_its_name(stage: Open) -> None:
    opened = stage()
    said = refused(opened, publish_to="/prod/ecs/ami")
    assert "publish_to: the functions may not write the parameter /prod/ecs/ami" in said
    assert '[permissions] parameters = ["/EcsAmiRollout/published/*", "/prod/ecs/ami"]' in said
    assert opened.plan(publish_to="/EcsAmiRollout/published/prod").outcome is Outcome.PROCEED


def test_task_roles_are_refused_where_a_definition_is_derived_and_only_there(stage: Open) -> None:
    opened = permitting(stage(), task_roles=("ecsTaskExecutionRole",))
    said = refused(opened, strategy={"type": "blue-green", "pin": "task_definition"})
    assert "registers a task definition with the role prod-web-task" in said
    assert '[permissions] task_roles = ["ecsTaskExecutionRole", "prod-web-task"]' in said
    assert opened.plan(dry_run=True).outcome is Outcome.DRY_RUN


def test_hook_roles_are_refused_where_a_group_is_copied(stage: Open) -> None:
    opened = stage(services=(Service("web", count=2, capacity_provider_strategy=SHARE),))
    boto3.client("autoscaling").put_lifecycle_hook(AutoScalingGroupName="nodes", **HOOK)
    with pytest.raises(PlanImpossible, match="PERMISSION_MISSING: ") as error:
        opened.plan(**COPIED)
    said = str(error.value)
    assert "a lifecycle hook with the role ops/messenger" in said
    assert '[permissions] hook_roles = ["*Hook*", "*hook*", "*AutoScaling*", "ops/messenger"]' in said


@given(st.text("ab/*", max_size=8), st.text("ab/", max_size=8))
def test_names_are_compared_as_iam_compares_them(pattern: str, name: str) -> None:
    permitted = Permitted(parameters=(pattern,))
    assert (permitted.missing("parameters", [name]) == ()) is like(pattern.removeprefix("/"), name.removeprefix("/"))


def test_a_roles_name_has_its_path_and_may_come_without_an_arn() -> None:
    assert role_name("arn:aws-cn:iam::123456789012:role/team/nodes") == "team/nodes"
    assert role_name("nodes") == "nodes"
