"""Zones: at the end they are even wherever a group that Auto Scaling rebalances can be made so."""

import random
from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.decision.zone_balance import keeping_zones_even, may_balance, spread, surplus, uneven
from handlers.domain.model.fleet import Fleet, Instance
from handlers.domain.model.topology import OneGroup
from tests.decisions.toy_fleet import OLD, a_plan

ZONES = ("a", "b", "c")
zone_counts = st.lists(st.integers(0, 5), min_size=3, max_size=3)


def fleet(counts: list[int]) -> list[Instance]:
    zones = [zone for zone, count in zip(ZONES, counts, strict=True) for _ in range(count)]
    return [Instance(f"i-{n:02}", "InService", zone, "ami-0000000b", float(n)) for n, zone in enumerate(zones)]


def counted(instances: list[Instance]) -> list[int]:
    counts = Counter(instance.availability_zone for instance in instances)
    return [counts[zone] for zone in ZONES]


@given(zone_counts)
def test_exchanges_one_by_one_even_the_zones_out(counts: list[int]) -> None:
    plan = a_plan(sum(counts), 1)
    now = fleet(counts)
    for number in range(100, 120):
        if not uneven(now, ZONES):
            break
        emptiest = min(ZONES, key=lambda zone: (counted(now)[ZONES.index(zone)], zone))
        now.append(Instance(f"i-{number}", "InService", emptiest, "ami-0000000b", float(number)))
        gone = surplus(plan, now, ZONES, balancing=True)
        assert len(gone) == 1
        now = [instance for instance in now if instance not in gone]
    assert max(counted(now)) - min(counted(now)) <= 1
    assert len(now) == plan.sizes.size


@given(zone_counts, st.integers(0, 4))
def test_what_goes_comes_out_of_the_fullest_zones(counts: list[int], fewer: int) -> None:
    everything = fleet(counts)
    plan = a_plan(max(0, len(everything) - fewer), 1)
    gone = surplus(plan, everything, ZONES, balancing=True)
    assert len(gone) == len(everything) - plan.sizes.size
    before, after = counted(everything), counted([instance for instance in everything if instance not in gone])
    assert max(after) - min(after) <= max(1, max(before) - min(before))


def test_an_instance_that_drains_already_goes_first() -> None:
    everything = fleet([2, 2, 1])
    draining = replace(everything[0], status="DRAINING")
    assert surplus(a_plan(4, 1), [draining, *everything[1:]], ZONES, balancing=True) == [draining]


def test_zones_that_cannot_be_evened_out_are_left_after_a_while() -> None:
    plan = a_plan(4, 1)
    assert may_balance(plan, None, 10.0**9)
    assert may_balance(plan, 0.0, plan.policies.timeouts.stable_seconds - 1.0)
    assert not may_balance(plan, 0.0, float(plan.policies.timeouts.stable_seconds))


def test_a_group_that_is_not_rebalanced_is_left_as_it_is() -> None:
    plan = a_plan(4, 1)
    plan = replace(plan, topology=OneGroup(replace(plan.topology.old, suspended=("AZRebalance",))))
    assert not may_balance(plan, None, 0.0)


@given(zones=st.lists(st.integers(0, 8), min_size=2, max_size=4), most=st.integers(0, 10), seed=st.integers(0, 10**6))
def test_what_may_drain_leaves_the_zones_at_most_one_more_uneven(zones: list[int], most: int, seed: int) -> None:
    names = [f"zone-{number}" for number in range(len(zones))]
    everybody = [
        Instance(f"i-{name}-{n}", "InService", name, OLD, float(n), arn="a", status="ACTIVE", connected=True)
        for name, count in zip(names, zones, strict=True)
        for n in range(count)
    ]
    random.Random(seed).shuffle(everybody)
    before = spread(everybody, names)
    plan = a_plan(len(everybody), 1, spread=before)
    fleet = Fleet(tuple(everybody), (), 1, len(everybody), 0, 99, zones=tuple(names))  # one terminates: others may wait

    chosen = keeping_zones_even(plan, fleet, everybody, most)

    assert len(chosen) <= most
    assert [instance for instance in everybody if instance in chosen] == chosen
    left = [instance for instance in everybody if instance not in chosen]
    assert spread(left, names) <= max(before, 1) + 1
