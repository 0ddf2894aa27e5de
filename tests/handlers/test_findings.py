"""Each finding that the plan can make: a cluster that has it, whether it refuses, and that a document explains it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handlers.domain.model.findings import CODES, SHOWN, Finding, Severity, refuse
from handlers.errors import PlanImpossible
from simulator.api.dispatch import ApiFault
from simulator.scenario.model import Alarm, NodeGroup, Service, StandaloneTasks
from tests.handlers.conftest import OLD, Open, Stage

DOCUMENT = Path(__file__).parents[2] / "docs" / "findings.md"
PIN = ({"type": "memberOf", "expression": "attribute:ecs.ami-id == ami-0eeeeeeeeeeeeeee5"},)
Change = Callable[[Stage], None]


def group(**changes: Any) -> tuple[NodeGroup, ...]:
    return (
        NodeGroup(**{"name": "nodes", "ami": OLD, "size": 3, "min": 3, "capacity_provider": "provider", **changes}),
    )


def scaled(stage: Stage) -> None:
    stage.region.ecs.update_service(cluster="prod", service="web", desiredCount=7)


def denied(stage: Stage) -> None:
    said = "You are not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:eu-west-1::image/ami-1"
    stage.region.dispatch.faults.append(ApiFault("ec2", "RunInstances", "UnauthorizedOperation", times=9, message=said))


def untold(stage: Stage) -> None:
    stage.region.dispatch.faults.append(ApiFault("ec2", "RunInstances", "VPCIdNotSpecified", times=9))


def with_a_warm_pool(stage: Stage) -> None:
    stage.region.scaling.group("nodes").warm_pool = {"MinSize": 1}


def without_the_bus(stage: Stage) -> None:
    stage.clients.messages._bus = "platfrom"


def cut_off(stage: Stage) -> None:
    next(iter(stage.region.cluster.instances.values())).agent_connected = False


def external_capacity_change(stage: Stage) -> None:
    member = next(iter(stage.region.scaling.group("nodes").members.values()))
    member.template = {**member.template, "Version": "7"}


BY_PROVIDER = {"strategy": {"type": "capacity-provider", "target": {"instance_types": ["t3.micro"]}}}
ON_PROVIDER = ({"capacityProvider": "provider", "weight": 1},)
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], Change | None]] = {
    "SERVICE_NOT_STABLE": ({}, {}, scaled),
    "SERVICE_CAN_NEVER_DRAIN": ({"services": (Service("web", 6, maximum_percent=101),)}, {}, None),
    "TASK_DEFINITION_INACTIVE": (
        {"services": (Service("web", 6, task_definition_deregistered=True),)},
        {"strategy": {"type": "blue-green"}},
        None,
    ),
    "PINNED_TO_AN_AMI": ({"services": (Service("web", 0, placement_constraints=PIN),)}, {}, None),
    "ALARM_MISSING": ({}, {"alarms": ["nobody"]}, None),
    "EVENT_BUS_MISSING": ({}, {}, without_the_bus),
    "ALARM_FIRING": ({"alarms": (Alarm("errors", "ALARM"),)}, {"alarms": ["errors"]}, None),
    "PROTECTED_INSTANCES": ({"node_groups": group(protected=1)}, {}, None),
    "NOTHING_COULD_MOVE": ({}, {"strategy": {"surge": 0, "max_unavailable": "1%"}}, None),
    "NOTHING_WOULD_BE_LEFT": ({}, {"strategy": {"surge": 0, "max_unavailable": 3}}, None),
    "NO_ROOM_TO_START": (
        {"services": (Service("web", 3, host_ports=(80,)),)},
        {"strategy": {"surge": 0, "max_unavailable": 1}},
        None,
    ),
    "TASK_TOO_LARGE": (
        {"services": (Service("web", 3, memory=4096, capacity_provider_strategy=ON_PROVIDER),)},
        BY_PROVIDER,
        None,
    ),
    "COPY_LACKS_SETTINGS": (
        {"services": (Service("web", 3, capacity_provider_strategy=ON_PROVIDER),)},
        {"strategy": {"type": "capacity-provider", "target": {}}},
        with_a_warm_pool,
    ),
    "PERMISSION_MISSING": ({}, {}, denied),
    "PERMISSION_NOT_CHECKED": ({}, {}, untold),
    "MANAGED_SCALING_OFF": ({"node_groups": group(managed_scaling=True)}, {}, None),
    "ZONE_REBALANCING_OFF": ({"services": (Service("web", 6, availability_zone_rebalancing=True),)}, {}, None),
    "AGENT_NOT_CONNECTED": ({}, {}, cut_off),
    "STANDALONE_TASKS": ({"standalone_tasks": (StandaloneTasks("batch", 12),)}, {}, None),
    "FEWER_TASKS_MEANWHILE": (
        {"services": (Service("web", 6, minimum_healthy_percent=50, maximum_percent=100),)},
        {},
        None,
    ),
    "TEMPLATE_DRIFT": ({}, {}, external_capacity_change),
    "TASKS_MAY_MOVE_TWICE": ({}, {}, None),
    "CORDON_COSTS_A_DEPLOYMENT": ({}, {"strategy": {"cordon": "old", "prepare_cordon": True}}, None),
    "MOVED_BY_DRAINING": ({}, {"strategy": {"type": "capacity-provider"}}, None),
    "MUTABLE_IMAGE_TAG": ({}, {"strategy": {"type": "blue-green"}}, None),
    "IMAGE_NOT_CHECKED": (
        {"services": (Service("web", 6, capacity_provider_strategy=ON_PROVIDER),)},
        {
            "ami": "ami-0ccccccccccccccc3",
            "strategy": {"type": "capacity-provider", "target": {"instance_types": ["m6g.large"]}},
        },
        None,
    ),
}
ELSEWHERE = {"HISTORY_TOO_LONG", "OTHER_CONTROLLER"}
"""Shown by `tests/decisions/test_checks.py`, and by `tests/handlers/test_plan_of_two_groups.py`."""


@pytest.mark.parametrize("code", CASES)
def test_a_finding_is_made_and_refuses_only_where_it_is_an_error(code: str, stage: Open) -> None:
    cluster, asked, change = CASES[code]
    opened = stage(**cluster)
    if change:
        change(opened)
    if CODES[code].severity is Severity.ERROR:
        with pytest.raises(PlanImpossible, match=code):
            opened.plan(dry_run=True, **asked)
    else:
        found = opened.plan(dry_run=True, **asked).details["findings"]
        assert code in [machine["code"] for machine in found]
        assert all(each["cure"] and each["what"] for each in found)


def test_an_error_that_may_be_accepted_is_overridden_by_its_name(stage: Open) -> None:
    opened = stage()
    scaled(opened)
    accepted = opened.plan(dry_run=True, accept=["SERVICE_NOT_STABLE"])
    assert "SERVICE_NOT_STABLE" in [machine["code"] for machine in accepted.details["findings"]]


def test_all_errors_are_named_at_once(stage: Open) -> None:
    opened = stage(services=(Service("web", 6, maximum_percent=101),), alarms=(Alarm("errors", "ALARM"),))
    with pytest.raises(PlanImpossible, match=r"SERVICE_CAN_NEVER_DRAIN: .* ALARM_FIRING: "):
        opened.plan(alarms=["errors"])


def test_a_long_list_of_errors_is_counted() -> None:
    pluralize = [Finding("SERVICE_CAN_NEVER_DRAIN", f"service {number}.") for number in range(SHOWN + 3)]
    with pytest.raises(PlanImpossible, match="And 3 more"):
        refuse(pluralize)


def test_a_dry_run_tells_what_will_happen(stage: Open) -> None:
    details = stage().plan(dry_run=True, strategy={"canary": {"instances": 1, "bake_seconds": 60}}).details
    assert len(details["steps"]) == len(details["stages"])
    assert any("bake for 60 s" in step for step in details["steps"])
    assert details["extra_instance_hours"] > 0
    assert details["estimated_cost_usd"] > 0
    assert details["expected_moves_per_task"] == [1.0, 2.0]


def test_every_code_has_a_case_and_a_paragraph() -> None:
    assert set(CASES) | ELSEWHERE == set(CODES)
    text = DOCUMENT.read_text()
    for code, known in CODES.items():
        assert f"## {code}\n" in text
        assert known.cure in text, code
        assert (
            f"*{known.severity}{', may be accepted' if known.acceptable else ''}*" in text.split(f"## {code}\n")[1][:60]
        )


@pytest.mark.parametrize("controller", ["CODE_DEPLOY", "EXTERNAL"])
def test_a_service_without_deployments_of_ecs_is_refused_by_its_controllers_name(stage: Open, controller: str) -> None:
    """Its `deployments` are empty and task sets say how it stands (boto/botocore issue 2865)."""
    opened = stage()
    definition = {"taskDefinition": "prod-web"} if controller == "CODE_DEPLOY" else {}
    opened.region.client("ecs").create_service(
        cluster="prod", serviceName="shop", desiredCount=1, deploymentController={"type": controller}, **definition
    )
    opened.pass_time(120)
    with pytest.raises(PlanImpossible, match=f"SERVICE_NOT_STABLE: .*shop .*{controller}"):
        opened.plan(dry_run=True)
    assert opened.plan(dry_run=True, accept=["SERVICE_NOT_STABLE"]).details["steps"]
