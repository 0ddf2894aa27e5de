"""The account of a rollout: what its report says of the way it took, besides how it ended. Pure.

Costs are estimates from list prices in US dollars: what the state machine and its functions took. Instance-hours above
the fleet's size are counted, not priced.
"""

from collections.abc import Iterable
from typing import Any

from handlers.domain.decision.situation import Situation
from handlers.domain.model.fleet import Instance
from handlers.domain.model.plan import Plan
from handlers.domain.model.progress import Progress

# A state transition; a Lambda invocation of ten seconds at 512 MB with its table requests, one for two transitions.
TRANSITION, INVOCATION = 0.000025, 0.0001
TRANSITIONS_A_POLL = 4
HOUR = 3600


def versions(instances: Iterable[Instance]) -> dict[str, str]:
    """The versions of ECS agent and Docker that run on them."""
    found = list(instances)
    return {
        "agent": ", ".join(sorted({instance.agent for instance in found if instance.agent})),
        "docker": ", ".join(sorted({instance.docker for instance in found if instance.docker})),
    }


def estimated_cost(transitions: float) -> float:
    """What so many state transitions cost, with the invocations that belong to them."""
    return round(transitions * (TRANSITION + INVOCATION / 2), 4)


def surge_instances(situation: Situation) -> int:
    """Instances above the size that the node group had before."""
    return max(0, len(situation.fleet.alive) + situation.fleet.terminating - situation.plan.topology.old.desired)


def report_metrics(
    plan: Plan, progress: Progress, holder: str, now: float, instances: Iterable[Instance]
) -> dict[str, Any]:
    """Seconds, by phase; versions before and now; what was drained; what it took. `instances` are those that stay.

    All of it is of the whole rollout; the executions that acted for it are named, `holder` as the last one.
    """
    seconds, after = round(now - plan.started_at), versions(instances)
    return {
        "seconds": seconds,
        "phases": progress.figures.phases_until(now),
        "executions": [*progress.succession.before, holder],
        "software": {name: {"before": plan.summary.software.get(name, ""), "after": after[name]} for name in after},
        "tasks_drained": progress.figures.drained_tasks,
        "extra_instance_hours": round(progress.figures.surge_instance_seconds_until(now) / HOUR, 2),
        "estimated_cost_usd": estimated_cost(
            TRANSITIONS_A_POLL * (seconds / plan.policies.poll_seconds + len(progress.figures.phases))
        ),
    }
