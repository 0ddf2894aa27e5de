"""A service on old and new instances, with tasks that failed on either: readings for the rules about them."""

from dataclasses import replace

from handlers.domain.model.fleet import Fleet, Instance, Service
from handlers.domain.model.observation import Observation
from handlers.domain.model.plan import Plan
from handlers.domain.model.progress import Progress
from handlers.domain.model.resources import Resources
from handlers.domain.model.task_failure import TaskFailure
from tests.decisions.parts import with_fields
from tests.decisions.toy_fleet import NEW, OLD, a_plan

DEFINITION = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:1"
NOW = 10_000.0


def the_plan(**changes: object) -> Plan:
    plan = a_plan(4, 1, **changes)
    return replace(plan, recorded=replace(plan.recorded, task_definitions={"web": DEFINITION}))


def instance(number: int, ami: str) -> Instance:
    name = f"i-{'new' if ami == NEW else 'old'}{number}"
    ready = {"lifecycle": "InService", "status": "ACTIVE", "connected": True}
    return Instance(name, availability_zone="a", ami=ami, joined_at=0.0, arn=f"arn/{name}", **ready)  # type: ignore[arg-type]


def service(running: int, desired: int = 4, percent: int = 50, **changes: object) -> Service:
    one = Service(
        "web", daemon=False, desired=desired, running=running, pending=0, minimum_healthy_percent=percent,
        maximum_percent=200, deployments=1, deployment_id="d", rollout_state="COMPLETED", controller="ECS",
        zone_rebalancing=False, resources=Resources(), task_definition=DEFINITION,
    )  # fmt: skip
    return replace(one, **changes)


def failure(on: Instance, ago: float = 10.0, lived: float = 5.0, number: int = 1) -> TaskFailure:
    return TaskFailure(
        f"arn/task/{number}", "web", on.arn or "", DEFINITION, NOW - ago - lived, NOW - ago,
        "EssentialContainerExited", "Essential container in task exited", 1,
    )  # fmt: skip


def reading(
    each: Service,
    failures: tuple[TaskFailure, ...],
    *,
    new: int = 4,
    old: int = 4,
    known_since: float | None = None,
    **progress: object,
) -> Observation:
    fleet = Fleet(
        outgoing=tuple(instance(number, OLD) for number in range(old)),
        incoming=tuple(instance(number, NEW) for number in range(new)),
        terminating=0, desired=new + old, minimum=0, maximum=9,
    )  # fmt: skip
    failing = {} if known_since is None else {"web": known_since}
    known = with_fields(Progress(), failing=failing, **progress)  # type: ignore[arg-type]
    return Observation(NOW, fleet, (each,), known, task_failures=failures)
