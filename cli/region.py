"""`rollout region SCENARIO.json`: the simulated region over HTTP, for the AWS CLI or any other client."""

import argparse
import json
import shlex
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from simulator.cdk_output import ensure_synthesized
from simulator.region import EXECUTION_NAME, Region
from simulator.runs.http_server import SPEED, serve
from simulator.scenario.load import load
from simulator.simulation import Simulation
from simulator.stepfunctions.deployed_stack import stack_of

DESCRIPTION = (
    "Serve a scenario's simulated region over HTTP on loopback, with the state machine deployed. The AWS CLI can be "
    "pointed at it. Nothing starts by itself but the recovery of a stopped execution; with --settings also what the "
    "stack's rules and its AMI watch start. The scenario's faults happen; its people stay away: that is you. "
    "Ctrl-C ends it."
)


def add_to(commands: Any) -> None:
    """Add this command to the parser."""
    command = commands.add_parser(
        "region", help="serve a scenario's region over HTTP on loopback", description=DESCRIPTION
    )
    command.add_argument("scenario", metavar="SCENARIO.json", type=Path)
    command.add_argument("--seed", type=int, default=1, metavar="N", help="what chance is drawn from (default: 1)")
    command.add_argument("--port", type=int, default=5000, metavar="PORT", help="on 127.0.0.1 (default: 5000; 0: any)")
    command.add_argument(
        "--settings", type=Path, metavar="FILE", help="deploy with these settings (default: the shipped rollouts.toml)"
    )
    command.add_argument(
        "--speed", type=_speed, default=SPEED, metavar="N", help=f"virtual seconds in a second (default: {SPEED:.0f})"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until somebody presses Ctrl-C."""
    scenario, cdk_out = load(options.scenario), ensure_synthesized(options.settings)
    stack = stack_of(cdk_out, scenario.region)
    with (
        Simulation(scenario, options.seed, cdk_out, stack) as region,
        serve(region, options.port, options.speed) as address,
    ):
        Console(highlight=False, soft_wrap=True).print(invitation(region, address), markup=False)
        while True:
            time.sleep(3600)


def _speed(text: str) -> float:
    speed = float(text)
    if speed <= 0:
        raise ValueError
    return speed


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
    --input {shlex.quote(json.dumps(scenario.input))}
  aws stepfunctions describe-execution --execution-arn {execution}
  aws stepfunctions get-execution-history --execution-arn {execution} \\
    --query 'events[?stateEnteredEventDetails].stateEnteredEventDetails.name'

{_what_starts(region)}"""


def _what_starts(region: Region) -> str:
    """Which parameters start a rollout by themselves, with a command for each."""
    followed = sorted({json.loads(one)["parameter"] for one in region.deployment.parameters.values()})
    watched = [json.loads(one.event)["source"] for one in region.deployment.schedules if "source" in one.event]
    newest = max(region.scenario.amis, key=lambda ami: ami.name).image_id
    public = {one["writes"]: one["parameter"] for one in watched if one.get("parameter")}
    if not followed:
        return "Nothing starts by itself here; --settings FILE deploys with subscriptions.\n"
    lines = [
        f"  aws ssm put-parameter --overwrite --type String --name {public.get(one, one)} --value {newest}"
        for one in followed
    ]
    when = "; a public one when the watch looks next" if public else ""
    return f"A new AMI in a parameter that is followed starts a rollout{when}:\n\n" + "\n".join(lines) + "\n"
