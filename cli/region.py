"""`rollout region SCENARIO.json`: the simulated region over HTTP, for the AWS CLI or any other client."""

import argparse
import json
import shlex
import time

from rich.console import Console

from cli.progress import say
from simulator.cdk_output import ensure_synthesized
from simulator.region import EXECUTION_NAME, Region
from simulator.runs.http_server import serve
from simulator.scenario.load import load
from simulator.simulation import Simulation
from simulator.stepfunctions.deployed_stack import stack_of


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C is pressed."""
    scenario, cdk_out = load(options.scenario), ensure_synthesized(options.settings)
    stack = stack_of(cdk_out, scenario.region)
    say("building the simulated region")
    with (
        Simulation(scenario, options.seed, cdk_out, stack) as region,
        serve(region, options.port, options.speed) as address,
    ):
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
    --input {shlex.quote(json.dumps(scenario.input))}
  aws stepfunctions describe-execution --execution-arn {execution}
  aws stepfunctions get-execution-history --execution-arn {execution} \\
    --query 'events[?stateEnteredEventDetails].stateEnteredEventDetails.name'

{_what_starts(region)}"""


def _what_starts(region: Region) -> str:
    """Which parameters start a rollout by themselves, with a command for each."""
    followed = sorted({json.loads(parameter)["parameter"] for parameter in region.deployment.parameters.values()})
    watched = [
        json.loads(schedule.event)["source"] for schedule in region.deployment.schedules if "source" in schedule.event
    ]
    newest = max(region.scenario.amis, key=lambda ami: ami.name).image_id
    public = {each["writes"]: each["parameter"] for each in watched if each.get("parameter")}
    if not followed:
        return "Nothing starts by itself here; --settings FILE deploys with subscriptions.\n"
    lines = [
        f"  aws ssm put-parameter --overwrite --type String --name {public.get(instance, instance)} --value {newest}"
        for instance in followed
    ]
    when = "; a public one when the watch looks next" if public else ""
    return f"A new AMI in a parameter that is followed starts a rollout{when}:\n\n" + "\n".join(lines) + "\n"
