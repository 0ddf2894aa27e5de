"""What happens in the course of a scenario: what goes wrong, and who answers the rollout."""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, TypeAdapter, ValidationInfo

from simulator.scenario.failures import FAILURES
from simulator.scenario.interventions import INTERVENTIONS
from simulator.scenario.part import Part
from simulator.scenario.state_names import as_it_is_now
from simulator.scenario.values import Omittable, OneOf, Positive, Seconds, Text


def snake_case(name: str) -> str:
    """A class's name as the format has it."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


KINDS = {snake_case(kind.__name__): kind for kind in (*FAILURES, *INTERVENTIONS)}
State = Annotated[Text, AfterValidator(as_it_is_now)]


@cache
def parameters_of(kind: str) -> TypeAdapter[Part]:
    """What reads the parameters of that kind of fault."""
    return TypeAdapter(KINDS[kind])


def _of_its_kind(given: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
    if "kind" in info.data:
        parameters_of(info.data["kind"]).validate_json(json.dumps(given))
    return given


Kind = Annotated[str, OneOf(KINDS)]
Parameters = Annotated[dict[str, Any], AfterValidator(_of_its_kind), Field(alias="with", validate_default=True)]


@dataclass(frozen=True)
class Fault(Part):
    """Something that goes wrong, at a moment or at a state."""

    exactly_one: ClassVar = ("at", "state")

    kind: Kind
    """What goes wrong; `with` takes the parameters named for it below."""
    at: Omittable[Seconds] = None
    """SecondsRange after the execution's start."""
    state: Omittable[State] = None
    """A state's name: when the execution enters it."""
    nth: Positive = 1
    """With `state`: at the nth entering."""
    with_: Parameters = field(default_factory=dict)
    """The parameters of this kind."""


@dataclass(frozen=True)
class After(Part):
    """A moment, or a state that the rollout's own execution enters."""

    exactly_one: ClassVar = ("at", "state")

    at: Omittable[Seconds] = None
    """SecondsRange after the execution's start."""
    state: Omittable[State] = None
    """A state's name: when the execution enters it."""
    nth: Positive = 1
    """With `state`: at the nth entering; of `Wait for promotion`, at its nth question."""


@dataclass(frozen=True)
class Person(Part):
    """Somebody who starts another execution of the same state machine while the rollout runs.

    Executions are called `person-1`, `person-2`, … by their place in the list. Who would come after the rollout's end
    never comes.
    """

    after: After
    """What they wait for."""
    input: dict[str, Any]
    """The input of their execution; `cluster` is filled in."""
    seconds: Seconds = 0.0
    """They come so many seconds later."""
