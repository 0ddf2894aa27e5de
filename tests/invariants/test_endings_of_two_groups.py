"""Two groups, at the end: what a finished rollout, or one that turned back, has to leave as it was."""

from collections.abc import Callable
from typing import Any

import pytest

from handlers import catalogue
from simulator.faults.faults import FaultStruck
from simulator.invariants import endings
from tests.invariants.two_groups import CLUSTER, NEW, NEW_AMI, NEW_CP, OLD, OLD_AMI, OLD_CP, SIZE, World, world

Act = Callable[[World], None]
PIN = {"type": "memberOf", "expression": f"attribute:ecs.ami-id == {OLD_AMI}"}


def leave_a_constraint(seen: World) -> None:
    seen.ecs.update_service(cluster=CLUSTER, service="web", placementConstraints=[PIN])


def leave_an_attribute(seen: World) -> None:
    instance = next(iter(seen.region.cluster.instances.values()))
    mark = {"name": "cordoned", "value": "true", "targetId": instance.arn}
    seen.ecs.put_attributes(cluster=CLUSTER, attributes=[mark])


def leave_a_revision(seen: World) -> None:
    container = {"name": "main", "image": "web:1", "memory": 64}
    seen.ecs.register_task_definition(family="prod-web", containerDefinitions=[container])


def forget_a_provider(seen: World) -> None:
    kept = NEW_CP if not seen.ids(OLD) else OLD_CP
    seen.ecs.put_cluster_capacity_providers(
        cluster=CLUSTER, capacityProviders=[kept], defaultCapacityProviderStrategy=[]
    )


def change_the_default_strategy(seen: World) -> None:
    seen.ecs.put_cluster_capacity_providers(
        cluster=CLUSTER,
        capacityProviders=[OLD_CP, NEW_CP],
        defaultCapacityProviderStrategy=[{"capacityProvider": OLD_CP, "weight": 1}],
    )


def leave_a_process_suspended(seen: World) -> None:
    seen.scaling.suspend_processes(AutoScalingGroupName=NEW, ScalingProcesses=["AZRebalance"])


def leave_the_maximum_raised(seen: World) -> None:
    seen.scaling.update_auto_scaling_group(AutoScalingGroupName=NEW, MaxSize=9)


LEFT = {
    leave_a_constraint: "web: constraints were to be () and are",
    leave_an_attribute: "still has the attribute cordoned",
    leave_a_revision: "prod-web:2 was registered and is ACTIVE",
    forget_a_provider: "the cluster's capacity providers were",
    change_the_default_strategy: "the cluster's default strategy was () and is",
    leave_a_process_suspended: "new-nodes: suspended was () and is ('AZRebalance',)",
    leave_the_maximum_raised: "new-nodes: maximum was 6 and is 9",
}


@pytest.mark.parametrize("leave", LEFT, ids=lambda act: act.__name__)
def test_what_a_finished_rollout_leaves_behind_is_seen(leave: Act) -> None:
    with world() as seen:
        seen.roll_out()
        leave(seen)

        assert seen.end() == "all_new"
        assert seen.broken == {endings.RESTORED}
        assert LEFT[leave] in seen.said


@pytest.mark.parametrize("leave", LEFT, ids=lambda act: act.__name__)
def test_what_a_rollout_that_turned_back_leaves_behind_is_seen(leave: Act) -> None:
    with world() as seen:
        leave(seen)

        assert seen.end(catalogue.ROLLED_BACK.back) == "all_old"
        assert seen.broken == {endings.RESTORED}
        assert LEFT[leave] in seen.said


def test_an_untouched_cluster_was_not_rolled_out() -> None:
    with world() as seen:
        assert seen.end() == "all_old"
        assert seen.broken == {endings.STATUS}


def test_a_service_that_did_not_come_back_is_seen() -> None:
    with world() as seen:
        seen.resize(NEW, SIZE)
        seen.switch()

        assert seen.end(catalogue.ROLLED_BACK.back) == "needs_a_human"
        assert "web: strategy was (('old-cp', 0, 1),)" in seen.said


def test_both_groups_half_full_is_for_a_human_and_nothing_is_held_against_it_then() -> None:
    with world() as seen:
        seen.resize(NEW, SIZE)
        seen.switch()

        assert seen.end(catalogue.NEEDS_A_HUMAN.back) == "needs_a_human"
        assert seen.said == ""


def test_an_old_instance_may_stay_for_a_service_that_is_left_alone() -> None:
    strategy = {"type": "capacity-provider", "target": NEW_CP, "services": {"web": "leave_alone"}}
    with world(strategy=strategy, web={"count": 1}) as seen:
        seen.resize(NEW, SIZE)
        empty = [each for each in seen.ids(OLD) if not seen.region.ecs.instance_on(each).tasks]  # type: ignore[union-attr]
        seen.drain(*empty)
        seen.terminate(*empty)

        assert seen.end() == "all_new"
        assert seen.said == ""


def test_the_default_strategy_goes_with_the_tasks() -> None:
    with world() as before:
        change_the_default_strategy(before)
        seen = World(before.region)
        seen.roll_out()

        assert seen.end() == "all_new"
        assert "the cluster's default strategy was (('old-cp', 0, 1),)" in seen.said


def test_another_actors_edit_in_mid_run_is_theirs() -> None:
    theirs = {"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}
    with world() as seen:
        edit = {"service": "web", "changes": {"placementConstraints": [PIN, theirs]}}
        seen.region.bus.emit(FaultStruck("update_service", (), edit))
        seen.ecs.update_service(cluster=CLUSTER, service="web", placementConstraints=[theirs])
        assert seen.end(catalogue.ROLLED_BACK.back) == "all_old"
        assert seen.said == ""

        seen.ecs.update_service(cluster=CLUSTER, service="web", placementConstraints=[])
        seen.end(catalogue.ROLLED_BACK.back)
        assert "web: constraints were to be" in seen.said


def test_a_service_pinned_to_the_old_ami_by_its_user_is_pinned_to_the_new_one() -> None:
    with world(web={"placement_constraints": [PIN]}) as seen:
        seen.resize(NEW, SIZE)
        pin = PIN | {"expression": f"attribute:ecs.ami-id == {NEW_AMI}"}
        seen.ecs.update_service(cluster=CLUSTER, service="web", placementConstraints=[pin])
        seen.switch()
        seen.drain(*seen.ids(OLD))
        seen.terminate(*seen.ids(OLD))

        assert seen.end() == "all_new"
        assert seen.said == ""


def made(seen: World, **changes: Any) -> None:
    """A third group, made as a rollout makes a copy, with its provider."""
    (group,) = seen.scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[NEW])["AutoScalingGroups"]
    seen.scaling.create_auto_scaling_group(
        AutoScalingGroupName="copy",
        MinSize=0,
        MaxSize=6,
        DesiredCapacity=0,
        LaunchTemplate={"LaunchTemplateId": group["LaunchTemplate"]["LaunchTemplateId"], "Version": "1"},
        VPCZoneIdentifier=group["VPCZoneIdentifier"],
        **changes,
    )
    (copy,) = seen.scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["copy"])["AutoScalingGroups"]
    settings = {"managedScaling": {"status": "DISABLED"}, "managedDraining": "DISABLED"}
    seen.ecs.create_capacity_provider(
        name="copy-cp", autoScalingGroupProvider={"autoScalingGroupArn": copy["AutoScalingGroupARN"], **settings}
    )
    seen.ecs.put_cluster_capacity_providers(
        cluster=CLUSTER, capacityProviders=[OLD_CP, NEW_CP, "copy-cp"], defaultCapacityProviderStrategy=[]
    )


COPY = {"type": "capacity-provider", "steps": ["all"]}


def roll_onto_the_copy(seen: World) -> None:
    seen.resize("copy", SIZE)
    seen.switch("copy-cp")
    seen.drain(*seen.ids(OLD))
    seen.terminate(*seen.ids(OLD))


def test_a_group_made_in_mid_run_takes_the_tasks() -> None:
    with world(strategy=COPY) as seen:
        made(seen)
        roll_onto_the_copy(seen)

        assert seen.end() == "all_new"
        assert seen.said == ""


def test_a_made_group_is_to_be_a_copy() -> None:
    with world(strategy=COPY) as seen:
        made(seen, NewInstancesProtectedFromScaleIn=True)
        roll_onto_the_copy(seen)

        assert seen.end() == "all_new"
        assert "copy: new instances protected was False and is True" in seen.said


def test_a_made_group_that_outlives_the_way_back_is_seen() -> None:
    with world(strategy=COPY) as seen:
        made(seen)

        assert seen.end(catalogue.ROLLED_BACK.back) == "all_old"
        assert "the group copy was not there before" in seen.said
        assert "the capacity provider copy-cp was not there before" in seen.said


def test_an_old_group_that_is_to_be_deleted_and_stays_is_seen() -> None:
    with world(strategy=COPY | {"target": NEW_CP, "after": "delete"}) as seen:
        seen.roll_out()

        assert seen.end() == "all_new"
        assert f"the group {OLD} is still there" in seen.said


def test_an_old_group_may_be_deleted_with_its_provider() -> None:
    with world(strategy=COPY | {"target": NEW_CP, "after": "delete"}) as seen:
        seen.roll_out()
        seen.ecs.put_cluster_capacity_providers(
            cluster=CLUSTER, capacityProviders=[NEW_CP], defaultCapacityProviderStrategy=[]
        )
        seen.ecs.delete_capacity_provider(capacityProvider=OLD_CP)
        seen.scaling.delete_auto_scaling_group(AutoScalingGroupName=OLD)
        seen.wait()

        assert seen.end() == "all_new"
        assert seen.said == ""
