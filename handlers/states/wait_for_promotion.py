"""Wait for promotion: ask an operator whether to go on, and wait with a task token.

The answer comes by another execution, goes into the table, and wakes this one. The wait ends by itself now and then,
so that the alarms are looked at; then whoever could not be told of the question is told.
"""

from typing import Any

from handlers.catalogue import PROMOTION
from handlers.domain.decision.current_stage import stage_of
from handlers.domain.decision.situation import Situation
from handlers.domain.decision.stage_end import asks, in_silence
from handlers.domain.model.approval import FLIP, PROMOTE, TURN_BACK, ApprovalRequest, time_is_over
from handlers.domain.model.observation import Observation
from handlers.runtime.approval_commands import commands
from handlers.runtime.clients import AwsClients
from handlers.runtime.notifications import all_told, say
from handlers.runtime.rollout_context import RolloutContext, load_for_update
from handlers.runtime.task_handler import task_handler


@task_handler(PROMOTION)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """Ask, where it was not asked yet. An answer that came before the token wakes the wait at once.

    So does that none came in time: what that means is written down first, unless an operator answers still.
    """
    return {"asked": wait_for_promotion(load_for_update(event, clients), event["token"], event["execution_id"])}


def wait_for_promotion(context: RolloutContext, token: str, execution_id: str) -> str:
    """What is asked."""
    plan, clients, observation = context.plan, context.clients, context.observe()
    situation, now = Situation(plan, observation), clients.now()
    asked = situation.prompt
    until = now + plan.policies.approval.promotion_seconds
    clients.approvals.ask(
        context.approval_key,
        ApprovalRequest(
            plan.rollout_id, situation.about, now, token, respond_by=until, takes=_answers(context), prompt=asked
        ),
    )
    approval = clients.approvals.read(context.approval_key)
    if approval and time_is_over(approval, now) and not approval.response:
        clients.approvals.time_out(context.approval_key, approval, in_silence(Situation(plan, observation)))
        approval = clients.approvals.read(context.approval_key)
    answer = (approval.response or approval.silence) if approval else ""
    if answer or not asks(Situation(plan, observation)):
        clients.executions.wake(token, {"answer": answer})
    elif approval and not all_told(approval.told):
        told = _tell(context, observation, approval, execution_id)
        clients.approvals.told(context.approval_key, approval, told)
    return asked


def _tell(
    context: RolloutContext, observation: Observation, approval: ApprovalRequest, execution_id: str
) -> frozenset[str]:
    """Tell those who were not told yet; who knows now."""
    asked = approval.prompt
    plan, figures = context.plan, _figures(observation)
    time = f"within {plan.policies.approval.promotion_seconds} s, else {in_silence(Situation(plan, observation))}"
    return say(
        context.clients.messages,
        f"Rollout of {plan.group} waits for promotion",
        f"{asked} is reached. {figures}. Answer {time}:\n\n"
        + "\n".join(commands(execution_id, plan.cluster, plan.group, _answers(context))),
        "Promotion wanted",
        {"rollout": plan.rollout_id, "cluster": plan.cluster, "group": plan.group, "question": asked, "seen": figures},
        approval.told,
    )


def _answers(context: RolloutContext) -> tuple[str, ...]:
    standby = stage_of(context.plan, context.progress).standby is not None
    return (*(() if context.progress.stage.serving_old else (PROMOTE,)), *((FLIP,) if standby else ()), TURN_BACK)


def _figures(observation: Observation) -> str:
    stable = len(observation.services) - len(observation.unstable)
    return (
        f"{len(observation.fleet.outgoing)} old and {len(observation.fleet.incoming)} new instances, "
        f"{stable} of {len(observation.services)} services stable"
    )
