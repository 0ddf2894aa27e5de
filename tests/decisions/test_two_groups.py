"""Which instances of two node groups have to go, in either direction."""

import pytest

from handlers.domain.model.fleet import Instance
from handlers.domain.model.group_record import GroupRecord, TemplateInUse
from handlers.domain.model.topology import TwoGroups
from handlers.payloads import Direction
from tests.decisions.toy_fleet import NEW, OLD

STARTED_AT = 1000.0


def record(name: str) -> GroupRecord:
    return GroupRecord(name, TemplateInUse("lt-1", "$Latest", 1, False, 1), 4, 0, 8, (), None)


TOPOLOGY = TwoGroups(record("blue"), record("green"))


@pytest.mark.parametrize(
    ("group", "ami", "joined_at", "forward", "back"),
    [
        ("blue", OLD, 0.0, True, False),
        ("blue", NEW, 0.0, True, False),  # of two AMIs in the old group one may have been the target before
        ("blue", OLD, 2000.0, True, False),
        ("blue", NEW, 2000.0, True, True),
        ("green", NEW, 0.0, False, False),
        ("green", NEW, 2000.0, False, True),
        ("green", OLD, 2000.0, True, True),
    ],
)
def test_back_goes_what_came_on_the_target_wherever_it_came(
    group: str, ami: str, joined_at: float, *, forward: bool, back: bool
) -> None:
    instance = Instance("i-1", "InService", "a", ami, joined_at, group=group)
    assert TOPOLOGY.has_to_go(instance, Direction.FORWARD, NEW, STARTED_AT) is forward
    assert TOPOLOGY.has_to_go(instance, Direction.BACK, NEW, STARTED_AT) is back
