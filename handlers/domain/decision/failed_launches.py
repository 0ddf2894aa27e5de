"""Launches that fail: for how long, whether they can heal, and what is said of them. Pure.

They are judged by time: one attempt of a group in three zones leaves three failed activities, so that their number
says nothing. What no time heals turns at once, on two readings in a row.

Auto Scaling tells why a launch failed in a sentence (DescribeScalingActivities, `StatusMessage`). Only EC2's error
codes in it are looked at; a message without one heals, as far as anybody can tell. Sources: "Error codes for the Amazon
EC2 API" (EC2 API reference), "Troubleshoot Amazon EC2 Auto Scaling: EC2 instance launch failures" (Auto Scaling guide).
"""

import re
from collections.abc import Sequence

from handlers.domain.decision.situation import Situation
from handlers.domain.decision.stages import growing
from handlers.domain.formatting import pluralize
from handlers.domain.model.observation import FailedLaunch
from handlers.errors import LaunchFailed

CODE = re.compile(r"\b[A-Z][A-Za-z0-9]+(?:\.[A-Z][A-Za-z0-9]+)*\b")
SCARCE = re.compile(r"Insufficient\w+|\w+Exceeded$")
WORDS_AT_MOST = 100
RETRY_SECONDS = 600  # Auto Scaling tries again ever more slowly (no figures published): the last attempt has to count
GONE_IMAGE = ("deregistered", "invalid", "failed", "error", "disabled")  # botocore, ImageState
LASTING: dict[str, str] = {
    r"InvalidAMIID\.\w+": "the AMI is gone, or is not shared with this account",
    r"Client\.InternalError": "EC2 could not decrypt a volume: Auto Scaling's service-linked role has no grant for the "
    "KMS key, or the key is disabled",
    r"(Client\.)?InvalidSnapshot\.NotFound": "a snapshot of the AMI is gone",
    r"Client\.UserInitiatedShutdown": "the instance shuts itself down when it starts: look at the user data",
    r"InvalidParameter\w*": "the launch template has a wrong value",
    r"InvalidLaunchTemplate\w*\.\w+": "the launch template or its version is gone",
    r"InvalidBlockDeviceMapping": "the launch template's block devices do not fit the AMI",
    r"InvalidKeyPair\.NotFound": "the launch template's key pair is gone",
    r"InvalidGroup\.NotFound|InvalidSecurityGroupID\.NotFound": "a security group of the launch template is gone",
    r"InvalidSubnetID\.NotFound": "a subnet of the group is gone",
    r"InvalidPlacementGroup\.Unknown": "the placement group is gone",
    r"InvalidIamInstanceProfile\w*(\.\w+)?": "the instance profile is gone",
    r"UnauthorizedOperation|AuthFailure|AccessDenied": "a policy forbids the launch",
    r"Unsupported|UnsupportedOperation": "EC2 does not offer this configuration",
    r"OptInRequired": "the account is not subscribed to the AMI's product",
    r"PendingVerification": "the account may not launch",
}
"""What no time heals, by EC2's error code, and what it means."""


def failing(situation: Situation) -> tuple[FailedLaunch, ...]:
    """The launches that failed since the last one that worked, while instances are missing."""
    return situation.observation.failed_launches if missing(situation) > 0 else ()


def missing(situation: Situation) -> int:
    """How many instances the growing group asks for and does not have."""
    return situation.fleet.desired - len(growing(situation))


def failing_for(situation: Situation) -> float:
    """Seconds since the first launch failed after the last one that worked; 0 where none does."""
    return max((situation.now - launch.at for launch in failing(situation)), default=0.0)


def cannot_heal(situation: Situation) -> str:
    """Why no later launch can work either; empty where one may."""
    failed = failing(situation)
    if failed and situation.observation.launch_image in GONE_IMAGE:
        return f"the AMI {_image(situation)} is {situation.observation.launch_image}"
    return lasting(latest(failed).message) if failed else ""


def lasting(message: str) -> str:
    """What the error code in the message means, if no time heals it."""
    codes = CODE.findall(message)
    return next((why for code, why in LASTING.items() if any(re.fullmatch(code, each) for each in codes)), "")


def latest(failed: Sequence[FailedLaunch]) -> FailedLaunch:
    """The failure that came last."""
    return max(failed, key=lambda launch: launch.at)


def judge_launches(situation: Situation) -> None:
    """Raise LaunchFailed where launches failed for too long, or where a second reading agrees that none can work.

    Too long is an attempt that failed past the limit: capacity that came back before has not been tried yet.
    """
    failed = failing(situation)
    if not failed:
        return
    wanting = pluralize(missing(situation), "instance")
    what = f"Auto Scaling could not launch {wanting} of {_group(situation)}"
    said = f"The latest of {len(failed)} failed activities said: {latest(failed).message}"
    why, first = cannot_heal(situation), situation.progress.capacity.hopeless_at
    if why and first is not None and first < situation.now:
        raise LaunchFailed(f"{what}, and no later attempt can: {why}. {said}")
    waited, limit = failing_for(situation), situation.timeouts.launch_seconds
    tried = waited - (situation.now - latest(failed).at)
    if tried > limit or waited > limit + RETRY_SECONDS:
        raise LaunchFailed(f"{what} for {waited:.0f} s (launch_seconds is {limit}). {said}")


def said_of(situation: Situation) -> str:
    """The wait for launches that fail, as a sentence; empty where none does."""
    failed = failing(situation)
    if not failed:
        return ""
    message = latest(failed).message
    why = next((code for code in reversed(CODE.findall(message)) if _is_code(code)), message[:WORDS_AT_MOST])
    lacks = "no capacity" if SCARCE.match(why) else "no launch has worked"
    return (
        f"{lacks} for {failing_for(situation):.0f} s: Auto Scaling could not launch "
        f"{pluralize(missing(situation), 'instance')} ({why}); given up after "
        f"{situation.timeouts.launch_seconds} s"
    )


def _is_code(word: str) -> bool:
    """Whether it is written as EC2 writes error codes: several words in one."""
    return len(re.findall(r"[A-Z][a-z]+", word)) > 1


def _group(situation: Situation) -> str:
    return situation.plan.growing(situation.direction).name


def _image(situation: Situation) -> str:
    return situation.plan.launches(situation.direction)
