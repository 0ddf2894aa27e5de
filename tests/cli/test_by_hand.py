"""What is to be tried by hand, tried: printed lines word for word, answers in mid-rollout, changed parameters."""

import json
import re
import socket
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from handlers import catalogue
from tests.cli.served import ROOT, Shell, region, until

README = (ROOT / "README.md").read_text()
SPEED = ("--speed", "600")
PUBLIC = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended"
NEW = "ami-0bbbbbbbbbbbbbbb2"


def started(shell: Shell, name: str, data: dict[str, Any]) -> str:
    machine = machine_of(shell)
    line = f"stepfunctions start-execution --state-machine-arn {machine} --name {name} --input '{json.dumps(data)}'"
    return str(shell.aws(line)["executionArn"])


def machine_of(shell: Shell) -> str:
    return str(shell.aws("stepfunctions list-state-machines")["stateMachines"][0]["stateMachineArn"])


def reaches(shell: Shell, execution: str, state: str, times: int = 1) -> None:
    until(lambda: shell.states(execution).count(state) >= times or None)


def executions(shell: Shell) -> list[str]:
    found = shell.aws(f"stepfunctions list-executions --state-machine-arn {machine_of(shell)}")["executions"]
    return [str(each["executionArn"]) for each in found]


def blocks() -> tuple[str, str]:
    """The README's line that serves a region, and its lines for another terminal."""
    serve = re.search(r"^rollout region (\S.*?)(?: +#.*)?$", README, re.MULTILINE)
    lines = re.search(r"```\n(export AWS_ENDPOINT_URL=.*?)```", README, re.DOTALL)
    assert serve is not None
    assert lines is not None
    return serve[1], lines[1]


def test_the_readmes_lines_run_word_for_word(tmp_path: Path) -> None:
    """Only where something else listens on its port another one is taken, and its number changes."""
    arguments, lines = blocks()
    port = 5000 if is_free(5000) else 0
    with region(tmp_path, *arguments.split(), *([] if port else ["--port", "0"])) as shell:
        run_to_the_end(shell, lines.replace("http://127.0.0.1:5000", shell.address))


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def run_to_the_end(shell: Shell, lines: str) -> None:
    printed = shell.run(lines)
    assert "cluster/DevCluster" in printed
    execution = re.findall(r"arn:aws:states:[^\s\"]*:execution:[^\s\"]*", printed)[0]
    ended = shell.ended(execution)
    assert ended["status"] == "SUCCEEDED", ended
    assert shell.states(execution)[-1] == catalogue.ROLLED_OUT.forward
    assert json.loads(ended["output"])["details"]["target_ami"] == NEW


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A region that is only looked at, or rolled out once."""
    with region(tmp_path_factory.mktemp("region"), "examples/dev-cluster.json", "--port", "0", *SPEED) as shell:
        yield shell


def test_the_invitations_lines_run_word_for_word(shell: Shell) -> None:
    lines = "\n".join(line for line in shell.said.splitlines() if line.startswith("  "))
    shell.run(lines)
    (execution,) = executions(shell)
    assert shell.ended(execution)["status"] == "SUCCEEDED"


@pytest.mark.parametrize("path", [PUBLIC, "/aws/service/bottlerocket/aws-ecs-2/arm64/latest"])
def test_a_public_parameter_names_an_ami_that_exists(path: str, shell: Shell) -> None:
    found = shell.aws(f"ssm get-parameter --name {path}/image_id")["Parameter"]["Value"]
    (image,) = shell.aws(f"ec2 describe-images --image-ids {found}")["Images"]
    if path == PUBLIC:
        told = json.loads(shell.aws(f"ssm get-parameter --name {path}")["Parameter"]["Value"])
        assert (told["image_id"], told["image_name"]) == (NEW, image["Name"])


def test_every_public_parameter_of_ecs_names_an_ami_that_exists(shell: Shell) -> None:
    below = shell.aws("ssm get-parameters-by-path --recursive --path /aws/service/ecs/optimized-ami")["Parameters"]
    ids = {view["Value"] for view in below if view["Name"].endswith("/image_id")}
    assert len(ids) > 8
    assert len(shell.aws(f"ec2 describe-images --image-ids {' '.join(ids)}")["Images"]) == len(ids)


def test_an_approval_is_waited_for_and_given(tmp_path: Path) -> None:
    with region(tmp_path, "examples/dev-cluster.json", "--port", "0", *SPEED) as shell:
        rollout = started(shell, "first", {"cluster": "DevCluster", "approval": {}})
        reaches(shell, rollout, catalogue.APPROVAL.forward)
        until(partial(taken, shell, {"action": "approve", "cluster": "DevCluster"}))
        assert shell.ended(rollout)["status"] == "SUCCEEDED"
        late = shell.ended(started(shell, "late", {"action": "approve", "cluster": "DevCluster"}))
        assert (late["status"], late["error"]) == ("FAILED", "NotAnswered")


def test_a_rollout_is_aborted_in_the_middle(tmp_path: Path) -> None:
    with region(tmp_path, "examples/dev-cluster.json", "--port", "0") as shell:
        rollout = started(shell, "first", {"cluster": "DevCluster"})
        reaches(shell, rollout, catalogue.WAIT_FOR_AGENTS.forward)
        abort = started(shell, "stop", {"action": "abort", "cluster": "DevCluster", "by": "ops"})
        assert shell.ended(abort)["status"] == "SUCCEEDED"
        ended = shell.ended(rollout)
        assert (ended["status"], ended["error"]) == ("FAILED", "RolloutAborted")
        assert shell.states(rollout)[-1] == catalogue.ROLLED_BACK.back


def test_a_fleet_is_flipped_to_and_back_and_promoted(tmp_path: Path) -> None:
    """The scenario's operators, who would do the same, do not act."""
    with region(tmp_path, "examples/blue-green-flip.json", "--port", "0", *SPEED) as shell:
        given = json.loads((ROOT / "examples" / "blue-green-flip.json").read_text())
        rollout = started(shell, "first", {"cluster": given["cluster"], **given["input"]})
        for place, action in enumerate(("flip", "flip", "promote")):
            reaches(shell, rollout, catalogue.PROMOTION.forward, place + 1)
            asked = {"action": action, "cluster": given["cluster"]}
            until(partial(taken, shell, asked))
        assert shell.ended(rollout)["status"] == "SUCCEEDED"


def taken(shell: Shell, answer: dict[str, Any]) -> str | None:
    """The state is entered before the question is in the table: who is too early answers again."""
    execution = started(shell, f"answer-{time.time_ns()}", answer)
    return execution if shell.ended(execution)["status"] == "SUCCEEDED" else None


@pytest.mark.parametrize("settings", ["follow-own-parameter", "follow-public-parameter"])
def test_a_changed_parameter_starts_a_rollout_by_the_printed_line(settings: str, tmp_path: Path) -> None:
    """One's own by its event; AWS's when the watch comes by on its schedule and has copied it."""
    file = f"examples/{settings}.toml"
    with region(tmp_path, "examples/dev-cluster.json", "--port", "0", "--settings", file, *SPEED) as shell:
        (put,) = [line for line in shell.said.splitlines() if line.startswith("  aws ssm put-parameter")]
        shell.run(f"{shell.exports}\n{put}")
        rollout = until(lambda: next(iter(executions(shell)), None))
        ended = shell.ended(rollout)
        assert ended["status"] == "SUCCEEDED", ended
        assert json.loads(ended["output"])["details"]["target_ami"] == NEW


def test_settings_that_cannot_be_deployed_are_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text("[[rollouts]]\nclusters = 1\n")
    with (
        pytest.raises(RuntimeError, match=r"wrong\.toml has"),
        region(tmp_path, "examples/dev-cluster.json", "--port", "0", "--settings", str(file)),
    ):
        pass


def test_without_settings_nothing_starts_by_itself(shell: Shell) -> None:
    assert "Nothing starts by itself here" in shell.said
    assert "put-parameter" not in shell.said
