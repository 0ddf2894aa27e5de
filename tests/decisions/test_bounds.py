"""Bounds that the rollout gave, or was about to give, are its own; any others are another actor's."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from handlers.domain.model.group_record import GroupRecord
from handlers.domain.model.progress import Capacity, Progress
from handlers.overrides.difference import MAX, MIN
from handlers.overrides.restore import bounds_by_others
from tests.decisions.toy_fleet import a_plan

RECORD: GroupRecord = replace(a_plan(3, 1).topology.old, minimum=2, maximum=3)


def theirs(minimum: int, maximum: int, **capacity: Any) -> dict[str, int]:
    context: Any = SimpleNamespace(progress=Progress(capacity=Capacity(**capacity)))
    group: Any = SimpleNamespace(minimum=minimum, maximum=maximum)
    return bounds_by_others(context, RECORD, group)


def test_what_was_recorded_or_given_is_not_somebody_elses() -> None:
    assert theirs(2, 3) == theirs(2, 4, bounds={"g": (2, 4)}) == {}


def test_nor_is_what_was_given_before_bounds_that_were_written_down_and_never_given() -> None:
    assert theirs(2, 4, bounds={"g": (2, 3)}, bounds_before={"g": (2, 4)}) == {}


def test_what_nobody_of_ours_gave_is_somebody_elses() -> None:
    assert theirs(1, 9, bounds={"g": (2, 4)}) == {MIN: 1, MAX: 9}
