"""What AWS leaves open is played both ways: each switch makes a difference somewhere, and every way is right."""

import copy
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from simulator.runs.sweep.run import run_scenario
from simulator.runs.sweep.verdict import Verdict
from simulator.scenario.aws import Aws, alternatives
from simulator.scenario.load import from_json
from simulator.scenario.random_faults import sweep_document

ROOT = Path(__file__).parents[2]
UNVERIFIED = (ROOT / "docs" / "unverified.md").read_text()
NEW_AMI = "ami-0bbbbbbbbbbbbbbb2"
Document = dict[str, Any]


def example(name: str, *faults: Document, **changes: Any) -> Document:
    document = json.loads((ROOT / "examples" / f"{name}.json").read_text())
    return dict(document | changes | {"faults": [*document.get("faults", []), *faults]})


def with_a_breaker() -> Document:
    fault = {"kind": "crash_tasks", "state": "Update service strategy", "nth": 2}
    document = example("blue-green", fault | {"with": {"service": "worker", "ami": NEW_AMI}})
    worker = next(service for service in document["services"] if service["name"] == "worker")
    worker |= {"circuit_breaker": True, "circuit_breaker_rollback": True}
    return document


def with_instances_that_go_unseen() -> Document:
    stale = {"kind": "stale_reads", "at": 0, "with": {"for_seconds": 6000, "seconds": 40, "probability": 1.0}}
    gone = {"kind": "interrupt_instance", "state": "Scale in", "with": {"which": "old"}}
    document = example("ten-instances", stale, gone | {"nth": 1}, gone | {"nth": 2})
    document["input"]["strategy"]["surge"] = "50%"
    return document


FLIPPED_BY: dict[str, Document] = {
    "constraints_bind": example(
        "blue-green",
        {"kind": "scale_service", "at": 120, "with": {"service": "worker", "count": 9}},
        timings={"agent_seconds": [30, 200]},
    ),
    "rolled_back_constraints": with_a_breaker(),
    "protected_tasks_on_draining": sweep_document(21),
    "batch_with_one_gone": with_instances_that_go_unseen(),
    "denied_launches": sweep_document(35),
    "inactive_definitions": sweep_document(14),
    "other_architecture": sweep_document(2),
    "dead_functions": sweep_document(68),
    "ended_event_seconds": example("dev-cluster", {"kind": "stop_execution", "state": "Drain old instances"}),
    "provider_change_seconds": sweep_document(2),
    "terminated_without_agent": example(
        "ten-instances",
        {"kind": "disconnect_agent", "state": "Prepare node group", "with": {"which": "old"}},
        {"kind": "interrupt_instance", "at": 100, "with": {"which": "old"}},
    ),
}
"""Where the switch makes a difference: in a seed of the sweep, or in what a seed draws seldom."""


def verdict_with(key: str, value: Any) -> Verdict:
    document = copy.deepcopy(FLIPPED_BY[key])
    document.setdefault("aws", {})[key] = value
    seed = int(document["name"].rpartition("-")[2]) if document["name"].startswith("sweep-") else 1
    return run_scenario(from_json(document, document["name"]), seed)


@pytest.mark.parametrize("key", alternatives())
def test_each_switch_flips_a_trace_and_no_way_breaks_a_promise(key: str) -> None:
    verdicts = [verdict_with(key, value) for value in alternatives()[key]]
    assert [verdict.failures for verdict in verdicts] == [()] * len(verdicts)
    assert len({verdict.trace_sha256 for verdict in verdicts}) > 1


def test_the_regions_own_way_is_the_first_alternative() -> None:
    standard = Aws()
    for key, (first, *others) in alternatives().items():
        assert others, key
        own = getattr(standard, key)
        assert first == (list(own) if isinstance(own, tuple) else own), key


def test_the_sweep_draws_every_way_of_every_switch() -> None:
    drawn = [sweep_document(seed)["aws"] for seed in range(60)]
    for key, ways in alternatives().items():
        assert {str(each[key]) for each in drawn} == set(map(str, ways)), key


def test_the_page_of_open_points_has_each_switch_and_no_other() -> None:
    assert re.findall(r"^\| `(\w+)` \|", UNVERIFIED, re.MULTILINE) == [key.name for key in fields(Aws)]
