"""The cordon: who is marked, and when the mark is lifted. On the toy fleet, whose tasks can be counted."""

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.decision.cordon import to_cordon, to_uncordon
from handlers.domain.decision.decide import decide, passes
from handlers.domain.decision.selection import to_replace
from handlers.domain.decision.situation import Situation
from handlers.domain.model.observation import Observation
from handlers.domain.model.stage import REPLACE, Stage
from handlers.payloads import Direction, StepKind
from tests.decisions.parts import with_fields
from tests.decisions.toy_fleet import NEW, OLD, Machine, ToyFleet, a_plan

MARK = "rollout.cordoned"


def cordoned(size: int, surge: int, **changes: object) -> ToyFleet:
    return ToyFleet.full(a_plan(size, surge, cordon=MARK, **changes), 2, 1, seed=1)


def marked(observation: Observation, *ids: str) -> Observation:
    def mark(ones: tuple) -> tuple:  # type: ignore[type-arg]
        return tuple(replace(each, attributes=frozenset({MARK})) if each.instance_id in ids else each for each in ones)

    fleet = replace(
        observation.fleet, outgoing=mark(observation.fleet.outgoing), incoming=mark(observation.fleet.incoming)
    )
    return replace(observation, fleet=fleet)


def ids(observation: Observation) -> list[str]:
    return [instance.instance_id for instance in observation.fleet.outgoing]


def test_the_whole_old_fleet_is_marked_before_the_first_drain() -> None:
    toy = cordoned(3, 1)
    toy.machines.append(Machine("i-new", NEW, 0.0))
    toy.desired = 4
    observation = toy.observe()
    assert [instance.instance_id for instance in to_cordon(Situation(toy.plan, observation))] == ids(observation)
    assert decide(Situation(toy.plan, observation)).kind is StepKind.CORDON
    assert decide(Situation(toy.plan, marked(observation, *ids(observation)))).kind is StepKind.DRAIN


def test_nobody_is_marked_while_nothing_may_drain() -> None:
    toy = cordoned(3, 1, stages=(Stage("canary", replaced=0, bake_seconds=60), REPLACE))
    observation = toy.observe()
    assert to_cordon(Situation(toy.plan, observation)) == []
    everybody = marked(observation, *ids(observation))
    assert [instance.instance_id for instance in to_uncordon(Situation(toy.plan, everybody))] == ids(observation)


def test_the_mark_is_lifted_where_displaced_tasks_fit_nowhere_else() -> None:
    toy = cordoned(2, 1)
    toy.waiting = 1
    observation = marked(toy.observe(), *ids(toy.observe()))
    assert to_cordon(Situation(toy.plan, observation)) == []
    assert len(to_uncordon(Situation(toy.plan, observation))) == 2
    toy.machines.append(Machine("i-new", NEW, 0.0, tasks=0))
    toy.desired = 3
    with_room = marked(toy.observe(), *ids(toy.observe()))
    assert to_uncordon(Situation(toy.plan, with_room)) == []


def test_on_the_way_back_the_new_ones_are_marked_and_the_old_ones_are_not() -> None:
    toy = cordoned(2, 1)
    toy.machines.append(Machine("i-new", NEW, 0.0, tasks=1))
    toy.desired = 3
    toy.progress = with_fields(toy.progress, direction=Direction.BACK)
    observation = marked(toy.observe(), "i-old000", "i-old001")
    assert [instance.instance_id for instance in to_cordon(Situation(toy.plan, observation))] == ["i-new"]
    assert sorted(instance.instance_id for instance in to_uncordon(Situation(toy.plan, observation))) == [
        "i-old000",
        "i-old001",
    ]


@given(
    size=st.integers(1, 12),
    surge=st.integers(1, 4),
    stops=st.lists(st.integers(1, 12), max_size=3),
    seed=st.integers(0, 10**6),
)
def test_no_stage_replaces_more_than_it_may_and_all_of_them_together_everything(
    size: int, surge: int, stops: list[int], seed: int
) -> None:
    stages = (*(Stage(f"stop {stop}", replaced=min(size, stop)) for stop in sorted(stops)), REPLACE)
    toy = ToyFleet.full(a_plan(size, surge, stages=stages), 3, 1, seed=seed)
    toy.chance = random.Random(seed)
    for _ in range(60 * size):
        observation = toy.observe()
        limit = stages[toy.progress.stage.index].replaced
        replaced = size - sum(machine.ami == OLD for machine in toy.machines)
        assert limit is None or replaced + len(to_replace(toy.plan, observation.fleet, toy.progress)) <= max(
            limit, replaced
        )
        if passes(Situation(toy.plan, observation)):
            assert limit is None or replaced >= limit
            toy.progress = with_fields(toy.progress, index=toy.progress.stage.index + 1)
            continue
        step = decide(Situation(toy.plan, observation))
        if step.kind is StepKind.DONE:
            break
        toy.take(step)
        toy.check()
        toy.pass_time()
        toy.check()
    assert {machine.ami for machine in toy.machines} == {NEW}
