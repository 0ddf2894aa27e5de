"""The same definition, seed and region give the same history: twice in one process, and in two."""

import hashlib
import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.engine.conftest import Bench, open_bench
from tests.engine.machines import chain, machine, task, wait

ROOT = Path(__file__).parents[2]


class Flaky(Exception):
    """Goes away by itself."""


def history(bench: Bench) -> list[dict[str, Any]]:
    """Of parallel branches with jitter, errors and a region that moves between their waits."""
    calls = [0]

    def flaky(event: dict[str, Any]) -> dict[str, Any]:
        calls[0] += 1
        if calls[0] % 3:
            raise Flaky(f"call {calls[0]}")
        return {"calls": calls[0], "at": bench.clock.now, **event}

    bench.clock.at(11, lambda: bench.steps.append((bench.clock.now, "region")))
    retry = {"ErrorEquals": ["Flaky"], "IntervalSeconds": 5, "MaxAttempts": 9, "JitterStrategy": "FULL"}
    branches = [chain(wait(seconds), task("flaky", Retry=[retry]), wait(7)) for seconds in (10, 10, 12)]
    execution = bench.start(machine("P", P={"Type": "Parallel", "Branches": branches, "End": True}), {}, flaky=flaky)
    execution.wait()
    return execution.history()


def fingerprint(seed: int) -> str:
    """Of the history and of the trace."""
    with ExitStack() as opened:
        bench = open_bench(opened, seed)
        told = json.dumps(history(bench), default=str, sort_keys=True)
        return hashlib.sha256((told + bench.bus.trace.sha256()).encode()).hexdigest()


def elsewhere(hash_seed: str) -> str:
    program = "from tests.engine.test_determinism import fingerprint; print(fingerprint(7))"
    environment = {"PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_same_seed_gives_the_same_history_and_another_seed_another() -> None:
    assert fingerprint(7) == fingerprint(7)
    assert fingerprint(7) != fingerprint(8)


def test_two_processes_give_the_same_history() -> None:
    assert elsewhere("1") == elsewhere("2")
