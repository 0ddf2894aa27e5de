"""What EC2's dry runs say: that a call is allowed, that it is denied, or something from which neither can be told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

ALLOWED = "DryRunOperation"
DENIED = ("UnauthorizedOperation", "AuthFailure.UnauthorizedOperation")
NAMED = re.compile(r"not authorized to perform: (?P<action>[\w-]+:\w+)(?: on resource: (?P<resource>\S+))?")
EXPLICITLY = "explicit deny"
UNNAMED = (
    "EC2 denied the dry run and did not name the permission that is missing: that of passing the instance profile's "
    "role, most often ([permissions] instance_roles in the settings)"
)
SHOWN = 200  # characters of what EC2 said


class Verdict(StrEnum):
    """Whether the caller may do it."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class DryRun:
    """The verdict on an action.

    `why` it could not be told; what is `missing` (an action), on which `resource` (an ARN, or empty), and whether a
    policy denies it `explicitly`, which no other policy can make good.
    """

    action: str
    verdict: Verdict
    why: str = ""
    missing: str = ""
    resource: str = ""
    explicitly: bool = False


def dry_run(action: str, call: Callable[[], object]) -> DryRun:
    """Make that call, which is a dry run, and read its answer.

    RunInstances is also denied where the caller may not pass the instance profile's role, tag, or read a parameter
    (re:Post, "ec2-not-auth-launch"); so is then the call of Auto Scaling's that launches as the caller. An older
    message names nothing, but in an encoded text.
    """
    try:
        call()
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if code == ALLOWED:
            return DryRun(action, Verdict.ALLOWED)
        if code not in DENIED:
            return DryRun(action, Verdict.UNKNOWN, f"EC2 answered {code}: {message[:SHOWN]}")
        return _denial(action, message)
    return DryRun(action, Verdict.ALLOWED)


def _denial(action: str, message: str) -> DryRun:
    named = NAMED.search(message)
    if named is None:
        return DryRun(action, Verdict.UNKNOWN, UNNAMED)
    return DryRun(
        action,
        Verdict.DENIED,
        missing=named["action"],
        resource=named["resource"] or "",
        explicitly=EXPLICITLY in message,
    )
