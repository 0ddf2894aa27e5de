"""Condition blocks: operator → key → values (IAM JSON policy elements: Condition operators).

Keys know no case. A key that the request has not: a condition fails, but one that is negated or ends in `IfExists`
holds. Several values of a statement are alternatives, all of them excluded where the operator is negated.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simulator.iam.patterns import arn_like, like

Context = Mapping[str, str | Sequence[str]]
"""What is known of a request, by condition key; several values where a key has many."""

ANY, ALL, IF_EXISTS, NULL = "ForAnyValue:", "ForAllValues:", "IfExists", "Null"


class UnknownOperator(ValueError):
    """A condition operator that is not evaluated here."""


def _same(wanted: str, seen: str) -> bool:
    return wanted == seen


def _same_in_any_case(wanted: str, seen: str) -> bool:
    return wanted.casefold() == seen.casefold()


def _number(holds: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def compare(wanted: str, seen: str) -> bool:
        try:
            return holds(float(seen), float(wanted))
        except ValueError:
            return False

    return compare


POSITIVE: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": _same,
    "StringEqualsIgnoreCase": _same_in_any_case,
    "StringLike": like,
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "Bool": _same_in_any_case,
    "NumericEquals": _number(lambda seen, wanted: seen == wanted),
    "NumericLessThan": _number(lambda seen, wanted: seen < wanted),
    "NumericLessThanEquals": _number(lambda seen, wanted: seen <= wanted),
    "NumericGreaterThan": _number(lambda seen, wanted: seen > wanted),
    "NumericGreaterThanEquals": _number(lambda seen, wanted: seen >= wanted),
}
NEGATED: dict[str, Callable[[str, str], bool]] = {
    "StringNotEquals": _same,
    "StringNotEqualsIgnoreCase": _same_in_any_case,
    "StringNotLike": like,
    "ArnNotEquals": arn_like,
    "ArnNotLike": arn_like,
    "NumericNotEquals": POSITIVE["NumericEquals"],
}


def hold(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Whether all conditions of a statement hold. Raises UnknownOperator."""
    known = {key.casefold(): value for key, value in context.items()}
    return all(
        _holds(operator, as_list(wanted), known.get(key.casefold()))
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _holds(operator: str, wanted: list[str], seen: str | Sequence[str] | None) -> bool:
    if operator == NULL:
        return (seen is None) is (wanted == ["true"])
    of_all, of_any = operator.startswith(ALL), operator.startswith(ANY)
    name = operator.removeprefix(ALL).removeprefix(ANY)
    lenient, name = name.endswith(IF_EXISTS), name.removesuffix(IF_EXISTS)
    negated = name in NEGATED
    test = NEGATED.get(name) or POSITIVE.get(name)
    if test is None:
        raise UnknownOperator(f"the condition operator {operator} is not evaluated here")
    values = as_list(seen) if seen is not None else []
    if not values:
        return lenient or of_all or (negated and not of_any)
    each = [any(test(one, value) for one in wanted) is not negated for value in values]
    if of_any:
        return any(each)
    return all(each) if of_all or negated else any(each)


def as_list(value: Any) -> list[str]:
    """A value, or several, as policies write both: a list of texts."""
    values = value if isinstance(value, (list, tuple)) else [value]
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in values]
