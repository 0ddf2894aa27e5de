"""Which rollouts are recorded: the happy path, retries, and one in which each Catch takes what it is there for."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from simulator.region import EXECUTION_NAME
from simulator.scenario.model import After, Fault, Person, Scenario
from simulator.stepfunctions.definition import catches

UNFORESEEN = "Unforeseen"
"""An error that no Catch names: States.ALL takes it."""

BEFORE_THE_WAY_BACK = "Drain old instances"


@dataclass(frozen=True)
class Plant:
    """An error that the state's function raises, that many times, and then no more."""

    state: str
    error: str
    times: int = 1


@dataclass(frozen=True)
class Ground:
    """In which example's rollout a state is reached, and by which execution; what has to happen before."""

    example: str = "dev-cluster"
    execution: str = EXECUTION_NAME
    before: tuple[Plant, ...] = ()
    faults: tuple[Fault, ...] = ()
    people: tuple[Person, ...] | None = None  # None: the example's own
    more_input: tuple[tuple[str, Any], ...] = ()  # keys of the input

    def scenario(self, example: Scenario) -> Scenario:
        """The example, with what happens here."""
        people = example.people if self.people is None else self.people
        with_cluster = tuple(replace(person, input={"cluster": example.cluster, **person.input}) for person in people)
        rollout_input = {**example.input, **dict(self.more_input)}
        return replace(example, faults=(*example.faults, *self.faults), people=with_cluster, input=rollout_input)


@dataclass(frozen=True)
class Case:
    """One test case of the file."""

    name: str
    ground: Ground
    plants: tuple[Plant, ...] = ()


_BACK = (Plant(BEFORE_THE_WAY_BACK, UNFORESEEN),)
_LATE = (Plant("Scale in", UNFORESEEN),)
_STOPPED = Fault("stop_execution", state="Wait for ACTIVE agents")
_ABORT = Person(After(state="Wait for ACTIVE agents"), {"action": "abort", "keep": True, "by": "on-call"})
GROUNDS = {
    "Record response": Ground("cordoned-canary", "person-1"),
    "Assess fleet on the way back": Ground(before=_BACK),
    "Start bake": Ground("blue-green"),
    "Begin roll-back": Ground(before=_BACK),
    "Cordon old instances": Ground("cordoned-canary"),
    "Drain new instances": Ground(before=_LATE),
    "Report remaining work": Ground(before=(*_BACK, Plant("Begin roll-back", UNFORESEEN))),
    "Reactivate instances": Ground("standalone-tasks-wait", more_input=(("standalone_tasks", "skip"),)),
    "Reactivate old instances": Ground(before=_LATE),
    "Restore and verify": Ground(before=_BACK),
    "Return node group to its launch template version": Ground(before=_BACK),
    "Return service strategy": Ground("rejected"),
    "Scale in new instances": Ground(before=_BACK),
    "Scale out the old version": Ground(before=(Plant("Finish rollout", UNFORESEEN),)),
    "Stop in place": Ground(people=(_ABORT,)),
    "Take over rollout": Ground(faults=(_STOPPED,), execution="Recovery"),
    "Uncordon old instances": Ground("cordoned-canary", before=_BACK),
    "Update service strategy": Ground("provider-flip"),
    "Wait for approval": Ground("rejected"),
    "Wait for promotion": Ground("cordoned-canary"),
}  # fmt: skip
"""Where a state is not reached by the rollout of `dev-cluster`."""

UNANSWERED, STOPPED = "States.Timeout", "StoppedAsAsked"
ONLY = {"InstancesSkipped": "Finish rollout"}
"""Errors of a box that one of its states raises and no other."""


def cases(definition: dict[str, Any]) -> Iterator[Case]:
    """All of them, for the definition as it is."""
    yield Case("Rolled out", Ground())
    yield Case("Retried", Ground(), (Plant("Lock cluster", "Lambda.ServiceException", 2),))
    for name, catch in sorted(catches(definition), key=lambda found: found[0]):
        for error in catch["ErrorEquals"]:
            if error == STOPPED:
                continue  # no Task raises it: it is how the box is left
            if ONLY.get(error, name) == name:
                yield _caught(name, error)
    yield Case("Stopped on request", Ground(people=(_ABORT,)))


def _caught(state: str, error: str) -> Case:
    ground = GROUNDS.get(state, Ground())
    if error == UNANSWERED:
        return Case(f"{state}: {error}", replace(ground, people=()))
    plant = Plant(state, UNFORESEEN if error == "States.ALL" else error)
    return Case(f"{state}: {error}", ground, (*ground.before, plant))
