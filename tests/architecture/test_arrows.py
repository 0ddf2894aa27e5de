"""Imports run one way."""

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPS = {"handlers", "boto3", "botocore", "aws_lambda_powertools"}
STUBS = "mypy_boto3_"
"""Types of boto3's clients: the only thing that may be imported for a type checker alone."""

# Each layer with those that it may import beside itself.
HANDLERS = {
    "errors": (),
    "payloads": ("errors",),
    "catalogue": ("payloads",),
    "domain": ("errors", "payloads"),
    "aws": ("errors", "domain"),
    "store": ("errors", "domain"),
    "runtime": ("errors", "payloads", "catalogue", "domain", "aws", "store"),
    "overrides": ("errors", "payloads", "domain", "aws", "runtime"),
    "planning": ("errors", "payloads", "domain", "aws", "store", "runtime"),
    "states": ("errors", "payloads", "catalogue", "domain", "aws", "store", "runtime", "overrides", "planning"),
    "triggers": ("errors", "catalogue", "domain", "aws", "store", "runtime", "planning"),
}
DOMAIN = {
    "model": (),
    "formatting": ("model",),
    "input": ("model",),
    "strategies": ("input", "model"),
    "decision": ("formatting", "model"),
}
SIMULATOR = {
    "kernel": (),
    "scenario": ("kernel",),
    "api": ("kernel",),
    "iam": (),
    "aws": ("kernel", "api", "iam", "scenario"),
    "stepfunctions": ("kernel", "api"),
    "region": ("kernel", "api", "aws", "iam", "scenario", "stepfunctions"),
    "full_mode": ("api", "aws", "region", "stepfunctions"),
    "in_process": ("kernel", "api", "aws", "region", "stepfunctions"),
    "cloudformation_region": ("api", "full_mode", "stepfunctions"),
    "seeding": ("aws", "scenario", "region"),
    "faults": ("kernel", "api", "aws", "scenario", "stepfunctions", "region"),
    "operators": ("scenario", "stepfunctions", "region"),
    "triggers": ("kernel", "aws", "iam", "stepfunctions", "region"),
    "invariants": ("kernel", "api", "aws", "iam", "scenario", "stepfunctions", "region", "faults"),
    "simulation": (
        "scenario", "region", "full_mode", "in_process", "cloudformation_region", "seeding", "faults", "operators",
        "triggers",
    ),
    "cdk_output": (),
    "runs": (
        "kernel", "api", "aws", "scenario", "stepfunctions", "region", "seeding", "faults", "operators", "triggers",
        "invariants", "simulation", "cdk_output",
    ),
}  # fmt: skip


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, whether it runs or is only looked at by a type checker."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def within(module: str, *places: str) -> bool:
    return any(module == place or module.startswith(f"{place}.") for place in places)


def top(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def layer_of(module: str, package: str) -> str | None:
    """The layer that a module of the package is in; None for the package itself."""
    return module.removeprefix(f"{package}.").split(".", maxsplit=1)[0] if module != package else None


@pytest.mark.parametrize("package", ["handlers", "workflow", "simulator", "cli"])
def test_there_is_something_to_check(package: str) -> None:
    assert len(files(package)) > 5


@pytest.mark.parametrize(
    ("package", "layers"),
    [("handlers", HANDLERS), ("handlers.domain", DOMAIN), ("simulator", SIMULATOR)],
    ids=["handlers", "domain", "simulator"],
)
def test_layers_import_only_what_is_below_them(package: str, layers: Mapping[str, tuple[str, ...]]) -> None:
    below: set[str] = set()
    for layer, allowed in layers.items():
        assert set(allowed) <= below, f"{layer} is listed above what it may import"
        below.add(layer)
    for path in files(package.replace(".", "/")):
        layer = layer_of(module_of(path), package)
        if layer is None:
            continue
        assert layer in layers, f"{path} is in no layer"
        for module in imports(path):
            if within(module, package):
                found = layer_of(module, package)
                assert found in (layer, *layers[layer]), f"{path.relative_to(ROOT)} imports {module}"


def test_no_modules_import_each_other_in_a_circle() -> None:
    paths = {
        module_of(path): path for package in ("handlers", "simulator", "workflow", "cli") for path in files(package)
    }
    known: dict[str, set[str]] = {}
    for name, path in paths.items():
        found = {module if module in paths else module.rsplit(".", 1)[0] for module in imports(path)}
        known[name] = {module for module in found if module in paths} - {name}
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " → ".join((*way[way.index(name) :], name)) if name in way else ""
        if name not in done:
            for each in sorted(known[name]):
                visit(each, (*way, name))
            done.add(name)

    for name in paths:
        visit(name, ())


@pytest.mark.parametrize("package", ["states", "triggers"])
def test_functions_never_import_each_other(package: str) -> None:
    entrances = [path for path in files(f"handlers/{package}") if "@task_handler(" in path.read_text()]
    assert entrances
    for path in entrances:
        for module in imports(path):
            assert not any(within(module, module_of(each)) for each in entrances), f"{path.name} imports {module}"


def test_only_stubs_are_imported_for_a_type_checker_alone() -> None:
    for package in ("handlers", "workflow", "simulator", "cli"):
        for path in files(package):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
                    modules = [each.module or "" for each in node.body if isinstance(each, ast.ImportFrom)]
                    assert len(modules) == len(node.body), path
                    assert all(
                        top(module) in sys.stdlib_module_names or module.startswith(STUBS) for module in modules
                    ), path


def test_what_ships_imports_only_what_ships() -> None:
    for path in files("handlers"):
        for module in imports(path):
            known = top(module) in SHIPS | set(sys.stdlib_module_names) or module.startswith(STUBS)
            assert known, f"{path.name} imports {module}"


@pytest.mark.parametrize("path", ["handlers/errors.py", "handlers/payloads.py", "handlers/catalogue.py"])
def test_what_graph_and_handlers_share_is_standard_library_only(path: str) -> None:
    assert {top(module) for module in imports(ROOT / path)} <= {*sys.stdlib_module_names, "handlers"}


def test_the_domain_is_pure() -> None:
    for path in files("handlers/domain"):
        for module in imports(path):
            assert top(module) in {*sys.stdlib_module_names, "handlers"}, f"{path.name} imports {module}"


def test_only_one_module_builds_clients() -> None:
    for path in files("handlers"):
        if path != ROOT / "handlers" / "runtime" / "clients.py":
            assert not any(top(module) == "boto3" for module in imports(path)), path.name


def test_the_workflow_knows_what_it_shares_with_the_handlers_and_how_inputs_are_read() -> None:
    shared = ("handlers.errors", "handlers.payloads", "handlers.catalogue")
    for path in files("workflow"):
        allowed = (*shared, "handlers.domain.input.rollout_input") if path.name == "settings.py" else shared
        for module in imports(path):
            assert top(module) != "handlers" or within(module, *allowed), f"{path.name} imports {module}"
            assert top(module) not in {"cli", "moto"}


def test_the_simulator_knows_neither_cdk_nor_the_code_under_test_but_the_names_of_its_states() -> None:
    for path in files("simulator"):
        for module in imports(path):
            assert top(module) not in {"aws_cdk", "constructs", "workflow", "cli"}, f"{path} {module}"
            assert top(module) != "handlers" or within(module, "handlers.catalogue"), f"{path} {module}"


def test_the_command_line_knows_the_simulator_and_only_the_command_that_acts_on_aws_the_handlers() -> None:
    for path in files("cli"):
        for module in imports(path):
            assert top(module) not in {"aws_cdk", "workflow", "moto"}, f"{path} {module}"
            names = within(module, "handlers.catalogue")
            assert top(module) != "handlers" or names or path.name == "prepare.py", f"{path} {module}"


def test_nothing_after_the_plan_asks_for_the_strategy() -> None:
    """A plan says what it means in its topology, stages and moves; which strategy made them is planning's business."""
    asked = {"target_group", "after", "managed"}
    for path in files("handlers"):
        module = module_of(path)
        if within(module, "handlers.planning", "handlers.domain.strategies", "handlers.domain.input"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute):
                owner = getattr(node.value, "attr", getattr(node.value, "id", ""))
                strategies = {"plan", "spec"} & {owner} and node.attr in {"strategy", *asked}
                assert not strategies, f"{path.relative_to(ROOT)}:{node.lineno} asks for {owner}.{node.attr}"
            if isinstance(node, ast.Name | ast.Attribute) and module != "handlers.domain.model.topology":
                name = getattr(node, "attr", getattr(node, "id", ""))
                assert name not in {"OneGroup", "TwoGroups"}, f"{path.relative_to(ROOT)}:{node.lineno} tells them apart"
