"""ECS and Auto Scaling answer before they have done it: nothing is built on a change that is not shown yet."""

from collections import Counter
from typing import Any

import pytest

from handlers.errors import ChangeInProgress
from handlers.overrides.second_group import make_copy, settle_groups
from handlers.payloads import Direction
from handlers.runtime.rollout_context import load_for_update
from handlers.states.begin_roll_back import handler as begin_roll_back
from handlers.states.create_launch_template_version import handler as create_version
from handlers.states.finish_rollout import handler as finish
from handlers.states.prepare_node_group import handler as prepare
from simulator.scenario.model import Service
from tests.handlers.conftest import Open, Rehearsal

SHARE = ({"capacityProvider": "provider", "base": 0, "weight": 1},)
GREEN = {"type": "capacity-provider", "target": {"name": "green"}}


class Asynchronous:
    """The region's ECS, but changes of capacity providers take `readings` looks to be done.

    While a cluster is changing, further changes are refused; a deletion in between is answered with DELETE_FAILED.
    """

    def __init__(self, client: Any, readings: int) -> None:
        self._client, self._readings = client, readings
        self._cluster, self._settings = 0, 0
        self.calls: Counter[str] = Counter()
        self.failed: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_cluster_capacity_providers(self, **request: Any) -> Any:
        self.calls["put"] += 1
        assert not self._cluster, "refused by ECS: UpdateInProgressException"
        answer = self._client.put_cluster_capacity_providers(**request)
        self._cluster = self._readings
        return answer

    def describe_clusters(self, **request: Any) -> Any:
        answer = self._client.describe_clusters(**request)
        self._cluster, left = max(0, self._cluster - 1), self._cluster
        status = "UPDATE_IN_PROGRESS" if left else "UPDATE_COMPLETE"
        return {**answer, "clusters": [{**each, "attachmentsStatus": status} for each in answer["clusters"]]}

    def update_capacity_provider(self, **request: Any) -> Any:
        answer = self._client.update_capacity_provider(**request)
        self._settings = self._readings
        return answer

    def describe_capacity_providers(self, **request: Any) -> Any:
        answer = self._client.describe_capacity_providers(**request)
        self._settings, left = max(0, self._settings - 1), self._settings
        changed = {"updateStatus": "UPDATE_IN_PROGRESS"} if left else {}
        return {**answer, "capacityProviders": [{**each, **changed} for each in answer["capacityProviders"]]}

    def delete_capacity_provider(self, **request: Any) -> Any:
        self.calls["delete"] += 1
        if self.failed:
            return {"capacityProvider": {"name": self.failed.pop(), "updateStatus": "DELETE_FAILED"}}
        return self._client.delete_capacity_provider(**request)


def green(stage: Open, readings: int) -> tuple[Rehearsal, Asynchronous]:
    """A rollout to a second group, and ECS as its clients see it from now on."""
    opened = stage(services=(Service("web", count=2, capacity_provider_strategy=SHARE),))
    rehearsal = opened.locked(strategy=GREEN)
    create_version(rehearsal.event(), None)
    slow = Asynchronous(opened.clients.providers._client, readings)
    opened.clients.providers._client = slow  # type: ignore[assignment]
    return rehearsal, slow


def retried(act: Any, rehearsal: Rehearsal) -> int:
    """Take the step as the state machine does, again and again; how often it was in progress."""
    for number in range(50):
        try:
            act(rehearsal)
        except ChangeInProgress:
            rehearsal.stage.pass_time(20)
            continue
        return number
    pytest.fail("it never came to its end")


def turned_back(rehearsal: Rehearsal) -> Rehearsal:
    back = Rehearsal(rehearsal.stage, rehearsal.rollout, Direction.BACK)
    begin_roll_back(back.event(state={"failure": {"Error": "AlarmFired", "Cause": "it rang"}}), None)
    return back


def test_a_copy_is_not_used_before_ecs_shows_its_provider_in_the_cluster(stage: Open) -> None:
    rehearsal, slow = green(stage, readings=4)
    context = load_for_update(rehearsal.event(), rehearsal.stage.clients)
    with pytest.raises(ChangeInProgress, match="capacity providers of prod"):
        make_copy(context)
    assert retried(lambda _rehearsal: make_copy(context), rehearsal) > 1
    assert slow.calls["put"] == 1
    assert rehearsal.stage.clients.providers.of_cluster("prod").names == ("provider", "green")


def test_provider_out_of_the_cluster_then_deleted_then_the_group_each_after_the_other_is_shown(stage: Open) -> None:
    rehearsal, slow = green(stage, readings=3)
    retried(lambda each: prepare(each.event(), None), rehearsal)
    slow.calls.clear()
    slow.failed = ["green", "green"]
    back = turned_back(rehearsal)
    clients, shown = back.stage.clients, []

    def settle(each: Rehearsal) -> None:
        try:
            settle_groups(load_for_update(each.event(), clients))
        finally:
            shown.append((bool(clients.providers.groups(["green"])), clients.autoscaling.group("green") is not None))

    assert retried(settle, back) > 3
    assert shown[-1] == (False, False)
    assert (True, False) not in shown, "the group went before its provider"
    assert slow.calls == {"put": 1, "delete": 3}


def test_the_end_is_not_taken_for_one_while_a_setting_is_on_its_way(stage: Open) -> None:
    rehearsal, slow = green(stage, readings=3)
    assert retried(lambda each: prepare(each.event(), None), rehearsal) > 1
    back = turned_back(rehearsal)
    slow._settings = 2
    with pytest.raises(ChangeInProgress, match="capacity provider"):
        finish(back.event(), None)
    assert retried(lambda each: finish(each.event(), None), back) >= 1
    assert back.context.progress.report is not None


def test_a_group_whose_last_instances_terminate_is_waited_for(stage: Open) -> None:
    rehearsal, _slow = green(stage, readings=0)
    prepare(rehearsal.event(), None)
    back = turned_back(rehearsal)
    clients = back.stage.clients
    clients.autoscaling.set_desired("green", 1)
    back.stage.pass_time(600)
    group = clients.autoscaling.group("green")
    assert group is not None
    settle_groups(load_for_update(back.event(), clients))  # a group with instances is left as it is
    clients.autoscaling.resize("green", 0, 3)
    clients.autoscaling.terminate("green", [member.instance_id for member in group.members])
    with pytest.raises(ChangeInProgress, match="not gone yet"):
        settle_groups(load_for_update(back.event(), clients))
    assert clients.autoscaling.group("green") is not None
    back.stage.pass_time(600)
    with pytest.raises(ChangeInProgress, match="capacity provider"):
        settle_groups(load_for_update(back.event(), clients))
    back.stage.pass_time(60)
    settle_groups(load_for_update(back.event(), clients))
    assert clients.autoscaling.group("green") is None
