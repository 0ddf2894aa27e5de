"""`rollout compare`: where the simulated region answers otherwise than an account did while a rollout ran."""

import argparse
import sys

from simulator.runs.recordings.folder import NoRecording
from simulator.runs.recordings.in_the_region import compared
from simulator.scenario.load import load

BAD_INPUT = 2


def run(options: argparse.Namespace) -> int:
    """Compare; 0: no difference, 1: some, 2: there is nothing to compare."""
    try:
        differences = compared(options.folder, load(options.scenario))
    except NoRecording as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    print("\n".join(differences) or "The region answers as the account did.")
    return 1 if differences else 0
