"""What a command does before it has anything to show, said at once, on standard error: a first run takes a while."""

import sys
from functools import partial
from pathlib import Path


def say(what: str) -> None:
    """A line on standard error; standard output is for what the command is asked for."""
    print(f"{what} …", file=sys.stderr, flush=True)


def synthesize(settings: Path | None = None) -> None:
    """Synthesize the stack, unless that is done. Raises SynthesisFailed."""
    from simulator.cdk_output import ensure_synthesized

    ensure_synthesized(settings, partial(say, "synthesizing the state machine from the CDK app"))
