"""What answers are made of: their members, the members' types, and the words that a member can have.

Compared are two sets of answers of the same calls. Not compared are values that are another one each time.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationNotFoundError, ServiceModel, Shape

from simulator.runs.recordings.calls import Call, answer_of

WORDY = re.compile(r"(status|state|type|code|lifecycle|mode|controller|strategy|architecture)$", re.IGNORECASE)
"""Members whose values are words of the service's, though its model often has no enum of them."""
WORD = re.compile(r"[A-Za-z][A-Za-z_:]{0,50}")
TYPES = {bool: "boolean", int: "integer", float: "number", str: "text", dict: "object", list: "list"}


@dataclass
class Answers:
    """What the answers of one operation are made of. Paths are like `services[].deployments[].status`."""

    outcomes: set[tuple[int, str]] = field(default_factory=set)  # HTTP status and error code, "" where it succeeded
    present: Counter[str] = field(default_factory=Counter)
    types: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    words: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def always(self, path: str) -> bool:
        """Whether it is there wherever what holds it is."""
        return self.present[path] >= self.present[_holder(path)]


def gathered(calls: Iterable[Call]) -> dict[str, Answers]:
    """By `service:Operation`."""
    found: dict[str, Answers] = defaultdict(Answers)
    for call in calls:
        answers, answer = found[f"{call['service']}:{call['operation']}"], answer_of(call)
        status = answer.pop("ResponseMetadata", {}).get("HTTPStatusCode") or 0
        error = answer.pop("Error", None)
        answers.outcomes.add((status, error["Code"] if error else ""))
        if error is None:
            _gather(answers, _output(call["service"], call["operation"]), answer, "")
    return dict(found)


def differences(account: list[Call], region: list[Call]) -> list[str]:
    """Where the region answers otherwise than the account did, a line each.

    The region is looked at more often than the account, so what the account never had counts only where the region
    always has it, and what the region never had always.
    """
    ours, theirs = gathered(region), gathered(account)
    found = list(_of_the_same_requests(account, region))
    for name in sorted(theirs):
        if name not in ours:
            found.append(f"{name}: the region was never asked")
            continue
        found += [f"{name}: {line}" for line in _between(theirs[name], ours[name])]
    return found


def _of_the_same_requests(account: list[Call], region: list[Call]) -> Iterator[str]:
    """Requests that both got: the status and the error's code."""
    outcomes: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for call in region:
        outcomes[_request(call)].add(_outcome(call))
    for call in account:
        ours = outcomes.get(_request(call))
        if ours is not None and _outcome(call) not in ours:
            (said, *_) = sorted(ours)
            yield f"{call['service']}:{call['operation']}: {_shown(_outcome(call))}, the region {_shown(said)}"


def _between(theirs: Answers, ours: Answers) -> Iterator[str]:
    for path in sorted(theirs.present):
        if path not in ours.present and _known(ours, path):
            yield f"the region never has {path}"
    for path in sorted(ours.present):
        if path not in theirs.present and _known(theirs, path) and ours.always(path):
            yield f"the account never has {path}"
    for path in sorted(theirs.present.keys() & ours.present.keys()):
        if more := theirs.types[path] - ours.types[path]:
            yield f"{path} is {_listed(more)}, in the region {_listed(ours.types[path])}"
        if path in ours.words and (more := theirs.words[path] - ours.words[path]):
            yield f"{path} can be {_listed(more)}, in the region it is {_listed(ours.words[path]) or 'no word'}"
    codes = {outcome for outcome in theirs.outcomes if outcome[1]} - ours.outcomes
    yield from (f"can answer {_shown(outcome)}, the region did not" for outcome in sorted(codes))


def _gather(answers: Answers, shape: Shape | None, value: Any, path: str) -> None:
    if value is None:
        return
    answers.present[path] += 1
    answers.types[path].add(TYPES.get(type(value), "moment"))
    if isinstance(value, dict) and shape is not None and shape.type_name == "map":
        for item in value.values():
            _gather(answers, shape.value, item, f"{path}{{}}")  # type: ignore[attr-defined]
    elif isinstance(value, dict):
        members = getattr(shape, "members", {})
        for name, item in value.items():
            _gather(answers, members.get(name), item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for item in value:
            _gather(answers, getattr(shape, "member", None), item, f"{path}[]")
    elif isinstance(value, str) and _is_a_word(shape, path, value):
        answers.words[path].add(value)


def _is_a_word(shape: Shape | None, path: str, value: str) -> bool:
    has_enum = bool(shape is not None and shape.metadata.get("enum"))
    return has_enum or bool(WORDY.search(path) and WORD.fullmatch(value))


def _holder(path: str) -> str:
    """The path of what holds that member."""
    for end in ("[]", "{}"):
        if path.endswith(end):
            return path.removesuffix(end)
    return path.rpartition(".")[0]


def _known(answers: Answers, path: str) -> bool:
    """Whether the other side had what holds it, so that it could have had it."""
    holder = _holder(path)
    return holder in answers.present and not path.endswith(("[]", "{}"))


def _request(call: Call) -> str:
    return f"{call['service']} {call['operation']} {call['request']!r}"


def _outcome(call: Call) -> tuple[int, str]:
    answer = answer_of(call)
    return answer["ResponseMetadata"]["HTTPStatusCode"] or 0, answer.get("Error", {}).get("Code", "")


def _shown(outcome: tuple[int, str]) -> str:
    return f"{outcome[0]} {outcome[1]}".rstrip()


def _listed(things: Iterable[str]) -> str:
    return ", ".join(sorted(things))


_MODELS: dict[str, ServiceModel] = {}


def _output(service: str, operation: str) -> Shape | None:
    if service not in _MODELS:
        _MODELS[service] = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    try:
        shape: Shape | None = _MODELS[service].operation_model(operation).output_shape
    except OperationNotFoundError:
        return None
    return shape
