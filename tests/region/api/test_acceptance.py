"""What the compiled check accepts, botocore's validator and the service's own reading accept, too."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from botocore.model import Shape
from botocore.validate import ParamValidator

from simulator.api.requests import CODES, acceptor, operation_model, problems_of
from simulator.iam.needs.of_calls import NEEDS

CALLS = [(service, operation) for service, calls in NEEDS.items() for operation in calls if service in CODES]
ODD: tuple[Any, ...] = (
    None, "", "x", "two words", "\x01", 0, -1, 7, 10**12, 1.5, True, b"x", [], {}, ["x"], {"k": "x"}, [None]
)  # fmt: skip
DRAWS, DEEPEST = 300, 3


def drawn(shape: Shape, chance: Random, odd: float, depth: int = 0) -> Any:
    """A value of the shape; each part is an odd one with that probability."""
    if chance.random() < odd:
        return chance.choice(ODD)
    facts = shape.metadata
    if facts.get("enum"):
        return chance.choice(facts["enum"])
    least = max(facts.get("min", 0), 0)
    makers: dict[str, Callable[[], Any]] = {
        "structure": lambda: _structure(shape, chance, odd, depth),
        "list": lambda: [drawn(shape.member, chance, odd, depth + 1) for _ in range(max(least, chance.randint(0, 2)))],  # type: ignore[attr-defined]
        "map": lambda: {"k": drawn(shape.value, chance, odd, depth + 1)},  # type: ignore[attr-defined]
        "string": lambda: "x" * max(least, 1),
        "boolean": lambda: chance.random() < 0.5,
        "blob": lambda: b"x" * max(least, 1),
        "timestamp": lambda: datetime(2026, 1, 1, tzinfo=UTC),
    }
    return makers.get(shape.type_name, lambda: max(least, 1))()


def _structure(shape: Shape, chance: Random, odd: float, depth: int) -> dict[str, Any]:
    members, required = shape.members, shape.metadata.get("required", ())  # type: ignore[attr-defined]
    more = [name for name in members if name not in required and depth < DEEPEST and chance.random() < 0.2]
    made = {name: drawn(members[name], chance, odd, depth + 1) for name in (*required, *more) if chance.random() > odd}
    return made | ({"NoSuchMember": "x"} if chance.random() < odd else {})


@pytest.mark.parametrize(("service", "operation"), CALLS)
def test_what_is_beyond_doubt_neither_botocore_nor_the_service_refuses(service: str, operation: str) -> None:
    model = operation_model(service, operation)
    assert model is not None
    assert model.input_shape is not None
    shape, chance, beyond_doubt = model.input_shape, Random(operation), acceptor(service, operation)
    accepted = 0
    for number in range(DRAWS):
        request = drawn(shape, chance, odd=0.0 if number % 3 == 0 else 0.03)
        if isinstance(request, dict) and beyond_doubt(request):
            accepted += 1
            assert not ParamValidator().validate(request, shape).has_errors(), request
            assert not problems_of(service, operation, request), request
    assert 0 < accepted < DRAWS, "the draws tell nothing"
