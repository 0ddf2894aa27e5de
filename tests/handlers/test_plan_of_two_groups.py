"""What the plan says of a second group: images, tags, architectures, controllers, names."""

from typing import Any

import pytest

from handlers.errors import PlanImpossible
from handlers.payloads import Outcome, Rollout
from simulator.api.dispatch import ApiFault
from simulator.scenario.model import Image, NodeGroup, Service
from tests.handlers.conftest import ARM, NEW, OLD, Open

ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
SHARE = ({"capacityProvider": "provider", "base": 0, "weight": 1},)
TO_ARM = {"type": "capacity-provider", "target": {"name": "arm", "instance_types": ["m7g.large"]}}


def service(**changes: Any) -> Service:
    return Service("web", **{"count": 4, "capacity_provider_strategy": SHARE, **changes})


def said(rollout: Rollout) -> list[str]:
    """Its findings as sentences."""
    return [f"{finding['code']}: {finding['what']}" for finding in rollout.details["findings"]]


def test_a_copy_is_as_large_as_the_old_groups_cpu_and_memory(stage: Open) -> None:
    opened = stage(services=(service(),))
    same = opened.plan(strategy={"type": "capacity-provider"})
    assert same.details["size"] == 3
    half = opened.plan(strategy={"type": "capacity-provider", "target": {"instance_types": ["t3.medium"]}})
    assert half.details["size"] == 6
    assert opened.changes() == []


def test_mutable_tags_are_found_and_named(stage: Open) -> None:
    opened = stage(services=(service(),))
    found = opened.plan(strategy={"type": "capacity-provider"}, dry_run=True)
    assert any("MUTABLE_IMAGE_TAG: 1 services" in name and "web" in name for name in said(found))
    pinned = opened.plan(strategy={"type": "capacity-provider", "pin_images": "digest"}, dry_run=True)
    assert not any("MUTABLE_IMAGE_TAG" in name for name in said(pinned))
    drained = opened.plan(strategy={"type": "rolling"}, dry_run=True)
    assert not any("MUTABLE_IMAGE_TAG" in name for name in said(drained))


def test_an_image_of_the_other_architecture_only_is_refused(stage: Open) -> None:
    images = (Image(f"{ECR}/web:1", ("x86_64",)),)
    with pytest.raises(PlanImpossible, match="is not built for arm64"):
        stage(services=(service(image=f"{ECR}/web:1"),), images=images).plan(ami=ARM, strategy=TO_ARM)


def test_an_index_with_both_architectures_may_move(stage: Open) -> None:
    images = (Image(f"{ECR}/web:1", ("x86_64", "arm64")),)
    plan = stage(services=(service(image=f"{ECR}/web:1"),), images=images).plan(ami=ARM, strategy=TO_ARM)
    assert plan.outcome is Outcome.PROCEED
    assert not any("IMAGE_NOT_CHECKED" in name for name in said(plan))


def test_an_image_of_another_registry_is_not_checked_and_said_so(stage: Open) -> None:
    opened = stage(services=(service(),))
    plan = opened.plan(ami=ARM, strategy=TO_ARM, dry_run=True)
    assert any("IMAGE_NOT_CHECKED" in name and "web: web:1" in name for name in said(plan))
    with pytest.raises(PlanImpossible, match="require_image_check"):
        opened.plan(ami=ARM, strategy={**TO_ARM, "require_image_check": True})


def test_an_image_whose_repository_is_not_here_is_not_checked(stage: Open) -> None:
    opened = stage(services=(service(image=f"{ECR}/elsewhere/web:1"),))
    plan = opened.plan(ami=ARM, strategy=TO_ARM, dry_run=True)
    assert any("IMAGE_NOT_CHECKED" in name and "elsewhere/web:1" in name for name in said(plan))


def test_an_image_whose_repository_may_not_be_read_is_not_checked(stage: Open) -> None:
    opened = stage(services=(service(image=f"{ECR}/theirs:1"),), images=(Image(f"{ECR}/theirs:1", ("x86_64",)),))
    opened.region.dispatch.faults.append(ApiFault("ecr", "BatchGetImage", "AccessDeniedException", times=99))
    plan = opened.plan(ami=ARM, strategy=TO_ARM, dry_run=True)
    assert any("IMAGE_NOT_CHECKED" in name and "theirs:1" in name for name in said(plan))


def test_a_task_definition_pinned_to_the_old_architecture_is_refused(stage: Open) -> None:
    with pytest.raises(PlanImpossible, match="pinned to X86_64"):
        stage(services=(service(cpu_architecture="X86_64"),)).plan(ami=ARM, strategy=TO_ARM)


def test_an_ami_of_the_wrong_architecture_for_the_copy_is_refused(stage: Open) -> None:
    with pytest.raises(PlanImpossible, match=r"built for x86_64, and m7g\.large of arm runs arm64"):
        stage(services=(service(),)).plan(strategy=TO_ARM)


def test_a_target_that_is_no_provider_of_the_cluster_is_refused(stage: Open) -> None:
    with pytest.raises(PlanImpossible, match="'nowhere' is no other Auto Scaling group provider"):
        stage(services=(service(),)).plan(strategy={"type": "capacity-provider", "target": "nowhere"})


def test_a_named_group_with_instances_on_another_ami_is_refused(stage: Open) -> None:
    groups = (
        NodeGroup("nodes", OLD, 3, max=3, capacity_provider="provider"),
        NodeGroup("others", OLD, 1, max=9, capacity_provider="second"),
    )
    strategy = {"type": "capacity-provider", "target": "second"}
    with pytest.raises(PlanImpossible, match="1 instances of others do not run"):
        stage(services=(service(),), node_groups=groups).plan(capacity_provider="provider", strategy=strategy)


def test_a_named_group_that_is_too_small_is_refused(stage: Open) -> None:
    groups = (
        NodeGroup("nodes", OLD, 3, max=3, capacity_provider="provider"),
        NodeGroup("others", NEW, 1, max=2, capacity_provider="second"),
    )
    strategy = {"type": "capacity-provider", "target": "second"}
    with pytest.raises(PlanImpossible, match="needs 3 instances in others, whose MaxSize is 2"):
        stage(services=(service(),), node_groups=groups).plan(capacity_provider="provider", strategy=strategy)


def test_names_that_are_taken_are_refused(stage: Open) -> None:
    with pytest.raises(PlanImpossible, match="one of them exists"):
        stage(services=(service(),)).plan(strategy={"type": "capacity-provider", "target": {"name": "nodes"}})


def test_blue_green_on_a_second_group_is_not_for_services_of_a_provider(stage: Open) -> None:
    with pytest.raises(PlanImpossible, match="web has a capacity provider strategy"):
        stage(services=(service(),)).plan(strategy={"type": "blue-green", "target": {}})


def test_a_task_definition_pinned_to_an_ami_cannot_be_drained_onto_another(stage: Open) -> None:
    constraint = {"type": "memberOf", "expression": f"attribute:ecs.ami-id == {OLD}"}
    opened = stage(services=(Service("web", count=2, task_placement_constraints=(constraint,)),))
    with pytest.raises(PlanImpossible, match="take the strategy blue-green"):
        opened.plan()
    assert opened.plan(strategy={"type": "blue-green", "pin": "task_definition"}).outcome is Outcome.PROCEED


def test_the_floor_of_half_the_tasks_is_said_beforehand(stage: Open) -> None:
    static = Service("web", count=3, host_ports=(8080,), minimum_healthy_percent=50, maximum_percent=100)
    plan = stage(services=(static,)).plan(strategy={"type": "blue-green"}, dry_run=True)
    assert "FEWER_TASKS_MEANWHILE: service web may fall to 2 of 3 tasks while it moves" in said(plan)


def test_services_without_the_cordon_are_named_and_what_preparing_costs(stage: Open) -> None:
    opened = stage()
    bare = opened.plan(strategy={"type": "rolling", "cordon": "rollout.cordoned"}, dry_run=True)
    assert any("TASKS_MAY_MOVE_TWICE: 1 services" in name for name in said(bare))
    asked = {"type": "rolling", "cordon": "rollout.cordoned", "prepare_cordon": True}
    prepared = said(opened.plan(strategy=asked, dry_run=True))
    assert any("CORDON_COSTS_A_DEPLOYMENT: 1 services" in name for name in prepared)
    assert not any("TASKS_MAY_MOVE_TWICE" in name for name in prepared)
