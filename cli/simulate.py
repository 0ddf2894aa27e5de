"""`rollout simulate SCENARIO.json`: one rollout in the simulated region, live, and a report at its end."""

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from cli.plain import PlainProgress
from cli.report import report
from cli.screen import Screen
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import simulate
from simulator.scenario.load import load
from simulator.scenario.model import Scenario

WIDE = 160
"""Columns where there is no terminal to ask."""


def add_to(commands: Any) -> None:
    """Add this command to the parser."""
    command = commands.add_parser(
        "simulate",
        help="run a scenario's rollout in the simulated region",
        description="Run a scenario's rollout in the simulated region: the synthesized state machine and its handlers, "
        "on virtual time. The exit code is 0 only when it ends as the scenario expects and no invariant was broken.",
    )
    command.add_argument("scenario", metavar="SCENARIO.json", type=Path)
    command.add_argument("--seed", type=int, default=1, metavar="N", help="what chance is drawn from (default: 1)")
    command.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    command.add_argument("--trace", type=Path, metavar="FILE", help="write every event to FILE, a JSON object a line")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Simulate and show; the exit code."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends it quietly
    scenario = load(options.scenario)
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
