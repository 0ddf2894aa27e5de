"""Pages of lists: `nextToken` holds the last item's place in the order, so that changes between pages skip nothing."""

import base64
from collections.abc import Callable, Iterable
from typing import TypeVar

from simulator.aws.ecs.errors import InvalidParameter

T = TypeVar("T")

PAGE = 100
"""The most, and unless said otherwise the default, of ECS's lists (botocore, `maxResults` of each)."""


def page(
    items: Iterable[T],
    place: Callable[[T], int | str],
    max_results: int | None,
    next_token: str | None,
    default: int = PAGE,
) -> tuple[list[T], dict[str, str]]:
    """One page of the items in their order, and `{"nextToken": …}` when more follow, else `{}`.

    Raises InvalidParameterException for a foreign token or a page size outside of 1 to 100.
    """
    size = default if max_results is None else max_results
    if not 1 <= size <= PAGE:
        raise InvalidParameter(f"maxResults must be between 1 and {PAGE}.")
    ordered = sorted(items, key=_sortable(place))
    if next_token is not None:
        after = _opened(next_token)
        ordered = [item for item in ordered if _sortable(place)(item) > after]
    shown = ordered[:size]
    return shown, ({"nextToken": _sealed(_sortable(place)(shown[-1]))} if len(ordered) > size else {})


def _sortable(place: Callable[[T], int | str]) -> Callable[[T], str]:
    def text(item: T) -> str:
        where = place(item)
        return f"{where:012d}" if isinstance(where, int) else where

    return text


def _sealed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def _opened(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except ValueError as error:
        raise InvalidParameter("Invalid token.") from error
