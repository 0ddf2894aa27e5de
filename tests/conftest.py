"""For all tests: the synthesized stack, its definition, and how hypothesis looks for counterexamples."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from simulator.cdk_output import ensure_synthesized
from simulator.stepfunctions.deployed_stack import load

FOLLOWING = Path(__file__).parents[1] / "examples" / "follow-public-parameter.toml"

settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("here"), print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
os.environ.setdefault("AWS_ACCESS_KEY_ID", "simulated")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "simulated")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="rewrite the golden definition on purpose")


@pytest.fixture(scope="session")
def cdk_out() -> Path:
    """Where the synthesized template and its asset lie."""
    return ensure_synthesized()


@pytest.fixture(scope="session")
def following() -> Path:
    """The same with settings by which a cluster follows AWS's public parameter: the shipped ones start nothing."""
    return ensure_synthesized(FOLLOWING)


@pytest.fixture(scope="session")
def template(cdk_out: Path) -> dict[str, Any]:
    """The synthesized CloudFormation template."""
    return json.loads((cdk_out / "EcsAmiRollout.template.json").read_text())  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def definition(cdk_out: Path) -> dict[str, Any]:
    """The state machine's definition, its ARNs resolved."""
    return json.loads(load(cdk_out).machine.definition)  # type: ignore[no-any-return]
