"""Begin roll-back: write down why, turn around. From here on the old AMI is where the fleet goes."""

import json
from contextlib import suppress
from typing import Any

from handlers import news
from handlers.contract import BEGIN_ROLL_BACK, Direction, LeaseLost, NothingToReturnTo
from handlers.domain.observation import Progress
from handlers.task_handler import task_handler
from handlers.turn import Turn, look_at
from handlers.world import World


@task_handler(BEGIN_ROLL_BACK)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Turn the rollout around; done twice equals done once."""
    turn = look_at(event, world)
    check_holder(turn)
    check_return(turn, read_failure(event["state"], turn.progress))
    world.leases.take(turn.plan, turn.holder, world.now())
    failure = begin_roll_back(turn, event["state"])
    news.tell(look_at(event, world), event, news.ROLLING_BACK, f"{failure['error']}: {failure['cause']}")
    return {"because": failure["error"]}


def begin_roll_back(turn: Turn, state: dict[str, Any]) -> dict[str, str]:
    """The failure as it is kept: error, cause, and the step that was being taken."""
    turn.world.gates.turn_back(turn.gate, turn.plan.rollout_id)  # first: done again where this dies before the rest
    if turn.progress.direction is Direction.BACK and turn.progress.failure:
        return turn.progress.failure
    failure = read_failure(state, turn.progress)
    now = turn.world.now()
    turn.remember(
        direction=Direction.BACK, began_at=now, since=now, best=None, report=None, failure=failure,
        stage=0, flipped=False, deployments={}, bake_began_at=None, balance_began_at=None, unsettled={},
        paused_at=None, idle_seconds=0.0, hopeless_at=None,
    )  # fmt: skip
    return failure


def check_holder(turn: Turn) -> None:
    """Raise LeaseLost where another execution acts for the rollout now, or has returned it already."""
    ended = turn.progress.report is not None and turn.progress.direction is Direction.BACK
    if not turn.acts or ended:
        raise LeaseLost(
            f"Rollout {turn.plan.rollout_id} has ended, or another execution than {turn.holder} acts for it now: there "
            "is nothing to turn around here. A redrive cannot revive it; start a new execution with the same input."
        )


def past_return(turn: Turn) -> bool:
    """Whether the old group is deleted, as it was asked to be: from there the only way is forward."""
    return turn.plan.after == "delete" and turn.world.autoscaling.group(turn.plan.group) is None


def check_return(turn: Turn, failure: dict[str, str]) -> None:
    """Raise NothingToReturnTo where the rollout was finished and its old group is gone, as it was asked to be."""
    plan = turn.plan
    if past_return(turn):
        raise NothingToReturnTo(
            f"The rollout was at its end: everything runs {plan.target_ami} on {plan.target_group}, and {plan.group} "
            f"was deleted as asked. Then {failure['error']}: {failure['cause']} There is nothing to return to."
        )


def read_failure(state: dict[str, Any], progress: Progress) -> dict[str, str]:
    """Error and cause of what was caught; Lambda's cause is a JSON text with the message in it.

    The step is the one that was decided last: what a box of the graph catches says nothing of where it was.
    """
    caught = state.get("roll_back_failure") or state.get("failure") or {}
    cause = str(caught.get("Cause", ""))
    with suppress(ValueError, KeyError, TypeError):
        cause = str(json.loads(cause)["errorMessage"])
    step = progress.phase or "before the first assessment"
    return {"error": str(caught.get("Error", "Unknown")), "cause": cause, "step": step}
