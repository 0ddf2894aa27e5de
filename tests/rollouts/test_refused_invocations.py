"""Lambda itself answers with an error: the graph tries again, or turns back, and never takes it for a function's."""

import json
from pathlib import Path
from typing import Any

import pytest

from handlers import catalogue
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import simulate
from simulator.scenario.load import from_json

DEV_CLUSTER = json.loads((Path(__file__).parents[2] / "examples" / "dev-cluster.json").read_text())
ERRORS = (
    "TooManyRequestsException", "ServiceException", "AWSLambdaException", "SdkClientException",
    "ClientExecutionTimeoutException",
)  # fmt: skip


def refused(state: str, *, fast: bool = True, **given: Any) -> Outcome:
    fault = {"kind": "refuse_invocations", "state": state, "with": given}
    scenario = from_json({**DEV_CLUSTER, "faults": [fault], "expect": {}}, "test")
    outcome = simulate(scenario, seed=1, fast=fast)
    assert [str(violation) for violation in outcome.violations] == []
    return outcome


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_that_a_retry_names_is_tried_again(error: str) -> None:
    assert refused(catalogue.ASSESS.forward, error=error, times=2).status == "SUCCEEDED"


def test_one_that_stays_turns_the_rollout_back_with_prose_for_a_cause() -> None:
    outcome = refused(catalogue.DRAIN.forward, error="TooManyRequestsException", times=9)
    assert (outcome.status, outcome.error) == ("FAILED", "Lambda.TooManyRequestsException")
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(outcome.cause or "")
    assert "Status Code: 429" in (outcome.cause or "")


@pytest.mark.parametrize(("error", "times"), [("TooManyRequestsException", 3), ("ResourceNotFoundException", 1)])
def test_both_modes_meet_it_alike(error: str, times: int) -> None:
    outcomes = [refused(catalogue.SCALE_OUT.forward, fast=fast, error=error, times=times) for fast in (True, False)]
    assert outcomes[0].to_json() == outcomes[1].to_json()
