"""How steps and reports name things: the first few, and how many more."""

from collections.abc import Iterable, Sequence

from handlers.domain.model.fleet import Instance

NAMED = 3


def names(instances: Iterable[Instance]) -> str:
    """Instance ids."""
    return join_first([instance.instance_id for instance in instances])


def pluralize(number: int, what: str) -> str:
    """A number of something."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def join_first(words: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = f" and {len(words) - NAMED} more" if len(words) > NAMED else ""
    return ", ".join(words[:NAMED]) + more
