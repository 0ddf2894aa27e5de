"""The same seed gives the same trace and the same report in any process; another seed gives another trace."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def simulated(hash_seed: int, seed: int, folder: Path) -> tuple[dict[str, Any], bytes]:
    """The report and the trace, from a process of its own with that PYTHONHASHSEED."""
    trace = folder / f"{hash_seed}-{seed}.jsonl"
    command = [sys.executable, "-m", "cli.main", "simulate", "examples/dev-cluster.json"]
    done = subprocess.run(
        [*command, "--json", "--seed", str(seed), "--trace", str(trace)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
        capture_output=True,
        text=True,
        check=False,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report, trace.read_bytes()


def test_the_same_seed_gives_the_same_trace_and_report_whatever_the_hash_seed_and_another_seed_not(
    tmp_path: Path,
) -> None:
    once = simulated(1, 5, tmp_path)
    assert once == simulated(2, 5, tmp_path)
    assert once[1] != simulated(1, 6, tmp_path)[1]


def test_a_sweep_gives_the_same_verdicts_whatever_the_hash_seed() -> None:
    said = "from simulator.runs.sweep.run import run_seed; print([run_seed(seed).trace_sha256 for seed in range(6)])"
    runs = [
        subprocess.run(
            [sys.executable, "-c", said],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
            capture_output=True,
            check=True,
        ).stdout
        for hash_seed in (1, 4242)
    ]
    assert runs[0] == runs[1]
    assert len(runs[0]) > 6 * 64
