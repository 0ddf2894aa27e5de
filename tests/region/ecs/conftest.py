"""Fixtures: the region of ECS alone, in process, behind moto's front."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from simulator.aws.ecs.api import install
from tests.region.ecs.ecs_region import EcsRegion, client


@pytest.fixture
def ecs_region() -> Iterator[EcsRegion]:
    """The region, answering boto3."""
    made = EcsRegion()
    with mock_aws():
        undo = install(made.ecs)
        yield made
        undo()


@pytest.fixture
def ecs(ecs_region: EcsRegion) -> Any:
    """boto3's client of it."""
    return client()
