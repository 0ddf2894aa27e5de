"""Fixtures: the region of ECS alone, in process, behind moto's front."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from simulator.aws.ecs.api import install
from tests.region.ecs.world import World, client


@pytest.fixture
def world() -> Iterator[World]:
    """The region, answering boto3."""
    made = World()
    with mock_aws():
        undo = install(made.ecs)
        yield made
        undo()


@pytest.fixture
def ecs(world: World) -> Any:
    """boto3's client of it."""
    return client()
