"""`rollout simulate`: what it prints, and the exit code that a script can rely on."""

import json
from pathlib import Path

import pytest

from cli.main import main
from handlers import catalogue

EXAMPLES = Path(__file__).parents[2] / "examples"
REFUSED = str(EXAMPLES / "wrong-architecture.json")
KEYS = [
    "status", "end", "error", "violations", "virtual_seconds", "lower_bound_seconds", "moves_per_task",
    "surge_instance_hours", "state_transitions", "history_events", "peak_payload_bytes", "lambda_invocations",
    "api_calls", "cost_usd", "seed", "trace_sha256", "people",
]  # fmt: skip


def file_with(tmp_path: Path, **changes: object) -> str:
    document = json.loads((EXAMPLES / "wrong-architecture.json").read_text()) | changes
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(document))
    return str(path)


def test_json_is_one_object_with_all_that_is_promised(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["simulate", REFUSED, "--json"])

    printed = json.loads(capsys.readouterr().out)
    assert code == 0
    assert [key for key in KEYS if key not in printed] == []
    assert (printed["status"], printed["end"], printed["error"]) == ("FAILED", "all_old", "PlanImpossible")
    assert printed["violations"] == []


def test_plain_lines_say_simulated_and_how_it_ended(capsys: pytest.CaptureFixture[str]) -> None:
    main(["simulate", REFUSED])

    printed = capsys.readouterr().out
    assert printed.startswith("Simulated rollout of cluster prod: wrong-architecture, seed 1\n")
    assert catalogue.PLAN.forward in printed
    assert "as the scenario expects" in printed
    assert "\x1b[" not in printed


def test_an_end_that_the_scenario_does_not_expect_is_exit_code_1_and_says_the_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["simulate", file_with(tmp_path, expect={"status": "SUCCEEDED", "end": "all_new"})])

    assert code == 1
    assert "status is FAILED, expected was SUCCEEDED" in capsys.readouterr().out


def test_a_bad_file_is_exit_code_2_and_one_line_for_each_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["simulate", file_with(tmp_path, colour="red", cluster=3)])

    lines = capsys.readouterr().err.splitlines()
    assert code == 2
    assert len(lines) == 2
    assert lines[1].endswith("scenario.json: cluster: 3 is not a text")


def test_a_cluster_that_cannot_exist_is_exit_code_2_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crowded = [{"name": "web", "count": 50, "cpu": 1024, "memory": 2048}]

    assert main(["simulate", file_with(tmp_path, services=crowded)]) == 2
    assert "cannot be set up" in capsys.readouterr().err


def test_the_trace_is_one_json_object_a_line(tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"

    main(["simulate", REFUSED, "--json", "--trace", str(trace)])

    events = [json.loads(line) for line in trace.read_text().splitlines()]
    assert events[0]["event"] == "ExecutionStarted"
    assert all(event["t"] >= 0 for event in events)
