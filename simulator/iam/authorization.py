"""Every call of the stack's functions is decided by the policies of the stack, before anything else looks at it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from simulator.iam.denials import denial
from simulator.iam.evaluation import AccessRequest, Decision, Principal
from simulator.iam.needs.need import Place
from simulator.iam.needs.of_calls import needs_of
from simulator.iam.roles import Policies

BY_TLS = {"aws:SecureTransport": "true"}
"""Functions call by HTTPS."""


@dataclass(frozen=True)
class Caller:
    """A function that runs now, and its role's ARN."""

    function: str
    role: str


@dataclass(frozen=True)
class AccessRefused:
    """A function was denied one action on one resource."""

    function: str
    action: str
    resource: str
    decision: Decision


class Authorization:
    """Decides calls. `caller` tells which function makes a call, None where nobody of the stack does.

    `encoded` is how EC2 words its denials: without the reason.
    """

    def __init__(
        self,
        policies: Policies,
        place: Place,
        caller: Callable[[], Caller | None],
        tell: Callable[[AccessRefused], None],
        *,
        encoded: bool = False,
    ) -> None:
        self.policies = policies
        self._place, self._caller, self._tell, self._encoded = place, caller, tell, encoded

    def refused(self, service: str, operation: str, request: dict[str, Any]) -> tuple[str, str] | None:
        """Code and message of a denial, None where the call may be made. Raises CallNotKnown."""
        caller = self._caller()
        if caller is None:
            return None
        principal = _role(self._place.account, caller.role)
        for need in needs_of(service, operation, request, self._place):
            for resource in need.resources:
                asked = AccessRequest(principal, need.action, resource, {**need.context, **BY_TLS})
                decision = self.policies.decide(asked)
                if decision is not Decision.ALLOWED:
                    self._tell(AccessRefused(caller.function, need.action, resource, decision))
                    return denial(service, self._session(caller), asked, decision, encoded=self._encoded)
        return None

    def _session(self, caller: Caller) -> str:
        role = caller.role.rsplit("/", 1)[-1]
        return f"arn:aws:sts::{self._place.account}:assumed-role/{role}/{caller.function}"


@cache
def _role(account: str, arn: str) -> Principal:
    return Principal(account, role=arn)
