"""What AWS refuses while it is still at something else is asked again for minutes, by the Task's own Retry."""

from dataclasses import replace
from pathlib import Path

import pytest

from handlers import catalogue
from simulator.runs.rehearsal.run import simulate
from simulator.scenario.events import Fault
from simulator.scenario.load import load

EXAMPLE = load(Path(__file__).parents[2] / "examples" / "provider-flip.json")
TIMES = 8  # more often than a Task is tried again for any other error


@pytest.mark.parametrize("state", [catalogue.PREPARE.forward, catalogue.FINISH.forward])
@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("ecs", "PutClusterCapacityProviders", "UpdateInProgressException"),
        ("ecs", "PutClusterCapacityProviders", "ResourceInUseException"),
        ("ecs", "DeleteCapacityProvider", "UpdateInProgressException"),
        ("autoscaling", "DeleteAutoScalingGroup", "ScalingActivityInProgress"),
        ("autoscaling", "DeleteAutoScalingGroup", "ResourceInUse"),
    ],
)
def test_what_is_still_in_progress_is_waited_for(state: str, service: str, operation: str, code: str) -> None:
    how = {"service": service, "operation": operation, "code": code, "times": TIMES}
    scenario = replace(EXAMPLE, faults=(Fault("fail_api", state=state, with_=how),))
    outcome = simulate(scenario, seed=1, fast=True)
    assert [str(violation) for violation in outcome.violations] == []
    assert (outcome.status, outcome.end) == ("SUCCEEDED", "all_new"), outcome.cause
