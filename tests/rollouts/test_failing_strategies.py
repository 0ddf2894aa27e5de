"""Each strategy, with an AMI that fails at each phase: all old, every setting read back, a failed execution."""

from typing import Any

import pytest

from handlers import catalogue
from simulator.runs.rehearsal.run import simulate
from simulator.scenario.load import from_json

OLD, NEW = "ami-0aaaaaaaaaaaaaaa1", "ami-0bbbbbbbbbbbbbbb2"
CORDON = {"type": "memberOf", "expression": "attribute:rollout.cordoned !exists"}
GATE = {"bake_seconds": 180, "promotion": True}
STRATEGIES: dict[str, dict[str, Any]] = {
    "rolling": {"type": "rolling", "surge": 2},
    "rolling-cordoned-canary": {
        "type": "rolling",
        "surge": "25%",
        "cordon": "rollout.cordoned",
        "canary": {"instances": 1, **GATE},
    },
    "rolling-prepared": {
        "type": "rolling",
        "surge": 2,
        "cordon": "rollout.other",
        "prepare_cordon": True,
        "promotion": True,
    },
    "capacity-provider": {"type": "capacity-provider", "steps": [{"percent": 50, **GATE}, "all"]},
    "capacity-provider-managed": {
        "type": "capacity-provider",
        "scale": "managed",
        "target": {"name": "green"},
        "steps": [{"canary_tasks": 4, **GATE}, "all"],
        "after": "delete",
    },
    "blue-green": {"type": "blue-green", "burn_in_seconds": 180, "hold": True},
    "blue-green-by-definition": {
        "type": "blue-green",
        "burn_in_seconds": 180,
        "hold": True,
        "pin": "task_definition",
    },
    "blue-green-second-group": {"type": "blue-green", "burn_in_seconds": 180, "hold": True, "target": {}},
}
FAILURES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "launch": ({"launch": "fails"}, {}, "LaunchFailed"),
    "agent": ({"agent": "never_connects"}, {}, "AgentNeverConnected"),
    "crash-loop": ({"tasks": "crash"}, {}, "TasksFailing"),
    "targets-never-healthy": ({"tasks": "never_healthy"}, {}, "TasksFailing"),
    "alarm-in-the-bake": (
        {},
        {
            "faults": [
                {"kind": "set_alarm", "state": catalogue.BAKE.forward, "with": {"name": "web-5xx", "state": "ALARM"}}
            ]
        },
        "AlarmFired",
    ),
    "promotion-rejected": (
        {},
        {"people": [{"after": {"state": catalogue.PROMOTION.forward}, "seconds": 60, "input": {"action": "reject"}}]},
        "NotPromoted",
    ),
    "approval-rejected": (
        {},
        {"people": [{"after": {"state": catalogue.APPROVAL.forward}, "seconds": 60, "input": {"action": "reject"}}]},
        "NotApproved",
    ),
}


def scenario(strategy: str, failure: str) -> dict[str, Any]:
    how, (ami, more, error) = STRATEGIES[strategy], FAILURES[failure]
    two = how["type"] == "capacity-provider"
    managed = how.get("scale") == "managed"
    share = {"capacity_provider_strategy": [{"capacityProvider": "blue", "base": 0, "weight": 1}]} if two else {}
    provider = {"capacity_provider": "blue", "managed_scaling": managed, "managed_termination_protection": managed}
    service = {"cpu": 512, "memory": 1024, "load_balancer": {"deregistration_delay_seconds": 20}, **share}
    bake = {"bake_seconds": 120} if strategy in ("rolling", "rolling-prepared") else {}
    wanted = {"promotion": True} if strategy == "rolling" else {}
    approval = {"approval": {}} if failure == "approval-rejected" else {}
    return {
        "name": f"{strategy}-{failure}",
        "cluster": "prod",
        "amis": [{"image_id": OLD, "name": "golden-1"}, {"image_id": NEW, "name": "golden-2", **ami}],
        "node_groups": [
            {
                "name": "nodes",
                "ami": OLD,
                "size": 4,
                "min": 2,
                "max": 5,
                "launch_template_version": "$Latest",
                **provider,
            }
        ],
        "services": [
            {"name": "web", "count": 8, **service, "placement_constraints": [CORDON]},
            {"name": "worker", "count": 3, **service, "minimum_healthy_percent": 50, "maximum_percent": 150},
            {"name": "log-router", "scheduling": "DAEMON", "cpu": 64, "memory": 64},
        ],
        "alarms": [{"name": "web-5xx"}],
        "input": {
            "ami": NEW,
            "auto_scaling_group": "nodes",
            "alarms": ["web-5xx"],
            "strategy": {**how, **wanted},
            "timeouts": {"register_seconds": 300, "stable_seconds": 600},
            **bake,
            **approval,
        },
        "expect": {"status": "FAILED", "end": "all_old", "error": error},
        **more,
    }


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_failure_at_any_phase_ends_all_old_with_every_setting_as_before(strategy: str, failure: str) -> None:
    outcome = simulate(from_json(scenario(strategy, failure), "test"), seed=1, fast=True)
    assert [str(violation) for violation in outcome.violations] == []
    assert outcome.unexpected == (), outcome.cause
