"""Drawn pairs of policy and request are decided as another implementation does: `make iam FIRST=0 PAIRS=500`."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from simulator.iam.evaluation import AccessRequest, Decision, Principal, Statement, evaluate
from tests.iam.draw import ACCOUNT, SERVICE, Pair, pair

ROOT = Path(__file__).parents[2]
FIRST, PAIRS = int(os.environ.get("FIRST", "0")), int(os.environ.get("PAIRS", "500"))
THEIRS = {
    "Allowed": Decision.ALLOWED,
    "ExplicitlyDenied": Decision.DENIED,
    "ImplicitlyDenied": Decision.NOT_ALLOWED,
}


def ours(drawn: Pair) -> Decision:
    by_service = drawn["principal"] == SERVICE
    principal = Principal(ACCOUNT, **({"service": SERVICE} if by_service else {"role": drawn["principal"]}))
    request = AccessRequest(principal, drawn["action"], drawn["arn"], drawn["context"])
    identity, resource = (map(Statement.from_json, drawn[key]) for key in ("identity", "resource"))
    return evaluate(request, identity, resource).decision


def theirs(drawn: list[Pair]) -> list[Decision]:
    told = "".join(f"{json.dumps(each)}\n" for each in drawn)
    node = [str(shutil.which("node")), "tests/iam/cross_check.mjs"]
    answer = subprocess.run(node, input=told, capture_output=True, text=True, check=True, cwd=ROOT)
    return [THEIRS[json.loads(line)] for line in answer.stdout.splitlines()]


def test_drawn_pairs_are_decided_equal(capsys: pytest.CaptureFixture[str]) -> None:
    drawn = [pair(seed) for seed in range(FIRST, FIRST + PAIRS)]
    decided = [ours(each) for each in drawn]

    second = theirs(drawn)

    with capsys.disabled():
        sys.stdout.write(f"\n{PAIRS} pairs from seed {FIRST}: {dict(Counter(map(str, decided)))}\n")
    assert len(second) == PAIRS
    differ = [each["seed"] for each, one, two in zip(drawn, decided, second, strict=True) if one is not two]
    assert differ == []
    assert len(set(decided)) == len(Decision) or PAIRS < 100
