"""A DynamoDB table as the rollout table is used: items by `pk`, written under conditions.

Of the expression language it knows SET (values, if_not_exists, list_append), REMOVE, ADD, and conditions of
comparisons, attribute_exists and attribute_not_exists with AND, OR and parentheses. Anything else is refused.
"""

import copy
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from simulator.api.dispatch import ApiError
from simulator.stepfunctions.walker.json_path import NotSupportedInProcess

Item = dict[str, Any]
TOKEN = re.compile(r"\s*(<=|>=|<>|[=<>(),]|[#:]?[A-Za-z_][A-Za-z0-9_]*)")
CLAUSES = ("SET", "REMOVE", "ADD")
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left is not None and left < right,
    ">": lambda left, right: left is not None and left > right,
}


class DynamoDb:
    """GetItem, PutItem, UpdateItem, DeleteItem on tables of the stack.

    Nothing of an item is ever changed in place: a write copies what it is given, and makes another item.
    """

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, Item]] = {}

    def get_item(self, **request: Any) -> dict[str, Any]:
        """The item, or none."""
        item = self._table(request).get(_key(request["Key"]))
        return {} if item is None else {"Item": item}

    def put_item(self, **request: Any) -> dict[str, Any]:
        """Put it, if the condition holds for what is there."""
        table, pk = self._table(request), _key(request["Item"], "Missing the key pk in the item")
        _check(request, table.get(pk, {}))
        table[pk] = copy.deepcopy(request["Item"])
        return {}

    def update_item(self, **request: Any) -> dict[str, Any]:
        """Change it, or make it, if the condition holds."""
        table, pk = self._table(request), _key(request["Key"])
        before = table.get(pk, {})
        _check(request, before)
        after = {**before, **request["Key"]}
        _Update(request, before, after).run()
        table[pk] = after
        return {}

    def delete_item(self, **request: Any) -> dict[str, Any]:
        """Delete it, if the condition holds; one that is not there stays so."""
        table, pk = self._table(request), _key(request["Key"])
        _check(request, table.get(pk, {}))
        table.pop(pk, None)
        return {}

    def _table(self, request: dict[str, Any]) -> dict[str, Item]:
        name = request["TableName"]
        if name not in self.tables:
            raise ApiError("ResourceNotFoundException", "Requested resource not found")
        return self.tables[name]


def _key(attributes: Item, missing: str = "The provided key element does not match the schema") -> str:
    """The key, which is a text. Raises ApiError, ValidationException, for what is none."""
    if "pk" not in attributes:
        raise _invalid(missing)
    if "S" not in attributes["pk"]:
        raise _invalid("Type mismatch for key pk expected: S")
    if not attributes["pk"]["S"]:
        raise _invalid("The AttributeValue for a key attribute cannot contain an empty string value. Key: pk")
    return str(attributes["pk"]["S"])


def _invalid(why: str) -> ApiError:
    return ApiError("ValidationException", f"One or more parameter values are not valid. {why}")


@lru_cache(maxsize=256)
def _tokens(expression: str) -> tuple[str, ...]:
    found, place = [], 0
    while place < len(expression.rstrip()):
        token = TOKEN.match(expression, place)
        if token is None:
            raise NotSupportedInProcess(f"{expression[place:]!r} in an expression")
        found.append(token[1])
        place = token.end()
    return tuple(found)


def _check(request: dict[str, Any], item: Item) -> None:
    if "ConditionExpression" in request and not _Condition(request, item).holds():
        raise ApiError("ConditionalCheckFailedException", "The conditional request failed")


class _Expression:
    """A cursor over an expression's tokens, with the names and values of its request."""

    def __init__(self, expression: str, request: dict[str, Any], item: Item) -> None:
        self.tokens, self.place = _tokens(expression), 0
        self._names = request.get("ExpressionAttributeNames", {})
        self._values = request.get("ExpressionAttributeValues", {})
        self.item = item

    @property
    def next(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, *expected: str) -> str:
        token = self.next
        if not token or (expected and token not in expected):
            raise NotSupportedInProcess(f"{token!r} where one of {expected} was expected")
        self.place += 1
        return token

    def name(self) -> str:
        token = self.take()
        return str(self._names[token]) if token.startswith("#") else token

    def operand(self) -> Any:
        """A value, an attribute's value (None where it is not there), or a function's."""
        token = self.next
        if token.startswith(":"):
            return self._values[self.take()]
        if token in ("if_not_exists", "list_append"):
            return self._function(self.take())
        return self.item.get(self.name())

    def _function(self, function: str) -> Any:
        self.take("(")
        first = self.operand()
        self.take(",")
        second = self.operand()
        self.take(")")
        if function == "if_not_exists":
            return second if first is None else first
        return {"L": [*first["L"], *second["L"]]}


class _Condition(_Expression):
    def __init__(self, request: dict[str, Any], item: Item) -> None:
        super().__init__(request["ConditionExpression"], request, item)

    def holds(self) -> bool:
        found = self._either()
        if self.next:
            raise NotSupportedInProcess(f"{self.next!r} after a condition")
        return found

    def _either(self) -> bool:
        found = self._all()
        while self.next == "OR":
            self.take("OR")
            found = self._all() or found
        return found

    def _all(self) -> bool:
        found = self._one()
        while self.next == "AND":
            self.take("AND")
            found = self._one() and found
        return found

    def _one(self) -> bool:
        if self.next == "(":
            self.take("(")
            found = self._either()
            self.take(")")
            return found
        if self.next in ("attribute_exists", "attribute_not_exists"):
            wanted = self.take() == "attribute_exists"
            self.take("(")
            there = self.name() in self.item
            self.take(")")
            return there is wanted
        left = self.operand()
        compare = COMPARISONS[self.take(*COMPARISONS)]
        return compare(_number_or_text(left), _number_or_text(self.operand()))


class _Update(_Expression):
    def __init__(self, request: dict[str, Any], before: Item, after: Item) -> None:
        super().__init__(request["UpdateExpression"], request, before)
        self._after = after

    def run(self) -> None:
        while self.next:
            clause = self.take(*CLAUSES)
            for change in self._changes(clause):
                change()

    def _changes(self, clause: str) -> Iterator[Callable[[], None]]:
        while True:
            yield from self._change(clause)
            if self.next != ",":
                return
            self.take(",")

    def _change(self, clause: str) -> Iterator[Callable[[], None]]:
        name = self.name()
        if name == "pk":
            raise _invalid("Cannot update attribute pk. This attribute is part of the key")
        if clause == "REMOVE":
            self._after.pop(name, None)
        elif clause == "SET":
            self.take("=")
            value = self.operand()
            if value is None:
                raise _invalid("The provided expression refers to an attribute that does not exist in the item")
            self._after[name] = copy.deepcopy(value)
        else:
            more = int(self.operand()["N"])
            self._after[name] = {"N": str(int(self.item.get(name, {"N": "0"})["N"]) + more)}
        yield from ()


def _number_or_text(value: Any) -> Any:
    if value is None:
        return None
    ((kind, inner),) = value.items()
    return float(inner) if kind == "N" else inner
