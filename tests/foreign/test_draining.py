"""The trial of draining functions: with one of our own, good and bad, and with the one that aws-cdk-lib brings."""

import tarfile
from itertools import pairwise
from pathlib import Path

import aws_cdk
import pytest

from simulator.scenario.load import load
from tests.foreign.draining import code_at, main, told
from tests.foreign.function import Code, NotLoaded
from tests.foreign.trial import Asked, Outcome, run

OWN = Path(__file__).with_name("own_drainer.py")
SCENARIO = load(Path(__file__).parents[2] / "examples" / "dev-cluster.json")
CDK_DRAINER = "package/custom-resource-handlers/dist/aws-ecs/lambda-source/index.py"


def tried(fault: str = "", **more: object) -> Outcome:
    asked = Asked(code_at(OWN, None), variables={"CLUSTER": "{cluster}", "FAULT": fault}, **more)  # type: ignore[arg-type]
    return run(SCENARIO, asked)


@pytest.mark.parametrize("by", ["sns", "eventbridge", "sqs"])
def test_a_good_function_works_whatever_brings_it_the_message(by: str) -> None:
    outcome = tried(by=by)
    assert outcome.complaints == []
    assert (outcome.result, outcome.ended_by_it, outcome.terminated) == ("CONTINUE", True, True)
    assert outcome.tasks > 0
    assert outcome.seconds > 10
    if by == "sns":
        assert len(outcome.invocations) > 2, "the test message, the hook's, and what it publishes to itself"


def test_tasks_that_are_lost_are_named() -> None:
    outcome = tried("does not wait")
    assert outcome.complaints == [f"not stopped when the action ended: {', '.join(outcome.left_on_it)}"]
    assert outcome.left_on_it[0] == "api: RUNNING"


def test_what_the_region_does_not_have_is_named() -> None:
    outcome = tried("asks for what there is not", by="eventbridge")
    assert outcome.refused == ["ec2:DescribeInstanceAttribute"]
    assert "the region does not have ec2:DescribeInstanceAttribute" in outcome.complaints
    assert "ec2:DescribeInstanceAttribute InstanceId=" in "\n".join(
        f"{call.service}:{call.operation} {call.asked}" for call in outcome.calls
    )


def test_a_failed_invocation_is_tried_again_twice_then_the_hook_runs_out() -> None:
    """Lambda developer guide: after one minute, then after two."""
    outcome = tried("raises", by="eventbridge")
    began = [each.began for each in outcome.invocations]
    assert [later - before for before, later in pairwise(began)] == pytest.approx([60, 120], abs=2)
    assert outcome.errors == ["ValueError: on purpose"] * 3
    assert outcome.complaints == ["the lifecycle action's time ran out: ABANDON"]
    assert "ValueError: on purpose" in outcome.log


def test_a_function_that_never_ends_is_ended_at_its_time_out() -> None:
    outcome = tried("never ends", by="eventbridge", timeout_seconds=30.0, heartbeat_seconds=60)
    assert set(outcome.errors) == {"Task timed out after 30.00 seconds"}
    assert not outcome.ended_by_it


def test_the_function_of_aws_cdk_drains_an_instance_behind_a_load_balancer(tmp_path: Path) -> None:
    """Its text is in the package that is installed: nothing of it is here."""
    (archive,) = (Path(aws_cdk.__file__).parent / "_jsii").glob("*.tgz")
    with tarfile.open(archive) as package:
        found = package.extractfile(CDK_DRAINER)
        assert found is not None
        (tmp_path / "index.py").write_bytes(found.read())
    sample = load(Path(__file__).parents[2] / "examples" / "sample-cluster.json")
    outcome = run(sample, Asked(Code(tmp_path, "index.lambda_handler"), variables={"CLUSTER": "{cluster}"}))
    assert outcome.complaints == []
    assert outcome.tasks == 4
    assert "worked" in told(outcome)


def test_the_command_says_what_it_cannot_try(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.py").write_text("import nothing_of_that_name\n\ndef handler(event, context): ...\n")
    assert main([str(tmp_path / "broken.py")]) == 2
    assert "No module named 'nothing_of_that_name'" in capsys.readouterr().err
    assert main([str(tmp_path)]) == 2
    with pytest.raises(NotLoaded):
        code_at(tmp_path, None)


def test_the_command_prints_each_call(capsys: pytest.CaptureFixture[str]) -> None:
    scenario = Path(__file__).parents[2] / "examples" / "dev-cluster.json"
    assert main([str(OWN), "--scenario", str(scenario), "--env", "CLUSTER={cluster}", "--by", "eventbridge"]) == 0
    said = capsys.readouterr().out
    assert "ecs:UpdateContainerInstancesState cluster=DevCluster containerInstances=[1] status=DRAINING -> " in said
    assert "worked: every task had stopped before the termination" in said
