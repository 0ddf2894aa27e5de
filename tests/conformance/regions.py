"""The two modes side by side: the same small cluster, each with its own clients."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.core.exceptions import ServiceException

from simulator.cdk_output import ensure_synthesized
from simulator.in_process.clients import operation_of
from simulator.scenario.model import Ami, NodeGroup, Scenario, Service
from simulator.simulation import InProcessSimulation, SimulatedRollout, Simulation, open_simulation

REGION, CLUSTER, GROUP, PROVIDER = "eu-west-1", "prod", "prod-nodes", "prod-capacity"
OLD, NEW = "ami-0000000000000000a", "ami-0000000000000000b"
MODES = ("full", "in-process")


def small_scenario(**more: Any) -> Scenario:
    """One cluster of three instances, with a service of two tasks."""
    settings: dict[str, Any] = {
        "name": "conformance",
        "cluster": CLUSTER,
        "amis": (Ami(OLD, "old"), Ami(NEW, "new")),
        "node_groups": (NodeGroup(name=GROUP, ami=OLD, size=3, max=6, capacity_provider=PROVIDER),),
        "services": (Service(name="web", count=2),),
    }
    return Scenario(**(settings | more))


@contextmanager
def opened(mode: str, **more: Any) -> Iterator[SimulatedRollout]:
    """The region in that mode, its cluster at rest."""
    with open_simulation(small_scenario(**more), 1, ensure_synthesized(), fast=mode == "in-process") as region:
        yield region


def careless(region: SimulatedRollout, service: str) -> Any:
    """A client that sends what it is given, as other SDKs do: botocore without its own validation."""
    assert isinstance(region, Simulation)
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1, "mode": "standard"})
    return boto3.client(service, region_name=REGION, config=config, aws_access_key_id="x", aws_secret_access_key="x")


def code_of(region: SimulatedRollout, service: str, method: str, request: dict[str, Any]) -> str:
    """The error's code, or "" for a success, of a client that does not look at what it sends."""
    return refused(region, service, method, request)[0]


def refused(region: SimulatedRollout, service: str, method: str, request: dict[str, Any]) -> tuple[str, str]:
    """Code and message of the error; two empty strings for a success. Raises AssertionError for an HTTP 5xx."""
    try:
        if isinstance(region, InProcessSimulation):
            client = region.client(service)
            operation = operation_of(client._service, method, REGION)
            assert operation is not None, method
            region.dispatch.call_in_process(service, operation.name, dict(request), getattr(client._api, method))
        else:
            getattr(careless(region, service), method)(**request)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            raise AssertionError(str(error)) from error
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    except ServiceException as error:
        return str(error.code), str(error.message)
    return "", ""
