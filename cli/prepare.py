"""`rollout prepare`: give a cluster's services the cordon's constraint, so that rolling moves each task once only.

It speaks to AWS with the caller's credentials, or to a simulated region by `--endpoint-url`. What it costs is said
before anything is changed: the constraint reaches running services by one forced deployment each.
"""

import argparse
import sys
from collections.abc import Sequence

import boto3
from rich.console import Console

from handlers.aws.services import Services
from handlers.aws.task_definitions import TaskDefinitions
from handlers.domain.input.rollout_input import read_input
from handlers.domain.input.strategy_input import Rolling
from handlers.domain.model.fleet import Service
from handlers.domain.model.placement import Placement
from handlers.domain.strategies.rolling import CORDONED, carries, expression, moves
from handlers.errors import InputInvalid

BAD_INPUT = 2


def run(options: argparse.Namespace) -> int:
    """Say what lacks the constraint and, with --yes, add it. 0: all have it, 1: some lack it, 2: a bad name."""
    try:
        spec = read_input(
            {"cluster": options.cluster, "strategy": {"cordon": options.attribute, "prepare_cordon": True}}
        ).strategy
    except InputInvalid as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    client = boto3.client("ecs", endpoint_url=options.endpoint_url)
    gateway, console = Services(client, TaskDefinitions(client)), Console()
    services = [
        service
        for service in gateway.of_cluster(options.cluster)
        if not service.daemon and (not options.service or service.name in options.service)
    ]
    lacking = [service for service in services if not carries(service, options.attribute)]
    _say(console, services, lacking, options)
    if lacking and options.yes and isinstance(spec, Rolling):
        _prepare(gateway, options.cluster, spec, lacking, console)
        return 0
    return int(bool(lacking))


def _say(
    console: Console, services: Sequence[Service], lacking: Sequence[Service], options: argparse.Namespace
) -> None:
    ready = len(services) - len(lacking)
    console.print(f"{ready} of {len(services)} services keep off cordoned instances: {expression(options.attribute)}")
    for service in lacking:
        floor = f"of {service.desired} tasks at least {service.min_running} run meanwhile"
        stable = "" if service.stable else ", [red]not stable now[/red]"
        console.print(f"  {service.name}: one forced deployment replaces each of its tasks, {floor}{stable}")
    if lacking and not options.yes:
        console.print("Image tags are resolved anew by a forced deployment. Nothing was changed; --yes does it.")


def _prepare(gateway: Services, cluster: str, spec: Rolling, lacking: Sequence[Service], console: Console) -> None:
    standing = {service.name: service for service in lacking}
    for move in moves(spec, lacking):
        wanted: Placement = move.placements[CORDONED]
        deployment = gateway.place(cluster, standing[move.service], move, wanted, None)
        console.print(f"  {move.service}: {deployment} began")
