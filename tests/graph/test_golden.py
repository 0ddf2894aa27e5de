"""The definition changes on purpose only: `make golden` rewrites the golden file, a reader sees the difference."""

import json
from pathlib import Path
from typing import Any

import pytest

GOLDEN = Path(__file__).parents[1] / "golden" / "definition.json"


def test_the_definition_is_the_golden_one(definition: dict[str, Any], request: pytest.FixtureRequest) -> None:
    text = json.dumps(definition, indent=2, sort_keys=True) + "\n"
    if request.config.getoption("--golden"):
        GOLDEN.write_text(text)
    assert GOLDEN.read_text() == text, "the definition has changed; if that is meant: make golden"
