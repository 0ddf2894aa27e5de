"""How many instances: as a number, or as a percentage of the node group's size."""

import math

Amount = int | str


def count(amount: Amount, size: int, *, up: bool) -> int:
    """`amount` in instances; a percentage of the size, rounded up (a surge: at least 1) or down (what is missing)."""
    if isinstance(amount, int):
        return amount
    share = size * int(amount.rstrip("%")) / 100
    return max(1, math.ceil(share)) if up else math.floor(share)
