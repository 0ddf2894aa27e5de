"""`rollout mocks`: a MockConfigFile.json for Step Functions Local, recorded from simulated rollouts."""

import argparse
import json
import sys

from simulator.cdk_output import ensure_synthesized
from simulator.runs.mocks.mock_config import EXAMPLES, mock_config, recordings
from simulator.stepfunctions.deployed_stack import load

BAD_INPUT = 2


def run(_options: argparse.Namespace) -> int:
    """Record and print; 0, or 2 where the examples are not there that it records."""
    if not EXAMPLES.is_dir():
        print(f"{EXAMPLES} is not there: mocks are recorded in a checkout of the sources.", file=sys.stderr)
        return BAD_INPUT
    cdk_out = ensure_synthesized()
    print(json.dumps(mock_config(recordings(cdk_out), load(cdk_out).machine.name), indent=1))
    return 0
