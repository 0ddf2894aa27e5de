"""`rollout start`: the same command for an account and for a simulated region."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import main
from handlers import catalogue
from simulator.cdk_output import ensure_synthesized
from simulator.runs.http_server import serve
from simulator.scenario.load import load
from simulator.simulation import Simulation

SCENARIO = load(Path(__file__).parents[2] / "examples" / "dev-cluster.json")


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The command for a region that is served."""
    monkeypatch.setattr("cli.start.LOOKS_EVERY_SECONDS", 0.05)
    given = tmp_path / "input.json"
    given.write_text(json.dumps(SCENARIO.input))
    with Simulation(SCENARIO, 1, ensure_synthesized()) as region, serve(region) as address:
        yield ["start", str(given), "--endpoint-url", address, "--state-machine", region.engine.machine_arn]


def test_it_follows_a_rollout_to_its_report(start: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(start) == 0
    told = capsys.readouterr().out
    assert "Wait for drain  " in told
    assert '"status": "rolled-out"' in told
    assert (
        told.index(catalogue.PLAN.forward)
        < told.index(catalogue.SCALE_OUT.forward)
        < told.index(catalogue.ROLLED_OUT.forward)
    )


def test_it_follows_a_rollout_from_one_execution_to_the_next(
    start: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "input.json").write_text(json.dumps({**SCENARIO.input, "hand_over_at": 100}))
    assert main([*start, "--name", "long"]) == 0
    told = capsys.readouterr().out
    assert "goes on in" in told
    assert told.index(catalogue.HANDED_OVER.forward) < told.index(":long-2") < told.index(":long-3")
    assert '"status": "rolled-out"' in told


def test_a_dry_run_shows_the_plan(start: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*start, "--dry-run"]) == 0
    assert '"outcome": "dry-run"' in capsys.readouterr().out


def test_a_rollout_that_fails_is_a_failure_of_the_command(
    start: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "input.json").write_text('{"cluster": "nowhere"}')
    assert main(start) == 1
    told = capsys.readouterr().out
    assert "FAILED: PlanImpossible" in told
    assert "there is no ACTIVE ECS cluster 'nowhere'" in told


def test_what_cannot_be_started_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.json").write_text("{")
    assert main(["start", str(tmp_path / "broken.json")]) == 2
    assert "Expecting property name" in capsys.readouterr().err
