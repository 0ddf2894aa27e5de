"""A class has one name, and a name one class: who reads it need not ask which."""

import ast
from collections import defaultdict

import pytest

from tests.architecture.test_arrows import files


@pytest.mark.parametrize("package", ["handlers", "simulator"])
def test_class_names_are_unique(package: str) -> None:
    """Within a package; classes that begin with an underscore are their module's own matter."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in files(package):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(path.name)
    assert found
    assert {name: places for name, places in found.items() if len(places) > 1} == {}
