"""Policy evaluation within one account: an explicit denial decides, then any permission, else it is denied.

Policy evaluation logic, IAM user guide. A role may by its own policies or by the resource's; a service only by the
resource's. Not evaluated here, because the stack has none: permissions boundaries, session policies, and policies of an
organization, but as statements that a scenario takes permissions away with.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from simulator.iam.conditions import Context, as_list, hold
from simulator.iam.patterns import names_action, names_resource

ALLOW, DENY = "Allow", "Deny"


class Decision(StrEnum):
    """What comes of an evaluation."""

    ALLOWED = "allowed"
    DENIED = "explicitDeny"
    NOT_ALLOWED = "implicitDeny"


@dataclass(frozen=True)
class Principal:
    """Who asks: a role by its ARN, or an AWS service by its name; `account` is the account that it is of."""

    account: str
    role: str = ""
    service: str = ""


@dataclass(frozen=True)
class AccessRequest:
    """One action on one resource (an ARN, or `*` where the action knows none), and what is known of the request."""

    principal: Principal
    action: str
    resource: str
    context: Context = field(default_factory=dict)

    @property
    def key(self) -> tuple[Any, ...]:
        """All of it, to be looked up by."""
        known = ((name, seen if isinstance(seen, str) else tuple(seen)) for name, seen in self.context.items())
        return (self.principal, self.action, self.resource, *known)


@dataclass(frozen=True)
class Statement:
    """A statement of a policy. `principals` are by kind, None in an identity's policy; `name` tells it from others."""

    effect: str
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    conditions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    principals: Mapping[str, tuple[str, ...]] | None = None
    name: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any], name: str = "") -> "Statement":
        """Read it as a policy document has it."""
        principal = data.get("Principal")
        everybody = {"AWS": ("*",)}
        by_kind = principal if isinstance(principal, dict) else {}
        return cls(
            data["Effect"],
            tuple(as_list(data.get("Action", []))),
            tuple(as_list(data.get("NotAction", []))),
            tuple(as_list(data.get("Resource", []))),
            tuple(as_list(data.get("NotResource", []))),
            data.get("Condition", {}),
            None
            if principal is None
            else everybody
            if principal == "*"
            else {kind: tuple(as_list(names)) for kind, names in by_kind.items()},
            name,
        )

    def covers(self, action: str) -> bool:
        """Whether it is about the action."""
        if self.not_actions:
            return not any(names_action(pattern, action) for pattern in self.not_actions)
        return any(names_action(pattern, action) for pattern in self.actions)

    def matches(self, request: AccessRequest) -> bool:
        """Whether it applies to the request."""
        return (
            self.covers(request.action)
            and self._reaches(request.resource)
            and (self.principals is None or self._means(request.principal))
            and hold(self.conditions, request.context)
        )

    def _reaches(self, resource: str) -> bool:
        if self.not_resources:
            return not any(names_resource(pattern, resource) for pattern in self.not_resources)
        return any(names_resource(pattern, resource) for pattern in self.resources)

    def _means(self, principal: Principal) -> bool:
        principals = self.principals or {}
        if principal.service:
            return "*" in principals.get("AWS", ()) or principal.service in principals.get("Service", ())
        by_account = (principal.account, f"arn:aws:iam::{principal.account}:root")
        ours = (
            "*",
            principal.role,
            *(by_account if self.effect == DENY else ()),
        )  # naming the account leaves it to IAM
        return any(name in ours for name in principals.get("AWS", ()))


@dataclass(frozen=True)
class Evaluation:
    """What came of a request, and the statements that decided it."""

    decision: Decision
    statements: tuple[Statement, ...]


def evaluate(request: AccessRequest, identity: Iterable[Statement], resource: Iterable[Statement] = ()) -> Evaluation:
    """Decide the request by the principal's own statements and by those of the resource's policy."""
    own = [] if request.principal.service else [each for each in identity if each.matches(request)]
    matching = (*own, *(each for each in resource if each.matches(request)))
    if denying := tuple(each for each in matching if each.effect == DENY):
        return Evaluation(Decision.DENIED, denying)
    return Evaluation(Decision.ALLOWED if matching else Decision.NOT_ALLOWED, matching)
