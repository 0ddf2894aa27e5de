"""`rollout region SCENARIO.json`: the simulated region over HTTP, for the AWS CLI or any other client."""

import argparse
import json
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from simulator.region import EXECUTION_NAME, Region
from simulator.scenario.load import load
from simulator.served import serve
from simulator.synthesis import ensure_synthesized


def add_to(commands: Any) -> None:
    """Add this command to the parser."""
    command = commands.add_parser(
        "region",
        help="serve a scenario's region over HTTP on loopback",
        description="Serve a scenario's simulated region over HTTP on loopback, with the state machine deployed. "
        "The AWS CLI can be pointed at it. Ctrl-C ends it.",
    )
    command.add_argument("scenario", metavar="SCENARIO.json", type=Path)
    command.add_argument("--seed", type=int, default=1, metavar="N", help="what chance is drawn from (default: 1)")
    command.add_argument("--port", type=int, default=5000, metavar="PORT", help="on 127.0.0.1 (default: 5000; 0: any)")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until somebody presses Ctrl-C."""
    scenario = load(options.scenario)
    with Region(scenario, options.seed, ensure_synthesized()) as region, serve(region, options.port) as address:
        Console(highlight=False, soft_wrap=True).print(invitation(region, address), markup=False)
        while True:
            time.sleep(3600)


def invitation(region: Region, address: str) -> str:
    """What to try, ready to be pasted."""
    scenario = region.scenario
    machine = region.engine.machine_arn
    execution = machine.replace(":stateMachine:", ":execution:") + f":{EXECUTION_NAME}"
    return f"""\
A simulated region, {scenario.name}, is served at {address} (Ctrl-C ends it). In another terminal:

  export AWS_ENDPOINT_URL={address} AWS_DEFAULT_REGION={scenario.region}
  export AWS_ACCESS_KEY_ID=simulated AWS_SECRET_ACCESS_KEY=simulated

  aws ecs list-clusters
  aws ecs list-container-instances --cluster {scenario.cluster} --status ACTIVE
  aws stepfunctions start-execution --name {EXECUTION_NAME} \\
    --state-machine-arn {machine} \\
    --input '{json.dumps(scenario.input)}'
  aws stepfunctions describe-execution --execution-arn {execution}
  aws stepfunctions get-execution-history --execution-arn {execution} \\
    --query 'events[?stateEnteredEventDetails].stateEnteredEventDetails.name'
"""
