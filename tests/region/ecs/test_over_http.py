"""The same region over HTTP: ThreadedMotoServer serves our ECS, and mock_aws gets moto's back after undo."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.server import ThreadedMotoServer

from simulator.aws.ecs.api import install
from tests.region.ecs.ecs_region import CLUSTER, REGION, EcsRegion, client


@pytest.fixture
def served() -> Iterator[tuple[EcsRegion, Any]]:
    """The region and a client over loopback."""
    ecs_region = EcsRegion()
    undo = install(ecs_region.ecs)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    yield ecs_region, client(f"http://127.0.0.1:{port}")
    server.stop()
    undo()


@pytest.mark.enable_socket
def test_the_region_answers_over_http(served: tuple[EcsRegion, Any]) -> None:
    ecs_region, ecs = served
    ecs_region.fleet(1)
    ecs_region.serve(count=1)
    shown = ecs.describe_services(cluster=CLUSTER, services=["web"])["services"][0]
    assert shown["runningCount"] == 1
    with pytest.raises(ecs.exceptions.ClusterNotFoundException):
        ecs.list_tasks(cluster="gone")


def test_undo_gives_motos_front_back() -> None:
    install(EcsRegion().ecs)()
    with mock_aws():
        assert boto3.client("ecs", region_name=REGION).list_clusters()["clusterArns"] == []
