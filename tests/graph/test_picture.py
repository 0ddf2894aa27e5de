"""The README's picture is the definition's own."""

from workflow.picture import README, block_of, picture


def test_the_readme_shows_the_graph_as_it_is(definition: dict[str, object]) -> None:
    assert block_of(README.read_text()) == picture(definition), "the picture is old: make picture"
