"""An agent that is gone with a task that was asked to stop: its instance drains in whichever stage, and goes soon."""

from dataclasses import replace

import pytest

from handlers.domain.decision.decide import actions
from handlers.domain.decision.lost_agents import GIVEN_UP_SECONDS, LOST_SECONDS
from handlers.domain.decision.replacement import STANDSTILL_SECONDS
from handlers.domain.decision.situation import Situation
from handlers.domain.model.fleet import Fleet, Instance, Owner, Task
from handlers.domain.model.progress import Drains, Stall
from handlers.domain.model.stage import Stage
from handlers.payloads import StepKind
from tests.decisions.failing_fleet import NOW, instance, reading, service, the_plan
from tests.decisions.parts import with_fields
from tests.decisions.toy_fleet import NEW, OLD, ONE_TASK

PLAN = with_fields(the_plan(), stages=(Stage("switch", replaced=0), Stage("replace the rest")))
ASKED = Task("arn/task/asked", Owner.SERVICE, "web", "STOPPED", "RUNNING", ONE_TASK)
MEANT = Task("arn/task/meant", Owner.SERVICE, "web", "RUNNING", "RUNNING", ONE_TASK)


def steps(
    lost: Instance, *, away_for: float, draining_for: float | None = None, running: int = 4, still_for: float = 3600
) -> list[StepKind]:
    began = {} if draining_for is None else {lost.instance_id: NOW - draining_for}
    drains = Drains(started_at=began, absent_since={lost.instance_id: NOW - away_for})
    looked = reading(
        replace(service(running), deployments=2), (), drains=drains, stall=Stall(last_progress_at=NOW - still_for)
    )
    new = tuple(instance(number, NEW) for number in range(4))
    fleet = Fleet((lost,), new, 0, 5, 0, 9)
    return [step.kind for step in actions(Situation(PLAN, replace(looked, fleet=fleet)))]


def dead(*tasks: Task, draining: bool = False) -> Instance:
    status = "DRAINING" if draining else "ACTIVE"
    return replace(instance(0, OLD), connected=False, status=status, tasks=tasks, task_count=len(tasks))


def test_what_holds_a_deployment_up_drains_in_whichever_stage() -> None:
    assert StepKind.DRAIN in steps(dead(ASKED), away_for=LOST_SECONDS)


def test_an_agent_that_may_only_flap_is_left_alone() -> None:
    assert StepKind.DRAIN not in steps(dead(ASKED), away_for=LOST_SECONDS - 1)


def test_what_holds_nothing_up_waits_for_its_stage() -> None:
    assert StepKind.DRAIN not in steps(dead(MEANT), away_for=LOST_SECONDS)


@pytest.mark.parametrize(
    ("tasks", "draining_for", "running", "goes"),
    [
        ((ASKED,), GIVEN_UP_SECONDS + 1, 2, True),
        ((ASKED,), GIVEN_UP_SECONDS - 1, 4, False),
        ((ASKED, MEANT), GIVEN_UP_SECONDS + 1, 4, True),
        ((ASKED, MEANT), GIVEN_UP_SECONDS + 1, 2, False),  # at its floor, and that task may serve still
    ],
)
def test_it_goes_soon_where_its_services_can_spare_what_is_left(
    tasks: tuple[Task, ...], draining_for: float, running: int, *, goes: bool
) -> None:
    lost = dead(*tasks, draining=True)
    found = steps(lost, away_for=draining_for, draining_for=draining_for, running=running)
    assert (StepKind.SCALE_IN in found) is goes


@pytest.mark.parametrize(("still_for", "goes"), [(STANDSTILL_SECONDS, True), (STANDSTILL_SECONDS - 1, False)])
def test_what_a_deployment_that_gets_on_can_spare_is_taken_by_ecs(still_for: float, *, goes: bool) -> None:
    """ECS stops a task of the old deployment where one more than the floor runs: both would be one too many."""
    lost = dead(ASKED, MEANT, draining=True)
    found = steps(lost, away_for=GIVEN_UP_SECONDS + 1, draining_for=GIVEN_UP_SECONDS + 1, still_for=still_for)
    assert (StepKind.SCALE_IN in found) is goes
