"""An agent that is gone with a task that was asked to stop: its instance drains in whichever stage, and goes soon."""

from dataclasses import replace

import pytest

from handlers.domain.decision.decide import actions
from handlers.domain.decision.lost_agents import GIVEN_UP_SECONDS, LOST_SECONDS
from handlers.domain.decision.situation import Situation
from handlers.domain.model.fleet import Fleet, Instance, Owner, Task
from handlers.domain.model.progress import Drains
from handlers.domain.model.stage import Stage
from handlers.payloads import StepKind
from tests.decisions.failing_fleet import NOW, instance, reading, service, the_plan
from tests.decisions.parts import with_fields
from tests.decisions.toy_fleet import NEW, OLD, ONE_TASK

PLAN = with_fields(the_plan(), stages=(Stage("switch", replaced=0), Stage("replace the rest")))
ASKED = Task("arn/task/asked", Owner.SERVICE, "web", "STOPPED", "RUNNING", ONE_TASK)
MEANT = Task("arn/task/meant", Owner.SERVICE, "web", "RUNNING", "RUNNING", ONE_TASK)


def steps(
    lost: Instance, *, away_for: float, draining_for: float | None = None, running: int = 4, spared_for: float = 60
) -> list[StepKind]:
    began = {} if draining_for is None else {lost.instance_id: NOW - draining_for}
    name = lost.instance_id
    spared = {name: NOW - spared_for}
    drains = Drains(started_at=began, absent_since={name: NOW - away_for}, spared_since=spared)
    looked = reading(replace(service(running), deployments=2), (), drains=drains)
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


@pytest.mark.parametrize(("spared_for", "goes"), [(60, True), (59, False)])
def test_what_services_can_spare_they_have_to_spare_for_a_while(spared_for: float, *, goes: bool) -> None:
    """ECS takes a task itself where a deployment gets on; one that fails again and again runs at times."""
    lost = dead(ASKED, MEANT, draining=True)
    late = GIVEN_UP_SECONDS + 1
    assert (StepKind.SCALE_IN in steps(lost, away_for=late, draining_for=late, spared_for=spared_for)) is goes
