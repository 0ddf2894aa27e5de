"""What is refused before anything is changed, and the figures of a plan."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.model.ami_families import public_parameter
from handlers.domain.model.amount import count
from handlers.domain.model.findings import refuse
from handlers.domain.model.fleet import Service
from handlers.domain.model.plan import HAND_OVER_AT
from handlers.domain.model.progress import Progress
from handlers.domain.model.resources import Resources, Room
from handlers.domain.strategies.estimate import BUDGET, PASS_EVENTS, estimate
from handlers.errors import PlanImpossible
from handlers.planning import validate
from handlers.runtime.roll_back import read_failure
from tests.decisions.parts import with_fields
from tests.decisions.toy_fleet import ONE_TASK, a_plan

web = Service("web", False, 3, 3, 0, 100, 200, 1, "d", "COMPLETED", "ECS", False, ONE_TASK)


@pytest.mark.parametrize(
    ("desired", "least", "most", "stuck"),
    [
        (3, 100, 100, True),
        (3, 100, 125, True),  # 3.75 is rounded down to 3
        (2, 75, 100, True),  # 1.5 is rounded up to 2
        (4, 75, 100, False),
        (4, 100, 125, False),
        (1, 100, 200, False),
        (1, 0, 100, False),
        (0, 100, 100, False),
    ],
)
def test_rounding_deadlocks_are_seen(desired: int, least: int, most: int, stuck: bool) -> None:
    service = replace(web, desired=desired, running=desired, minimum_healthy_percent=least, maximum_percent=most)
    assert validate.deadlocked(service) is stuck
    if stuck:
        with pytest.raises(PlanImpossible, match="can never drain"):
            refuse(validate.about_services([service]))
    else:
        refuse(validate.about_services([service]))


@pytest.mark.parametrize(
    "change",
    [{"running": 2}, {"pending": 1}, {"deployments": 2}, {"rollout_state": "IN_PROGRESS"}, {"rollout_state": "FAILED"}],
)
def test_services_in_mid_deployment_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(PlanImpossible, match="web is not stable"):
        refuse(validate.about_services([replace(web, **change)]))


def test_a_service_behind_a_classic_load_balancer_has_no_rollout_state() -> None:
    refuse(validate.about_services([replace(web, rollout_state=None)]))


def test_a_strategy_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(PlanImpossible, match="leaves none"):
        refuse(validate.about_counts(a_plan(3, 0, 3)))
    with pytest.raises(PlanImpossible, match="nothing could ever move"):
        refuse(validate.about_counts(a_plan(3, 0, 0)))
    refuse(validate.about_counts(a_plan(0, 0, 0)))


@given(st.integers(0, 5000), st.integers(1, 5000), st.integers(0, 86_400))
def test_the_estimate_fits_one_history_or_says_how_many_it_takes(size: int, window: int, bake: int) -> None:
    found = estimate(size, window, bake)
    assert 15 <= found.poll_seconds <= 60
    if found.cycles <= 20 and bake == 0:
        assert found.expected_events <= BUDGET + PASS_EVENTS
    findings = list(validate.about_history(found, HAND_OVER_AT))
    refuse(findings)
    assert [finding.code for finding in findings] == ["HISTORY_TOO_LONG"] * (found.expected_events > HAND_OVER_AT)


@given(st.integers(0, 5000), st.integers(1, 100))
def test_percentages_round_a_surge_up_and_what_is_missing_down(size: int, percent: int) -> None:
    assert count(f"{percent}%", size, up=True) == max(1, math.ceil(size * percent / 100))
    assert count(f"{percent}%", size, up=False) == size * percent // 100
    assert count(7, size, up=True) == 7


@pytest.mark.parametrize(
    ("name", "architecture", "parameter"),
    [
        ("al2023-ami-ecs-hvm-2023.0.20260105-kernel-6.1-x86_64", "x86_64", "amazon-linux-2023/recommended"),
        ("al2023-ami-ecs-hvm-2023.0.20260105-kernel-6.1-arm64", "arm64", "amazon-linux-2023/arm64/recommended"),
        ("amzn2-ami-ecs-gpu-hvm-2.0.20260105-x86_64-ebs", "x86_64", "amazon-linux-2/gpu/recommended"),
        ("amzn2-ami-ecs-kernel-5.10-hvm-2.0.20260105-x86_64-ebs", "x86_64", "amazon-linux-2/kernel-5.10/recommended"),
        ("bottlerocket-aws-ecs-2-aarch64-v1.20.0", "arm64", "bottlerocket/aws-ecs-2/arm64/latest"),
        ("Windows_Server-2022-English-Core-ECS_Optimized-2026.01.05", "x86_64", "Windows_Server-2022-English-Core-ECS"),
    ],
)
def test_the_successor_of_a_public_ami_is_of_its_family(name: str, architecture: str, parameter: str) -> None:
    found = public_parameter(name, architecture)
    assert found is not None
    assert parameter in found
    assert found.endswith("/image_id")


def test_a_golden_image_has_no_public_successor() -> None:
    assert public_parameter("our-golden-image-7", "x86_64") is None


amounts = st.integers(0, 8)
resources = st.builds(
    Resources, amounts, amounts, st.integers(0, 1), st.frozensets(st.sampled_from(["80/tcp", "53/udp"]))
)


@given(st.lists(resources, max_size=5), st.lists(resources, max_size=8))
def test_room_that_is_taken_was_there(free: list[Resources], needs: list[Resources]) -> None:
    room = Room(free)
    if room.take(needs):
        assert sum(need.cpu for need in needs) <= sum(each.cpu for each in free)
        assert sum(need.memory for need in needs) <= sum(each.memory for each in free)
        assert sum("80/tcp" in need.ports for need in needs) <= sum("80/tcp" not in each.ports for each in free)
    elif len(needs) == 1:
        assert not any(each.holds(needs[0]) for each in free)


def test_lambdas_cause_is_read_and_any_other_text_kept() -> None:
    caught = {"Error": "AlarmFired", "Cause": '{"errorMessage": "Bake: it rang", "errorType": "AlarmFired"}'}
    assert read_failure({"failure": caught}, with_fields(Progress(), phase="bake")) == {
        "error": "AlarmFired",
        "cause": "Bake: it rang",
        "step": "bake",
    }
    assert read_failure({"failure": {"Error": "States.Timeout", "Cause": "no JSON"}}, Progress())["cause"] == "no JSON"
    assert read_failure({}, Progress())["error"] == "Unknown"
