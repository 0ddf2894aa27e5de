"""The `rollout` command: rehearse a rollout in a simulation, serve it, sweep faults, start one."""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version

from cli import crash_points, from_template, mocks, parity, prepare, region, simulate, start, sweep, turnaround
from simulator.cdk_output import SynthesisFailed
from simulator.runs.http_server import PortTaken
from simulator.scenario.load import ScenarioInvalid
from simulator.seeding.cluster import NotSettled
from simulator.stepfunctions.deployed_stack import NoStackHere

BAD_INPUT = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code: 0 as expected, 1 not as expected, 2 a bad file or bad arguments."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except ScenarioInvalid as error:
        print("\n".join(error.lines), file=sys.stderr)
        return BAD_INPUT
    except (NotSettled, PortTaken, NoStackHere, SynthesisFailed) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED


def parser() -> argparse.ArgumentParser:
    """The command's grammar."""
    top = argparse.ArgumentParser(
        prog="rollout", description="AMI rollouts for Amazon ECS on EC2, rehearsed in a simulated region."
    )
    top.add_argument("--version", action="version", version=f"rollout {version('ecs-ami-rollout')}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    simulate.add_to(commands)
    region.add_to(commands)
    start.add_to(commands)
    prepare.add_to(commands)
    sweep.add_to(commands)
    turnaround.add_to(commands)
    crash_points.add_to(commands)
    mocks.add_to(commands)
    parity.add_to(commands)
    from_template.add_to(commands)
    return top


if __name__ == "__main__":
    raise SystemExit(main())
