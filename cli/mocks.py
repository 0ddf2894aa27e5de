"""`rollout mocks`: a MockConfigFile.json for Step Functions Local, recorded from simulated rollouts."""

import argparse
import json
import sys
from typing import Any

from simulator.cdk_output import ensure_synthesized
from simulator.runs.mocks.mock_config import EXAMPLES, mock_config, recordings
from simulator.stepfunctions.deployed_stack import load

BAD_INPUT = 2


def add_to(commands: Any) -> None:
    """Add this command to the parser."""
    command = commands.add_parser(
        "mocks",
        help="print a MockConfigFile.json for Step Functions Local",
        description="Record what the functions answer in simulated rollouts (the happy path, a retry, and one for each "
        "Catch of the graph) and print it as mocked service integrations for Step Functions Local.",
    )
    command.set_defaults(run=run)


def run(_options: argparse.Namespace) -> int:
    """Record and print; 0, or 2 where the examples are not there that it records."""
    if not EXAMPLES.is_dir():
        print(f"{EXAMPLES} is not there: mocks are recorded in a checkout of the sources.", file=sys.stderr)
        return BAD_INPUT
    cdk_out = ensure_synthesized()
    print(json.dumps(mock_config(recordings(cdk_out), load(cdk_out).machine.name), indent=1))
    return 0
