"""Lists in pages: an opaque token says where the next page begins."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from simulator.api.dispatch import ApiError

T = TypeVar("T")


def page(
    items: Sequence[T], token: str | None, size: int, bad_token: str = "InvalidNextToken"
) -> tuple[list[T], str | None]:
    """The page that `token` names (the first without one) and the next page's token, None at the end.

    Raises ApiError with the code `bad_token` for a token that this function did not make.
    """
    start = _start(token, bad_token) if token else 0
    end = start + size
    return list(items[start:end]), _token(end) if end < len(items) else None


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"page:{offset}".encode()).decode()


def _start(token: str, bad_token: str) -> int:
    try:
        kind, _, offset = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if kind == "page":
            return int(offset)
    except (binascii.Error, ValueError):
        pass
    raise ApiError(bad_token, f"The token '{token}' is invalid.")
