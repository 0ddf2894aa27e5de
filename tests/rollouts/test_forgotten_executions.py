"""Step Functions forgets an execution 90 days after its end: its name is free again, and nobody can describe it."""

from pathlib import Path
from typing import Any

import pytest

from handlers.domain.input.action_input import read_action
from handlers.domain.input.rollout_input import read_input
from handlers.domain.input.subscription import execution_name_for
from handlers.domain.model.approval import ApprovalRequest
from handlers.errors import NotAnswered, PlanImpossible
from handlers.payloads import Outcome, Rollout
from handlers.planning.approval import ABOUT, APPROVE
from handlers.states.plan_rollout import handler as plan
from handlers.states.plan_rollout import plan_action, plan_rollout
from handlers.states.record_response import record_response
from handlers.states.take_over_rollout import handler as take_over
from simulator.simulation import InProcessSimulation
from tests.handlers.conftest import EXECUTION, NEW, Open, stage
from tests.rollouts.test_triggers import CLUSTER, GROUP, PARAMETER, Seen, scenario

__all__ = ["stage"]
OTHER = EXECUTION.replace(":run", ":another")
DAY = 86_400.0


def forget(region: InProcessSimulation) -> None:
    """What Step Functions does 90 days after the end of each execution."""
    region.engine._inputs.clear()
    region.engine._runs.clear()


def test_a_rollout_that_was_started_by_itself_is_not_tried_again_when_its_name_is_free(following: Path) -> None:
    name = execution_name_for(CLUSTER, GROUP, NEW, 2)
    with InProcessSimulation(scenario(input={"strategy": {"surge": "no number"}}), 1, following) as region:
        seen = Seen(region)
        region.set_parameter(PARAMETER, NEW)
        region.pass_time(60)
        assert region.engine.execution(name).wait().status in ("SUCCEEDED", "FAILED")
        forget(region)
        region.schedules.run()
        region.pass_time(2 * 3600)
    assert seen.executions == [name]


@pytest.fixture
def held(stage: Open) -> Any:
    """A rollout in its middle. The region's Step Functions knows no execution of its name, as long after its end."""
    return stage().locked()


def test_the_name_of_an_earlier_rollout_gets_no_second_one_with_the_first_ones_plan(held: Any) -> None:
    clients = held.stage.clients
    assert plan_rollout(read_input({"cluster": "prod", "ami": NEW}), EXECUTION, clients).outcome is Outcome.PROCEED
    held.stage.pass_time(91 * DAY)
    with pytest.raises(PlanImpossible, match="was that of an earlier one"):
        plan_rollout(read_input({"cluster": "prod", "ami": NEW}), EXECUTION, clients)
    answer = plan({"input": {"cluster": "prod", "ami": NEW}, "execution_id": EXECUTION}, None)
    assert (answer["outcome"], answer["error"]) == ("refused", "PlanImpossible")
    dry = plan_rollout(read_input({"cluster": "prod", "ami": NEW, "dry_run": True}), EXECUTION, clients)
    assert dry.outcome in (Outcome.DRY_RUN, Outcome.TAKE_OVER)


def test_what_a_forgotten_execution_left_behind_is_taken_over(held: Any) -> None:
    clients = held.stage.clients
    assert not clients.executions.running(EXECUTION)
    assert clients.executions.ending(EXECUTION) == ""
    held.stage.pass_time(600)  # one that got its lease just now may not be shown yet
    resumed = plan_rollout(read_input({"cluster": "prod", "ami": NEW}), OTHER, clients)
    assert (resumed.outcome, resumed.details["way"]) == (Outcome.TAKE_OVER, "forward")
    asked = read_action({"action": "recover", "execution": EXECUTION})
    recovery = plan_action(asked, OTHER, clients)
    event = {"rollout": recovery.to_state(), "direction": "forward", "execution_id": OTHER}
    assert take_over(event, None)["outcome"] == "back"
    assert held.context.progress.recovery.taken_over == 1


def test_nobody_answers_a_forgotten_execution(stage: Open) -> None:
    clients = stage().clients
    now = clients.now()
    asked = ApprovalRequest("forgotten", ABOUT, now, "token", respond_by=now + 999, takes=(APPROVE,), prompt=ABOUT)
    clients.approvals.ask(("prod", "nodes"), asked)
    details = {"action": APPROVE, "by": "ops"}
    answer = Rollout("answer", Outcome.ANSWER, "prod", "nodes", "", "", details)
    with pytest.raises(NotAnswered, match="execution forgotten, which asked for approval, has ended"):
        record_response(answer, OTHER, clients)
