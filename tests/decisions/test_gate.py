"""The gate at the end of a stage: bake, data, promotion; what counts as an answer, and what silence means."""

from dataclasses import replace
from typing import Any

import pytest

from handlers import errors
from handlers.domain.decision.decide import decide, passes
from handlers.domain.decision.failure_conditions import check_failure_conditions
from handlers.domain.decision.situation import Situation
from handlers.domain.decision.stage_end import DATA_SECONDS, end_of_stage, flips, in_silence
from handlers.domain.model.approval import UNSOLICITED, ApprovalRequest, Closed, is_open
from handlers.domain.model.fleet import Fleet
from handlers.domain.model.observation import Observation
from handlers.domain.model.plan import ApprovalPolicy, Plan
from handlers.domain.model.progress import Progress
from handlers.domain.model.stage import REPLACE, Stage
from handlers.payloads import Direction, StepKind
from tests.decisions.parts import with_fields
from tests.decisions.toy_fleet import a_plan

STANDBY = Stage("switch", standby="return", replaced=0, bake_seconds=300, promotion=True)


def plan_of(stage: Stage = STANDBY, **gates: Any) -> Plan:
    return a_plan(0, 2, stages=(stage, REPLACE), approval=ApprovalPolicy(**gates))


def observation(
    now: float = 0.0, approval: ApprovalRequest | None = None, no_data: tuple[str, ...] = (), **progress: Any
) -> Observation:
    fleet = Fleet((), (), 0, 0, 0, 4)
    return Observation(
        now, fleet, (), with_fields(Progress(), **progress), alarms_without_data=no_data, approval=approval
    )


def asked(plan: Plan, look: Observation, answer: str = "", *, at: float = 0.0) -> Observation:
    approval = ApprovalRequest(
        plan.rollout_id, Situation(plan, look).about, at, response=answer, by="ops", responded_at=look.now
    )
    return replace(look, approval=approval)


def test_first_the_bake_begins_then_it_goes_on_then_somebody_is_asked() -> None:
    plan = plan_of()
    kinds = [
        end_of_stage(Situation(plan, observation(0.0))),
        end_of_stage(Situation(plan, observation(299.0, bake_began_at=0.0))),
        end_of_stage(Situation(plan, observation(300.0, bake_began_at=0.0))),
    ]
    assert [step.kind for step in kinds if step] == [
        StepKind.BAKE, StepKind.WAIT_UNDER_LOAD, StepKind.WAIT_FOR_PROMOTION,
    ]  # fmt: skip


def test_a_promotion_opens_the_gate_and_nothing_else_does() -> None:
    plan, look = plan_of(), observation(400.0, bake_began_at=0.0)
    assert not passes(Situation(plan, look))
    assert passes(Situation(plan, asked(plan, look, "promote")))
    other = ApprovalRequest("another", Situation(plan, look).about, 0.0, response="promote")
    assert not passes(Situation(plan, replace(look, approval=other)))
    elsewhere = ApprovalRequest(plan.rollout_id, "another question", 0.0, response="promote")
    assert not passes(Situation(plan, replace(look, approval=elsewhere)))


def test_a_flip_is_obeyed_once_and_turns_the_question_around() -> None:
    plan, look = plan_of(), observation(400.0, bake_began_at=0.0)
    flip = asked(plan, look, "flip")
    assert flips(Situation(plan, flip))
    heard = replace(flip, progress=with_fields(flip.progress, switch_handled_at=400.0, serving_old=True))
    assert not flips(Situation(plan, heard))
    assert "old fleet serves" in Situation(plan, heard).prompt


def test_a_flip_comes_unasked_too_but_only_where_a_standby_is() -> None:
    approval = ApprovalRequest("r", UNSOLICITED, 0.0, response="flip", responded_at=5.0)
    look = observation(10.0, approval, bake_began_at=0.0)
    assert flips(Situation(plan_of(), look))
    assert not flips(Situation(plan_of(replace(STANDBY, standby=None)), look))


@pytest.mark.parametrize(("on_timeout", "flipped", "answer"), [
    ("promote", False, "promote"), ("roll_back", False, "roll_back"), ("promote", True, "roll_back"),
])  # fmt: skip
def test_silence_means_what_the_input_says_and_after_a_flip_the_way_back(
    on_timeout: str, flipped: bool, answer: str
) -> None:
    plan = plan_of(promotion_seconds=100, promotion_on_timeout=on_timeout)
    assert in_silence(Situation(plan, observation(serving_old=flipped))) == answer


def test_silence_is_what_the_table_says_and_not_what_the_clock_says() -> None:
    plan, look = plan_of(promotion_seconds=100), observation(300.0)
    late = asked(plan, look, at=100.0)
    assert late.approval is not None
    overdue = replace(late.approval, respond_by=200.0)
    assert Situation(plan, replace(late, approval=overdue)).response == ""
    timed_out = replace(overdue, closed=Closed.TIMED_OUT, silence="promote")
    assert Situation(plan, replace(late, approval=timed_out)).response == "promote"


@pytest.mark.parametrize(("now", "more", "may"), [
    (199.0, {}, True),
    (200.0, {}, False),
    (199.0, {"response": "flip"}, False),
    (199.0, {"closed": "turned-back"}, False),
])  # fmt: skip
def test_a_question_is_open_until_its_time_is_over_or_it_is_decided(
    now: float, more: dict[str, Any], may: bool
) -> None:
    assert is_open(ApprovalRequest("r", "approval", 100.0, respond_by=200.0, **more), now) is may


def test_the_last_look_comes_when_the_time_for_an_answer_is_over() -> None:
    plan, look = plan_of(promotion_seconds=86_400), observation(86_390.5, bake_began_at=0.0)
    approval = ApprovalRequest(plan.rollout_id, Situation(plan, look).about, 0.0, respond_by=86_400.0)
    step = end_of_stage(Situation(plan, replace(look, approval=approval)))
    assert step is not None
    assert step.seconds == 10


@pytest.mark.parametrize("answer", ["roll_back", "reject"])
def test_a_no_turns_back_and_names_who_said_it(answer: str) -> None:
    plan = plan_of()
    with pytest.raises(errors.NotPromoted, match="ops answered"):
        check_failure_conditions(Situation(plan, asked(plan, observation(400.0, bake_began_at=0.0), answer)))


def test_nobody_is_asked_on_the_way_back() -> None:
    assert end_of_stage(Situation(plan_of(), observation(direction=Direction.BACK))) is None


def test_alarms_without_data_are_waited_for_and_then_it_is_as_the_input_says() -> None:
    stage = Stage("canary", replaced=0, bake_seconds=60)
    soon = observation(61.0, no_data=("a",), bake_began_at=0.0)
    late = replace(soon, now=60.0 + DATA_SECONDS)
    for inconclusive in ("pause", "continue", "roll_back"):
        step = end_of_stage(Situation(plan_of(stage, inconclusive=inconclusive), soon))
        assert step is not None
        assert step.kind is StepKind.WAIT_UNDER_LOAD
    paused = end_of_stage(Situation(plan_of(stage, inconclusive="pause"), late))
    assert paused is not None
    assert paused.kind is StepKind.WAIT_FOR_PROMOTION
    assert end_of_stage(Situation(plan_of(stage, inconclusive="continue"), late)) is None
    with pytest.raises(errors.AlarmInconclusive, match="no data for a"):
        check_failure_conditions(Situation(plan_of(stage, inconclusive="roll_back"), late))
    check_failure_conditions(Situation(plan_of(stage, inconclusive="continue"), late))


def test_the_last_stage_is_never_passed_it_ends() -> None:
    plan = a_plan(0, 1, stages=(REPLACE,))
    look = replace(observation(), fleet=Fleet((), (), 0, 0, 0, 1))
    assert decide(Situation(plan, look)).kind is StepKind.DONE
    assert not passes(Situation(plan, look))
