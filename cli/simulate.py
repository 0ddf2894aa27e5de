"""`rollout simulate SCENARIO.json`: one rollout in the simulated region, live, and a report at its end."""

import argparse
import json
import signal
import sys

from rich.console import Console

from cli.plain import PlainProgress
from cli.progress import say
from cli.report import report
from cli.screen import Screen
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import simulate
from simulator.scenario.load import load
from simulator.scenario.model import Scenario

WIDE = 160
"""Columns where there is no terminal to ask."""


def run(options: argparse.Namespace) -> int:
    """Simulate and show; the exit code."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends it quietly
    scenario = load(options.scenario)
    say("building the simulated region")
    outcome = _simulated(scenario, options)
    if options.json:
        print(json.dumps(outcome.to_json(), indent=2))
    return 0 if outcome.passed else 1


def _simulated(scenario: Scenario, options: argparse.Namespace) -> Outcome:
    if options.json:
        return simulate(scenario, options.seed, trace=options.trace)
    console = Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, soft_wrap=True, width=WIDE)
    if console.is_terminal:
        with Screen(console, scenario, options.seed) as screen:
            outcome = simulate(scenario, options.seed, observer=screen.show, trace=options.trace)
    else:
        progress = PlainProgress(console, scenario, options.seed)
        outcome = simulate(scenario, options.seed, observer=progress.show, trace=options.trace)
    console.print(report(outcome, scenario))
    return outcome
