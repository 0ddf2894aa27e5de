"""What the README's two commands install: the demo only what the simulator runs with."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
FOR_DEVELOPERS = {"awscli", "boto3-stubs", "cdk-nag", "cfn-lint", "hypothesis", "mypy", "pytest", "ruff"}
NOT_FOR_EXPORT = {"--inexact", "--quiet"}


def recipes(target: str) -> list[str]:
    """All that make would run for the target in a fresh clone."""
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    command = ["make", "--dry-run", "--always-make", "--no-print-directory", target]
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    ).stdout.splitlines()


def installed(sync: str) -> set[str]:
    """The packages that this `uv sync` installs, by the lock file."""
    options = [name for name in sync.partition(" sync ")[2].split() if name not in NOT_FOR_EXPORT]
    export = [UV, "export", *options, "--no-emit-project", "--no-hashes", "--no-annotate", "--quiet"]
    lines = subprocess.run(export, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return {found[0] for line in lines if (found := re.match(r"[a-z0-9][a-z0-9.-]*", line))}


def test_the_demo_installs_what_the_simulator_runs_with_and_nothing_for_developers() -> None:
    (sync,) = [line for line in recipes("demo") if " sync " in line]
    packages = installed(sync)
    assert {"aws-cdk-lib", "boto3", "flask", "moto", "rich"} <= packages
    assert FOR_DEVELOPERS & packages == set()
    assert [package for package in packages if package.startswith(("mypy", "types-"))] == []


def test_the_demo_takes_nothing_from_npm() -> None:
    assert [line for line in recipes("demo") if "npm" in line] == []


@pytest.mark.parametrize("target", ["setup", "test"])
def test_those_who_develop_get_the_rest_on_top(target: str) -> None:
    demo, everything = (installed(line) for line in recipes(target) if " sync " in line)
    assert demo | FOR_DEVELOPERS <= everything
    assert any(line.startswith("npm ci") for line in recipes(target))
