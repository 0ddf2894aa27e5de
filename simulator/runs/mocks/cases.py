"""Which rollouts are recorded: the happy path, retries, and one in which each Catch takes what it is there for."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from handlers import catalogue
from simulator.region import EXECUTION_NAME
from simulator.scenario.model import After, Fault, Person, Scenario
from simulator.stepfunctions.definition import all_states, catches

UNFORESEEN = "Unforeseen"
"""An error that no Catch names: States.ALL takes it."""

BEFORE_THE_WAY_BACK = catalogue.DRAIN.forward


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
_LATE = (Plant(catalogue.SCALE_IN.forward, UNFORESEEN),)
_SHORT = (("hand_over_at", 100),)
_STOPPED = Fault("stop_execution", state=catalogue.WAIT_FOR_AGENTS.forward)
_ABORT = Person(After(state=catalogue.WAIT_FOR_AGENTS.forward), {"action": "abort", "keep": True, "by": "on-call"})
GROUNDS = {
    catalogue.ANSWER.forward: Ground("cordoned-canary", "person-1"),
    catalogue.ASSESS.back: Ground(before=_BACK),
    catalogue.START_BAKE.forward: Ground("blue-green"),
    catalogue.BEGIN_ROLL_BACK.back: Ground(before=_BACK),
    catalogue.CORDON.forward: Ground("cordoned-canary"),
    catalogue.DRAIN.back: Ground(before=_LATE),
    catalogue.REPORT_REMAINING_WORK.back: Ground(before=(*_BACK, Plant(catalogue.BEGIN_ROLL_BACK.back, UNFORESEEN))),
    catalogue.REACTIVATE.forward: Ground("standalone-tasks-wait", more_input=(("standalone_tasks", "skip"),)),
    catalogue.REACTIVATE.back: Ground(before=_LATE),
    catalogue.FINISH.back: Ground(before=_BACK),
    catalogue.HAND_OVER.forward: Ground(more_input=_SHORT),
    catalogue.HAND_OVER.back: Ground(before=_BACK, more_input=_SHORT),
    catalogue.HAND_OVER_AFTER_DEPLOYMENT.forward: Ground(
        before=(Plant(catalogue.ASSESS.forward, "PayloadOfAnotherVersion"),)
    ),
    catalogue.PREPARE.back: Ground(before=_BACK),
    catalogue.UPDATE_SERVICE_STRATEGY.back: Ground("rejected"),
    catalogue.SCALE_IN.back: Ground(before=_BACK),
    catalogue.SCALE_OUT.back: Ground(before=(Plant(catalogue.FINISH.forward, UNFORESEEN),)),
    catalogue.STOP_IN_PLACE.forward: Ground(people=(_ABORT,)),
    catalogue.TAKE_OVER.forward: Ground(faults=(_STOPPED,), execution="Recovery"),
    catalogue.CORDON.back: Ground("cordoned-canary", before=_BACK),
    catalogue.UPDATE_SERVICE_STRATEGY.forward: Ground("provider-flip"),
    catalogue.APPROVAL.forward: Ground("rejected"),
    catalogue.PROMOTION.forward: Ground("cordoned-canary"),
}  # fmt: skip
"""Where a state is not reached by the rollout of `dev-cluster`."""

UNANSWERED, STOPPED = "States.Timeout", "StoppedAsAsked"
_ASSESSMENTS = (catalogue.ASSESS.forward, catalogue.ASSESS.back)
ONLY = {
    "InstancesSkipped": (catalogue.FINISH.forward,),
    "HandedOver": _ASSESSMENTS,
    "NotHandedOver": (catalogue.HAND_OVER.forward,),
    "PayloadOfAnotherVersion": _ASSESSMENTS,
}
"""Errors of a box that one of its states raises and no other, or that one is enough for."""


def cases(definition: dict[str, Any]) -> Iterator[Case]:
    """All of them, for the definition as it is."""
    yield Case(catalogue.ROLLED_OUT.forward, Ground())
    yield Case("Retried", Ground(), (Plant(catalogue.LOCK.forward, "Lambda.ServiceException", 2),))
    for name, catch in sorted(catches(definition), key=lambda found: found[0]):
        for error in catch["ErrorEquals"]:
            if error == STOPPED:
                continue  # no Task raises it: it is how the box is left
            if name in ONLY.get(error, (name,)):
                yield _caught(name, error, _tries(all_states(definition)[name], error))
    yield Case(catalogue.STOPPED.forward, Ground(people=(_ABORT,)))


def _tries(state: dict[str, Any], error: str) -> int:
    """How often the error has to come before a Catch is asked: once more than it is retried by name."""
    return 1 + sum(int(retry["MaxAttempts"]) for retry in state["Retry"] if error in retry["ErrorEquals"])


def _caught(state: str, error: str, times: int) -> Case:
    ground = GROUNDS.get(state, Ground())
    if error == UNANSWERED:
        return Case(f"{state}: {error}", replace(ground, people=()))
    plant = Plant(state, UNFORESEEN if error == "States.ALL" else error, times)
    return Case(f"{state}: {error}", ground, (*ground.before, plant))
