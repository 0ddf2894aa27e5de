"""Imports run one way."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPS = {"handlers", "boto3", "botocore", "aws_lambda_powertools"}


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports when it runs; what stands under `if TYPE_CHECKING` doesn't."""
    tree = ast.parse(path.read_text())
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def top(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def within(module: str, *places: str) -> bool:
    return any(module == place or module.startswith(f"{place}.") for place in places)


@pytest.mark.parametrize("room", ["handlers", "workflow", "simulator", "cli"])
def test_there_is_something_to_check(room: str) -> None:
    assert len(files(room)) > 5


def test_what_ships_imports_only_what_ships() -> None:
    for path in files("handlers"):
        for module in imports(path):
            assert top(module) in SHIPS | set(sys.stdlib_module_names), f"{path.name} imports {module}"


def test_the_contract_is_standard_library_only() -> None:
    modules = {top(module) for module in imports(ROOT / "handlers" / "contract.py")}
    assert modules <= set(sys.stdlib_module_names)


def test_the_domain_knows_no_aws() -> None:
    for path in files("handlers/domain"):
        for module in imports(path):
            ours = within(module, "handlers.domain", "handlers.contract") or module == "handlers"
            assert ours or top(module) in sys.stdlib_module_names, f"{path.name} imports {module}"


def test_gateways_know_the_domain_and_nothing_above_it() -> None:
    for path in files("handlers/gateways"):
        for module in imports(path):
            if top(module) == "handlers":
                assert within(module, "handlers.domain", "handlers.contract", "handlers.gateways"), module


def test_only_world_builds_clients() -> None:
    for path in files("handlers"):
        if path.name != "world.py":
            assert not any(top(module) == "boto3" for module in imports(path)), path.name


def test_the_workflow_knows_the_contract_and_how_inputs_are_read() -> None:
    for path in files("workflow"):
        for module in imports(path):
            if top(module) == "handlers":
                allowed = (
                    "handlers.contract",
                    *(("handlers.domain.rollout_input",) if path.name == "settings.py" else ()),
                )
                assert module == "handlers" or within(module, *allowed), f"{path.name} imports {module}"
            assert top(module) not in {"cli", "moto"}


def test_the_simulator_knows_neither_cdk_nor_the_code_under_test() -> None:
    for path in files("simulator"):
        for module in imports(path):
            assert top(module) not in {"aws_cdk", "constructs", "workflow", "handlers", "cli"}, f"{path} {module}"


def test_the_command_line_knows_the_simulator_and_only_the_command_that_acts_on_aws_the_handlers() -> None:
    for path in files("cli"):
        for module in imports(path):
            assert top(module) not in {"aws_cdk", "workflow", "moto"}, f"{path} {module}"
            assert top(module) != "handlers" or path.name == "prepare.py", f"{path} {module}"
