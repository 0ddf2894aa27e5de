"""The pictures and the table of the states are the definition's own."""

from typing import Any

from simulator.stepfunctions.definition import all_states
from workflow.picture import block_of, overview, pages


def test_the_pages_show_the_graph_as_it_is(definition: dict[str, Any]) -> None:
    for page, block in pages(definition).items():
        assert block_of(page.read_text()) == block, f"{page.name} is old: make picture"


def test_the_table_has_every_state(definition: dict[str, Any]) -> None:
    (block,) = [block for page, block in pages(definition).items() if page.name == "graph.md"]
    assert all(f"\n| {name} | [" in block for name in all_states(definition))


def test_the_overview_fits_on_a_screen(definition: dict[str, Any]) -> None:
    assert len(all_states(overview(definition))) <= 18
