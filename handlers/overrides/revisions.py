"""Revisions of task definitions that the rollout derives, registers once, and leaves behind only where they serve."""

from handlers.domain.model.fleet import Service
from handlers.domain.model.placement import Placement
from handlers.domain.model.revisions import DIGESTS, derived
from handlers.payloads import Direction
from handlers.runtime.rollout_context import Turn


def definition_for(turn: Turn, service: Service, wanted: Placement) -> tuple[Turn, str | None]:
    """The revision that the service is to run, registered where it is not there yet; None: the one that it runs.

    It is derived from the revision in use, whoever put that there; a revision of ours counts as its source.
    """
    known = turn.progress.revisions
    kind, source = known.get(service.task_definition, (None, service.task_definition))
    if kind == wanted.derived:
        return turn, None
    if wanted.derived is None:
        return turn, source
    made = next((arn for arn, origin in known.items() if origin == (wanted.derived, source)), None)
    if made is None:
        made = _register(turn, service, wanted, source)
        turn = turn.remember(revisions={**known, made: (wanted.derived, source)})
    return turn, made


def forget_revisions(turn: Turn) -> None:
    """Deregister the revisions that no service runs, so that none of ours is the family's latest by surprise."""
    used = {one.task_definition for one in turn.world.services.of_cluster(turn.plan.cluster)}
    for arn in turn.progress.revisions:
        if arn not in used or turn.progress.direction is Direction.BACK:
            turn.world.definitions.deregister(arn)


def _register(turn: Turn, service: Service, wanted: Placement, source: str) -> str:
    """Register it, marked as ours; one that a lost reply left behind is found by its mark."""
    world, kind = turn.world, wanted.derived or ""
    mark = f"{turn.plan.rollout_id}/{kind}/{source.rsplit('/', 1)[-1]}"
    digests = world.services.running_digests(turn.plan.cluster, service.name) if kind == DIGESTS else {}
    return world.definitions.register(source, mark, lambda definition: derived(definition, digests, wanted.pins))
