"""ECS answers partial failures with HTTP 200; whoever does not read them believes in what was not done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.errors import PartialFailure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_ecs.type_defs import FailureTypeDef

GONE = "MISSING"


def only_gone(failures: Sequence[FailureTypeDef], doing: str) -> None:
    """Raise PartialFailure unless all that failed is gone: that is read again next time."""
    others = [each for each in failures if each.get("reason") != GONE]
    if others:
        raise PartialFailure(f"ECS could not {doing}: {others[0].get('arn')}: {others[0].get('reason')}.")
