"""Every input that the pages show is one: by the schema, and by the code."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from handlers.domain.input.action_input import is_action, read_action
from handlers.domain.input.rollout_input import read_input

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "input.schema.json").read_text())
PAGES = ("README.md", "docs/input.md", "docs/strategies.md")
BLOCK = re.compile(r"^```json\n(.*?)^```$", re.DOTALL | re.MULTILINE)
INPUTS = [
    pytest.param(block, id=f"{page}-{number}")
    for page in PAGES
    for number, block in enumerate(BLOCK.findall((ROOT / page).read_text()))
    if '"cluster"' in block
] + [pytest.param(path.read_text(), id=path.stem) for path in sorted((ROOT / "examples" / "inputs").glob("*.json"))]


def test_there_are_inputs_to_read() -> None:
    assert len(INPUTS) >= 18


@pytest.mark.parametrize("block", INPUTS)
def test_a_documented_input_is_valid(block: str) -> None:
    data = json.loads(block)
    assert Draft202012Validator(SCHEMA).is_valid(data)
    assert read_action(data) if is_action(data) else read_input(data)
