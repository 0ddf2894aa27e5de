"""The cluster query language, as a table of expressions and what they say of one instance."""

import pytest

from simulator.aws.ecs.errors import InvalidParameter
from simulator.aws.ecs.query import compiled
from tests.region.ecs.ecs_region import CLUSTER, EcsRegion

ATTRIBUTES = {"stack": "prod", "generation": "12", "owner": "team one", "ecs.flag": "x"}


@pytest.fixture
def fleet() -> EcsRegion:
    """One instance with attributes and a task of service `web`."""
    ecs_region = EcsRegion()
    ecs_region.fleet(1, attributes=ATTRIBUTES)
    ecs_region.serve(count=1)
    return ecs_region


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("attribute:stack == prod", True),
        ("attribute:stack equals prod", True),
        ("attribute:stack==prod", True),
        ("attribute:stack == test", False),
        ("attribute:stack != test", True),
        ("attribute:missing != test", True),
        ("attribute:missing == test", False),
        ("attribute:owner == 'team one'", True),
        ("attribute:ecs.availability-zone in [eu-west-1a, eu-west-1b]", True),
        ("attribute:ecs.availability-zone in [eu-west-1c]", False),
        ("attribute:ecs.availability-zone !in [eu-west-1c]", True),
        ("attribute:ecs.availability-zone not_in [eu-west-1b]", False),
        ("attribute:ecs.instance-type =~ m6i.*", True),
        ("attribute:ecs.instance-type =~ m6", False),
        ("attribute:ecs.instance-type =~ (m5|m6i)\\..*", True),
        ("attribute:ecs.instance-type !~ c5.*", True),
        ("attribute:stack exists", True),
        ("attribute:stack !exists", False),
        ("attribute:missing !exists", True),
        ("attribute:missing not_exists", True),
        ("attribute:generation > 9", True),
        ("attribute:generation >= 12", True),
        ("attribute:generation < 12", False),
        ("attribute:generation <= 12", True),
        ("attribute:missing > 1", False),
        ("agentConnected == true", True),
        ("agentVersion >= 1.9.0", True),
        ("runningTasksCount == 1", True),
        ("runningTasksCount > 1", False),
        ("ec2InstanceId in [i-00000000000000001, i-2]", True),
        ("registeredAt > 2025-12-31T00:00:00+00:00", True),
        ("registeredAt < 2025-12-31T00:00:00Z", False),
        ("task:group == service:web", True),
        ("task:group == service:api", False),
        ("not (task:group == service:web)", False),
        ("!(task:group == service:api)", True),
        ("attribute:stack == prod and attribute:generation == 11", False),
        ("attribute:stack == prod && attribute:generation == 12", True),
        ("attribute:stack == test or attribute:generation == 12", True),
        ("attribute:stack == test || attribute:generation == 11", False),
        ("attribute:stack == prod or attribute:stack == a and attribute:stack == b", True),
        ("(attribute:stack == prod or attribute:stack == a) and attribute:stack == b", False),
        ("not attribute:stack == test and attribute:stack exists", True),
    ],
)
def test_expressions(fleet: EcsRegion, expression: str, expected: bool) -> None:
    assert compiled(expression)(fleet.instance(fleet.machines[0])) is expected
    assert compiled(f"not ({expression})")(fleet.instance(fleet.machines[0])) is not expected


@pytest.mark.parametrize(
    "expression",
    [
        "", "attribute:", "stack == prod", "attribute:stack", "attribute:stack ==", "attribute:stack = prod",
        "attribute:stack == prod and", "(attribute:stack == prod", "attribute:stack == prod)",
        "attribute:stack in prod", "attribute:stack in []", "attribute:stack =~ [", "attribute:a == b c == d",
        "attribute:stack == " + "x" * 2000,
    ],
)  # fmt: skip
def test_malformed_expressions_are_refused(expression: str) -> None:
    with pytest.raises(InvalidParameter):
        compiled(expression)


def test_task_group_keeps_services_together(fleet: EcsRegion) -> None:
    fleet.fleet(3)
    beside = [{"type": "memberOf", "expression": "task:group == service:web"}]
    service = fleet.serve("api", 3, placementConstraints=beside)
    web = next(iter(fleet.ecs.clusters[CLUSTER].services["web"].tasks.values()))
    assert {task.instance for task in service.tasks.values()} == {web.instance}
