"""The `rollout` command: rehearse a rollout in a simulation, serve it, sweep faults, start one."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from cli.grammar import parser
from cli.progress import synthesize

BAD_INPUT = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code: 0 as expected, 1 not as expected, 2 a bad file or bad arguments."""
    options = parser().parse_args(arguments)
    try:
        return _run(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except ModuleNotFoundError:
        raise  # `ecs_ami_rollout.program` says what to install
    except _refusals() as error:
        print(error, file=sys.stderr)
        return BAD_INPUT


def _run(options: argparse.Namespace) -> int:
    """Synthesize first where the command takes the stack: what is said of it waits for no import."""
    if options.takes_stack:
        synthesize(getattr(options, "settings", None))
    return int(import_module(f"{__package__}.{options.module}").run(options))


def _refusals() -> tuple[type[Exception], ...]:
    """The errors whose text is all that is said. Asked only when there is an error: they take seconds to import."""
    from simulator.cdk_output import SynthesisFailed
    from simulator.runs.http_server import PortTaken
    from simulator.scenario.load import ScenarioInvalid
    from simulator.seeding.cluster import NotSettled
    from simulator.stepfunctions.deployed_stack import NoStackHere

    return (ScenarioInvalid, NotSettled, PortTaken, NoStackHere, SynthesisFailed)


if __name__ == "__main__":
    raise SystemExit(main())
