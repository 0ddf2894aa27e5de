"""Begin roll-back: write down why, turn around. From here on the old AMI is where the fleet goes."""

from typing import Any

from handlers.catalogue import BEGIN_ROLL_BACK
from handlers.errors import LeaseLost, NothingToReturnTo
from handlers.payloads import Direction
from handlers.runtime import notifications
from handlers.runtime.clients import World
from handlers.runtime.roll_back import past_return, read_failure
from handlers.runtime.rollout_context import Turn, look_at
from handlers.runtime.task_handler import task_handler


@task_handler(BEGIN_ROLL_BACK)
def handler(event: dict[str, Any], world: World) -> dict[str, Any]:
    """Turn the rollout around; done twice equals done once."""
    turn = look_at(event, world)
    check_holder(turn)
    check_return(turn, read_failure(event["state"], turn.progress))
    world.leases.take(turn.plan, turn.holder, world.now())
    failure = begin_roll_back(turn, event["state"])
    notifications.tell(
        look_at(event, world), event, notifications.ROLLING_BACK, f"{failure['error']}: {failure['cause']}"
    )
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


def check_return(turn: Turn, failure: dict[str, str]) -> None:
    """Raise NothingToReturnTo where the rollout was finished and its old group is gone, as it was asked to be."""
    plan = turn.plan
    if past_return(turn):
        raise NothingToReturnTo(
            f"The rollout was at its end: everything runs {plan.target_ami} on {plan.target_group}, and {plan.group} "
            f"was deleted as asked. Then {failure['error']}: {failure['cause']} There is nothing to return to."
        )
