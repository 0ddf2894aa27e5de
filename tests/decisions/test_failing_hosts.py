"""New instances that are lost, flap, or fail several services turn the rollout where old ones do not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.decision.decide import decide
from handlers.domain.decision.failing_hosts import AGENTS, MACHINES, TASKS, check_hosts, is_doubtful, remembered
from handlers.domain.decision.lost_agents import LOST_SECONDS
from handlers.domain.decision.situation import Situation
from handlers.domain.model.fleet import Fleet, Instance
from handlers.domain.model.observation import Observation
from handlers.domain.model.progress import Health, Progress
from handlers.domain.model.stage import REPLACE, Stage
from handlers.errors import HostsFailing, TasksFailing
from handlers.payloads import Direction, StepKind
from tests.decisions.failing_fleet import NOW, failure, instance, service, the_plan
from tests.decisions.parts import with_fields
from tests.decisions.toy_fleet import NEW, OLD

PLAN = the_plan(started_at=NOW - 1800.0)
SINCE = NOW - 30.0


def look(
    *,
    new: int = 4,
    old: int = 4,
    away: tuple[str, ...] = (),
    unhealthy: tuple[Instance, ...] = (),
    now: float = NOW,
    **progress: object,
) -> Observation:
    both = [instance(number, OLD) for number in range(old)], [instance(number, NEW) for number in range(new)]
    outgoing, incoming = (
        tuple(replace(each, connected=each.instance_id not in away) for each in some) for some in both
    )
    fleet = Fleet(outgoing, incoming, terminating=0, desired=new + old, minimum=0, maximum=9)
    return Observation(now, fleet, (service(4),), with_fields(Progress(), **progress), unhealthy=unhealthy)


def after(observation: Observation) -> Health:
    return remembered(Situation(PLAN, observation), observation.progress.health)


def turns(observation: Observation) -> bool:
    try:
        check_hosts(Situation(PLAN, observation))
    except (HostsFailing, TasksFailing):
        return True
    return False


def lost(new: int, old: int = 0, ago: float = 60.0) -> dict[str, list[float]]:
    return {f"i-{number}": [NOW - ago, float(number < new)] for number in range(new + old)}


def test_three_lost_new_instances_turn_on_the_second_reading() -> None:
    assert not turns(look(lost=lost(3)))
    assert after(look(lost=lost(3))).suspected == {MACHINES: NOW}
    assert turns(look(lost=lost(3), suspected={MACHINES: SINCE}))


def test_an_interruption_is_nobodys_doing_and_a_lost_zone_neither() -> None:
    assert not turns(look(lost=lost(1), suspected={MACHINES: SINCE}))
    assert not turns(look(lost=lost(2, 0), suspected={MACHINES: SINCE}))
    assert not turns(look(lost=lost(4, 4), suspected={MACHINES: SINCE}))


def test_what_happened_an_hour_ago_is_over() -> None:
    assert not turns(look(lost=lost(3, ago=3601.0), suspected={MACHINES: SINCE}))
    assert after(look(lost=lost(3, ago=3601.0))).lost == {}


def test_an_unhealthy_instance_is_counted_once_and_by_its_ami() -> None:
    gone = (replace(instance(7, NEW), healthy=False, lifecycle="Terminating"), replace(instance(8, OLD), healthy=False))
    first = after(look(unhealthy=gone))
    assert first.lost == {"i-new7": [NOW, 1.0], "i-old8": [NOW, 0.0]}
    assert after(look(unhealthy=gone, now=NOW + 30.0, lost=first.lost)).lost == first.lost


def test_what_the_rollout_itself_takes_is_not_lost() -> None:
    drained = replace(instance(7, OLD), healthy=False, lifecycle="Terminating")
    assert after(look(unhealthy=(drained,), started_at={drained.instance_id: NOW - 100.0})).lost == {}


def test_an_agent_that_stays_away_is_a_lost_instance() -> None:
    known = {"i-new1": NOW - LOST_SECONDS}
    assert after(look(away=("i-new1",), absent_since=known)).lost == {"i-new1": [NOW, 1.0]}
    assert after(look(away=("i-new1",), absent_since={"i-new1": NOW - LOST_SECONDS + 1})).lost == {}


def test_an_absence_is_counted_when_it_begins() -> None:
    began = after(look(away=("i-new1", "i-new2", "i-old1")))
    assert list(began.absences.values()) == [[2, 1]]
    known = dict.fromkeys(("i-new1", "i-new2", "i-old1"), NOW)
    went_on = look(away=("i-new1", "i-new2", "i-old1"), now=NOW + 30.0, absent_since=known, absences=began.absences)
    assert after(went_on).absences == began.absences


def test_agents_that_flap_turn_where_old_ones_do_not() -> None:
    seen = {"absences": {"9900": [8, 0]}, "suspected": {AGENTS: SINCE}}
    assert turns(look(**seen))  # type: ignore[arg-type]
    assert not turns(look(absences={"9900": [8, 8]}, suspected={AGENTS: SINCE}))
    assert not turns(look(absences={"9900": [3, 0]}, suspected={AGENTS: SINCE}))


def test_tasks_of_several_services_that_fail_are_the_hosts_doing() -> None:
    names = ("web", "api", "jobs")
    services = tuple(replace(service(4), name=name) for name in names)
    failures = tuple(
        replace(failure(instance(0, NEW), number=number), service=name) for number, name in enumerate(names)
    )
    observation = replace(look(suspected={TASKS: SINCE}), services=services, task_failures=failures)
    with pytest.raises(TasksFailing, match=r"3 in 1\.50 h on new instances, 0 in .* h on old ones.*exit code 1"):
        check_hosts(
            Situation(
                replace(
                    PLAN,
                    recorded=replace(PLAN.recorded, task_definitions=dict.fromkeys(names, failures[0].task_definition)),
                ),
                observation,
            )
        )
    one = replace(observation, task_failures=tuple(replace(each, service="web") for each in failures))
    assert not turns(one)  # that is its service's


def test_a_bake_does_not_end_in_doubt() -> None:
    plan = replace(the_plan(stages=(Stage("canary", replaced=0, bake_seconds=60), REPLACE)), started_at=PLAN.started_at)
    over = Situation(plan, look(bake_began_at=NOW - 60.0, lost=lost(2)))
    assert is_doubtful(over)
    assert decide(over).kind is StepKind.WAIT_UNDER_LOAD
    assert decide(Situation(plan, look(bake_began_at=NOW - 60.0))).kind is StepKind.DONE


counts = st.integers(0, 8)


@given(counts, counts, st.integers(1, 8), st.integers(0, 8))
def test_more_on_old_instances_or_less_on_new_never_turns_more(new: int, old: int, fresh: int, others: int) -> None:
    known = {"suspected": {MACHINES: SINCE}, "new": fresh, "old": others}
    if turns(look(lost=lost(new, old + 1), **known)):  # type: ignore[arg-type]
        assert turns(look(lost=lost(new, old), **known))  # type: ignore[arg-type]
        assert turns(look(lost=lost(new + 1, old + 1), **known))  # type: ignore[arg-type]


@given(counts, counts)
def test_on_the_way_back_nothing_is_judged(new: int, old: int) -> None:
    assert not turns(look(lost=lost(new, old), suspected={MACHINES: SINCE}, direction=Direction.BACK))
