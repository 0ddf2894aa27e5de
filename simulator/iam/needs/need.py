"""One action that a call has to be allowed, and where."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from simulator.iam.conditions import Context

EVERYTHING = "*"
"""The resource of an action that knows none, and of a list of everything."""


@dataclass(frozen=True)
class Need:
    """`action` on each of `resources`."""

    action: str
    resources: Sequence[str] = (EVERYTHING,)
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class LaunchNeeds:
    """What a launch touches, as far as the group or the request says it: ids, and the role of the instance profile."""

    template_ids: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    snapshots: tuple[str, ...] = ()
    key_pair: str = ""
    role: str = ""
    tagged: tuple[str, ...] = ()  # kinds of resources that the template tags


class Known(Protocol):
    """What the region knows of the things that a request names."""

    def group_arn(self, name: str) -> str:
        """The ARN of an Auto Scaling group; with `*` for its id where there is none of that name."""

    def group_of(self, instance_id: str) -> str:
        """The name of the group that an instance is in, or an empty text."""

    def launch(self, request: dict[str, Any]) -> LaunchNeeds:
        """What a group with these settings would launch, or a RunInstances with them."""

    def template_tags(self, template_id: str) -> dict[str, str]:
        """The tags of a launch template; none of one that is not there."""

    def subnet_owner(self, subnet: str) -> str:
        """The account that a subnet belongs to: another one's in a shared VPC."""


@dataclass(frozen=True)
class Place:
    """Where a call is made, and what is known there."""

    region: str
    account: str
    known: Known

    def arn(self, service: str, rest: str, *, account: str | None = None) -> str:
        """An ARN of this Region; `account` where it is another's, or none's."""
        return f"arn:aws:{service}:{self.region}:{self.account if account is None else account}:{rest}"


Request = dict[str, Any]
Needs = Callable[[Request, Place], Iterator[Need]]


def nowhere(action: str) -> Needs:
    """An action that knows no resources."""

    def needs(_request: Request, _place: Place) -> Iterator[Need]:
        yield Need(action)

    return needs
