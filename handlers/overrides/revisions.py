"""Revisions of task definitions that the rollout derives, registers once, and leaves behind only where they serve."""

from dataclasses import replace

from handlers.domain.model.fleet import Service
from handlers.domain.model.placement import Placement
from handlers.domain.model.revisions import DIGESTS, derived
from handlers.payloads import Direction
from handlers.runtime.rollout_context import RolloutContext


def definition_for(context: RolloutContext, service: Service, wanted: Placement) -> tuple[RolloutContext, str | None]:
    """The revision that the service is to run, registered where it is not there yet; None: the one that it runs.

    It is derived from the revision in use, whoever put that there; a revision of ours counts as its source.
    """
    known = context.progress.created.revisions
    kind, source = known.get(service.task_definition, (None, service.task_definition))
    if kind == wanted.derived:
        return context, None
    if wanted.derived is None:
        return context, source
    made = next((arn for arn, origin in known.items() if origin == (wanted.derived, source)), None)
    if made is None:
        made = _register(context, service, wanted, source)
        revisions = {**known, made: (wanted.derived, source)}
        context = context.save_progress(created=replace(context.progress.created, revisions=revisions))
    return context, made


def forget_revisions(context: RolloutContext) -> None:
    """Deregister the revisions that no service runs, so that none of ours is the family's latest by surprise."""
    used = {service.task_definition for service in context.clients.services.of_cluster(context.plan.cluster)}
    for arn in context.progress.created.revisions:
        if arn not in used or context.progress.direction is Direction.BACK:
            context.clients.definitions.deregister(arn)


def _register(context: RolloutContext, service: Service, wanted: Placement, source: str) -> str:
    """Register it, marked as ours; one that a lost reply left behind is found by its mark."""
    clients, kind = context.clients, wanted.derived or ""
    mark = f"{context.plan.rollout_id}/{kind}/{source.rsplit('/', 1)[-1]}"
    digests = clients.services.running_digests(context.plan.cluster, service.name) if kind == DIGESTS else {}
    return clients.definitions.register(source, mark, lambda definition: derived(definition, digests, wanted.pins))
