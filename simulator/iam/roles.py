"""Who may do what, by the stack's policies: roles by their own statements, services by those of resources."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from simulator.iam.evaluation import AccessRequest, Decision, Statement, evaluate

Documents = Mapping[str, Iterable[Mapping[str, Any]]]


class Policies:
    """The statements of roles and resources by ARN, and those that a scenario takes permissions away with.

    `used` are the names of the statements that decided anything so far: `<role or resource>#<number>`.
    """

    def __init__(self, roles: Documents, resources: Documents) -> None:
        self._roles, self._resources = _read(roles), _read(resources)
        self._denied: tuple[Statement, ...] = ()
        self._about = lru_cache(maxsize=4096)(self._find)
        self._decided: dict[tuple[Any, ...], Decision] = {}
        self.used: set[str] = set()

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All statements of roles and resources."""
        everything = (*self._roles.values(), *self._resources.values())
        return tuple(each for statements in everything for each in statements)

    def deny(self, statement: Mapping[str, Any]) -> None:
        """From now on the statement is in force for every role, as an organization's policy is."""
        self._denied += (Statement.from_json(statement),)
        self._forget()

    def drop(self, name: str) -> None:
        """Take the statement of that name out."""
        for documents in (self._roles, self._resources):
            for arn, statements in documents.items():
                documents[arn] = tuple(each for each in statements if each.name != name)
        self._forget()

    def decide(self, request: AccessRequest) -> Decision:
        """What comes of the request. A role that the stack does not have may do nothing.

        Statements change only by `deny` and `drop`, so what was decided once stays decided until then.
        """
        key = request.key
        decision = self._decided.get(key)
        if decision is None:
            decision = self._decided[key] = self._evaluated(request)
        return decision

    def _evaluated(self, request: AccessRequest) -> Decision:
        of_the_role = self._about(request.principal.role, request.action)
        evaluation = evaluate(request, of_the_role, self._resources.get(request.resource, ()))
        self.used.update(each.name for each in evaluation.statements)
        return evaluation.decision

    def _forget(self) -> None:
        self._about.cache_clear()
        self._decided.clear()

    def _find(self, role: str, action: str) -> tuple[Statement, ...]:
        statements = (*self._roles.get(role, ()), *self._denied)
        return tuple(each for each in statements if each.covers(action))


def _read(documents: Documents) -> dict[str, tuple[Statement, ...]]:
    return {
        arn: tuple(
            Statement.from_json(one, f"{arn.rsplit(':', 1)[-1]}#{number}") for number, one in enumerate(statements)
        )
        for arn, statements in documents.items()
    }
