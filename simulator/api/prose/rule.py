"""What a rule about a request is."""

from collections.abc import Callable, Mapping
from typing import Any

Request = Mapping[str, Any]
Refused = tuple[str, str]
"""Code and message."""

Rule = Callable[[Request], Refused | None]
Rules = dict[tuple[str, str], Rule]
"""By service and operation."""
