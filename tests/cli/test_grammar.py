"""The command's grammar: it answers before anything heavy is imported, and says what the simulator says."""

import argparse
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from cli import grammar
from simulator.runs.http_server import serve
from simulator.runs.turnaround import scenarios

ROOT = Path(__file__).parents[2]
HEAVY = {"aws_cdk", "boto3", "botocore", "flask", "jsii", "jsonschema", "moto", "rich", "simulator", "handlers"}
IMPORTED = """
import sys
from ecs_ami_rollout.program import main
try:
    main(sys.argv[1:])
except SystemExit as ended:
    print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
    raise
"""


def commands() -> dict[str, argparse.ArgumentParser]:
    (found,) = (action for action in grammar.parser()._actions if isinstance(action, argparse._SubParsersAction))
    return dict(found.choices)


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], *([name, "--help"] for name in commands())], ids=" ".join
)
def test_help_is_given_before_anything_heavy_is_imported(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout
    assert {"cli", "argparse"} <= set(done.stderr.split())
    assert HEAVY & set(done.stderr.split()) == set()


def test_every_command_is_a_module_that_can_be_run() -> None:
    assert len(commands()) >= 10
    for name, command in commands().items():
        module = command.get_default("module")
        assert module == name.replace("-", "_")
        assert callable(import_module(f"cli.{module}").run)
        assert isinstance(command.get_default("takes_stack"), bool)


def test_what_the_grammar_repeats_is_what_the_simulator_says() -> None:
    assert inspect.signature(serve).parameters["speed"].default == grammar.SPEED
    assert scenarios.STRATEGIES == grammar.STRATEGIES
