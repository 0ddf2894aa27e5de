"""The cluster query language: what `memberOf` constraints and ListContainerInstances' `filter` are written in.

    attribute:ecs.availability-zone in [eu-west-1a, eu-west-1b] and not (task:group == service:db)

Source: the ECS developer guide, "Cluster query language". A negated operator is the exact complement of the plain
one, so an instance without the attribute satisfies `!=`, `!in` and `!~`, and no ordering.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from simulator.aws.ecs.errors import InvalidParameter
from simulator.aws.ecs.query_attributes import Values, attribute_reader, in_order
from simulator.aws.ecs.state import ContainerInstance

Predicate = Callable[[ContainerInstance], bool]

MAX_LENGTH = 2000
"""Characters of one expression (botocore, `PlacementConstraint.expression`)."""

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<quoted>"[^"]*"|'[^']*')
      | (?P<symbol>!exists\b|!in\b|==|!=|>=|<=|=~|!~|&&|\|\||[()\[\],<>!])
      | (?P<word>[^\s()\[\],=!<>&|"']+)
    )""",
    re.VERBOSE,
)
_NAMES = {
    "equals": "==", "not_equals": "!=", "in": "in", "not_in": "!in", "matches": "=~", "not_matches": "!~",
    "exists": "exists", "not_exists": "!exists", "greater_than": ">", "greater_than_equal": ">=",
    "less_than": "<", "less_than_equal": "<=", "and": "&&", "or": "||", "not": "!",
}  # fmt: skip
_ORDER: dict[str, Callable[[int], bool]] = {
    ">": lambda sign: sign > 0,
    ">=": lambda sign: sign >= 0,
    "<": lambda sign: sign < 0,
    "<=": lambda sign: sign <= 0,
}
_OPERATORS = {"==", "!=", "in", "!in", "=~", "!~", "exists", "!exists", *_ORDER}


@lru_cache(maxsize=512)
def compiled(expression: str) -> Predicate:
    """The expression as a question to one container instance; raises InvalidParameterException when it is none."""
    if len(expression) > MAX_LENGTH:
        raise InvalidParameter(f"The expression is longer than {MAX_LENGTH} characters.")
    parser = _Parser(expression)
    predicate = parser.either()
    parser.finish()
    return predicate


class _Parser:
    """Recursive descent; `or` binds weaker than `and`, `and` weaker than `not`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def either(self) -> Predicate:
        left = self.both()
        while self._accept("||"):
            left = _any(left, self.both())
        return left

    def both(self) -> Predicate:
        left = self.negated()
        while self._accept("&&"):
            left = _all(left, self.negated())
        return left

    def negated(self) -> Predicate:
        if self._accept("!"):
            return _not(self.negated())
        if self._accept("("):
            inner = self.either()
            self._expect(")")
            return inner
        return self._comparison()

    def finish(self) -> None:
        if self.text[self.at :].strip():
            raise self._wrong()

    def _comparison(self) -> Predicate:
        read = attribute_reader(self._value())
        if read is None:
            raise self._wrong()
        operator = self._next()
        if operator not in _OPERATORS:
            raise self._wrong()
        test = self._test(operator.removeprefix("!") if operator != "!=" else "==")
        return _matching(read, _complement(test) if operator.startswith("!") else test)

    def _test(self, operator: str) -> Callable[[Values], bool]:
        if operator == "exists":
            return bool
        if operator == "in":
            wanted = frozenset(self._list())
            return lambda values: not wanted.isdisjoint(values)
        if operator in ("=~", "~"):
            pattern = self._pattern()
            return lambda values: any(pattern.fullmatch(value) for value in values)
        argument = self._value()
        if operator == "==":
            return lambda values: argument in values
        accepts = _ORDER[operator]
        return lambda values: any(accepts(in_order(value, argument)) for value in values)

    def _list(self) -> list[str]:
        self._expect("[")
        items = [self._value()]
        while self._accept(","):
            items.append(self._value())
        self._expect("]")
        return items

    def _pattern(self) -> re.Pattern[str]:
        """A regular expression runs to the next space or to a parenthesis that it did not open itself."""
        start, depth = self.at + len(self.text[self.at :]) - len(self.text[self.at :].lstrip()), 0
        end = start
        while end < len(self.text) and not self.text[end].isspace():
            depth += {"(": 1, ")": -1}.get(self.text[end], 0)
            if depth < 0:
                break
            end += 1
        self.at = end
        try:
            return re.compile(self.text[start:end].strip("\"'"))
        except re.error as error:
            raise self._wrong() from error

    def _value(self) -> str:
        found = _TOKEN.match(self.text, self.at)
        if not found or found["symbol"]:
            raise self._wrong()
        self.at = found.end()
        return found["quoted"][1:-1] if found["quoted"] else found["word"]

    def _next(self) -> str:
        found = _TOKEN.match(self.text, self.at)
        if not found:
            return ""
        self.at = found.end()
        token = found["symbol"] or found["word"] or ""
        return _NAMES.get(token, token)

    def _accept(self, token: str) -> bool:
        before = self.at
        if self._next() == token:
            return True
        self.at = before
        return False

    def _expect(self, token: str) -> None:
        if not self._accept(token):
            raise self._wrong()

    def _wrong(self) -> InvalidParameter:
        return InvalidParameter(f"Invalid cluster query expression near position {self.at}: {self.text}")


def _matching(read: Callable[[ContainerInstance], Values], test: Callable[[Values], bool]) -> Predicate:
    return lambda instance: test(read(instance))


def _complement(test: Callable[[Values], bool]) -> Callable[[Values], bool]:
    return lambda values: not test(values)


def _not(inner: Predicate) -> Predicate:
    return lambda instance: not inner(instance)


def _any(left: Predicate, right: Predicate) -> Predicate:
    return lambda instance: left(instance) or right(instance)


def _all(left: Predicate, right: Predicate) -> Predicate:
    return lambda instance: left(instance) and right(instance)
