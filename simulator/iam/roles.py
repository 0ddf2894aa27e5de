"""Who may do what, by the stack's policies: roles by their own statements, services by those of resources."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from simulator.iam.evaluation import AccessRequest, Decision, Statement, evaluate

Documents = Mapping[str, Iterable[Mapping[str, Any]]]


class Policies:
    """The statements of roles and resources by ARN, and those that a scenario takes permissions away with."""

    def __init__(self, roles: Documents, resources: Documents) -> None:
        self._roles = _read(roles)
        self._resources = _read(resources)
        self._taken: tuple[Statement, ...] = ()
        self._about = lru_cache(maxsize=4096)(self._find)

    def take_away(self, statement: Mapping[str, Any]) -> None:
        """From now on the statement is in force for every role: an organization's policy, say."""
        self._taken += (Statement.from_json(statement),)
        self._about.cache_clear()

    def decide(self, request: AccessRequest) -> Decision:
        """What comes of the request. A role that the stack does not have may do nothing."""
        return evaluate(
            request,
            self._about(request.principal.role, request.action),
            self._resources.get(request.resource, ()),
        )

    def _find(self, role: str, action: str) -> tuple[Statement, ...]:
        statements = (*self._roles.get(role, ()), *self._taken)
        return tuple(each for each in statements if each.covers(action))


def _read(documents: Documents) -> dict[str, tuple[Statement, ...]]:
    return {arn: tuple(map(Statement.from_json, statements)) for arn, statements in documents.items()}
