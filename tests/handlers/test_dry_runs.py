"""What the plan makes of EC2's dry runs: what is missing is refused, what cannot be told is not said to be missing."""

from dataclasses import replace

import pytest

from handlers.aws.dry_runs import DryRun, Verdict
from handlers.errors import PlanImpossible
from handlers.payloads import Outcome
from simulator.api.dispatch import ApiFault
from tests.handlers.conftest import NEW, Open, Stage

CALLER = "User: arn:aws:sts::123456789012:assumed-role/plan/plan is not authorized to perform: "
BECAUSE = " because no identity-based policy allows it. Encoded authorization failure message: 4GIOHlTkIaWH"
UNAUTHORIZED = "You are not authorized to perform this operation. "
INSTANCE = "arn:aws:ec2:eu-west-1:123456789012:instance/*"


def answering(stage: Stage, code: str, message: str) -> Stage:
    stage.region.dispatch.faults.append(ApiFault("ec2", "RunInstances", code, times=99, message=message))
    return stage


def test_a_denial_that_names_the_action_refuses_the_plan(stage: Open) -> None:
    said = f"{UNAUTHORIZED}{CALLER}ec2:RunInstances on resource: {INSTANCE}{BECAUSE}"
    opened = answering(stage(), "UnauthorizedOperation", said)
    with pytest.raises(PlanImpossible, match=r"PERMISSION_MISSING: ec2:RunInstances on arn:aws:ec2:.* is denied"):
        opened.plan(dry_run=True)


UNTOLD = {
    "did not name": ("UnauthorizedOperation", f"{UNAUTHORIZED}Encoded authorization failure message: 4GIOHlTkIaWH"),
    "VPCIdNotSpecified": ("VPCIdNotSpecified", "No default VPC for this user."),
}


@pytest.mark.parametrize("named", UNTOLD)
def test_what_cannot_be_told_is_not_called_missing(named: str, stage: Open) -> None:
    opened = answering(stage(), *UNTOLD[named])
    group = opened.clients.autoscaling.group("nodes")
    assert group is not None
    assert group.template is not None
    template = group.template["LaunchTemplateId"]
    launch = opened.clients.ec2.may_launch(template, 1, image_id=NEW, instance_type="", subnet="")
    assert launch.verdict is Verdict.UNKNOWN
    assert named in launch.why
    planned = opened.plan(dry_run=True)
    assert planned.outcome is Outcome.DRY_RUN
    (found,) = [finding for finding in planned.details["findings"] if finding["code"] == "PERMISSION_NOT_CHECKED"]
    assert found["severity"] == "warning"
    assert named in found["what"]


def test_the_dry_run_launches_what_auto_scaling_will_launch_and_where(
    stage: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = stage()
    asked: list[dict[str, str]] = []
    ec2 = opened.clients.ec2

    def note(template_id: str, number: int, **launch: str) -> DryRun:
        asked.append(launch)
        return DryRun("ec2:RunInstances", Verdict.ALLOWED)

    monkeypatch.setattr(ec2, "may_launch", note)
    opened.plan(dry_run=True)
    (launch,) = asked
    group = opened.clients.autoscaling.group("nodes")
    assert group is not None
    assert launch == {"image_id": NEW, "instance_type": "", "subnet": group.subnets[0]}


def test_no_subnet_is_named_beside_network_interfaces(stage: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = stage()
    ec2 = opened.clients.ec2
    read = ec2.template_version
    asked: list[dict[str, str]] = []

    def with_interfaces(template_id: str, version: str) -> object:
        found = read(template_id, version)
        return found and replace(found, has_interfaces=True)

    def note(template_id: str, number: int, **launch: str) -> DryRun:
        asked.append(launch)
        return DryRun("ec2:RunInstances", Verdict.ALLOWED)

    monkeypatch.setattr(ec2, "template_version", with_interfaces)
    monkeypatch.setattr(ec2, "may_launch", note)
    opened.plan(dry_run=True)
    assert [each["subnet"] for each in asked] == [""]
