"""What services still have of the rollout at its end: strategies, constraints, task definitions.

A user's own constraint that pins the old AMI names the new one after a rollout that moves services by their settings:
with the old one no task could be placed any more.
"""

from collections.abc import Iterator
from dataclasses import fields

from simulator.invariants.baseline import Baseline
from simulator.invariants.external_changes import ExternalChanges
from simulator.invariants.final_state import FinalState
from simulator.invariants.snapshot import Constraints, ServiceSettings
from simulator.scenario.input_expectations import BLUE_GREEN, ROLLING

AMI_ATTRIBUTE = "ecs.ami-id"


def moves(baseline: Baseline, name: str, service: ServiceSettings) -> bool:
    """Whether the rollout moves the service by changing its settings; services of others are only drained."""
    expected = baseline.expected
    if expected.kind == ROLLING or service.daemon or name in expected.left_alone:
        return False
    if expected.kind == BLUE_GREEN:
        return True
    if not service.strategy:
        return expected.adopts and service.launch_type == "EC2"
    return any(share[0] == baseline.settings.provider_name for share in service.strategy)


def services_not_restored(
    baseline: Baseline, changes: ExternalChanges, final: FinalState, *, moved: bool
) -> Iterator[str]:
    """One sentence for each setting of each service that is not as it should be; others' edits are theirs."""
    for name, before in baseline.before.services.items():
        after = final.now.services.get(name)
        if after is None:
            continue
        ours = moved and moves(baseline, name, before)
        free = {"constraints", "bound_to", *changes.touched(name), *(("strategy", "launch_type") if ours else ())}
        if ours and baseline.expected.registers:
            free |= {"task_definition", "pins"}
        for field in fields(ServiceSettings):
            was, is_now = getattr(before, field.name), getattr(after, field.name)
            if was != is_now and field.name not in free:
                yield f"{name}: {field.name.replace('_', ' ')} was {was!r} and is {is_now!r}"
        yield from _constraints(baseline, changes, name, (before, after), moved=moved)
        yield from _bound(name, before, after)
        if ours and "strategy" not in changes.touched(name):
            yield from _strategy(baseline, final, name, before, after)
        if ours and baseline.expected.registers and "pins" not in changes.touched(name):
            yield from _definition(baseline, name, before, after)


def _constraints(
    baseline: Baseline,
    changes: ExternalChanges,
    name: str,
    pair: tuple[ServiceSettings, ServiceSettings],
    *,
    moved: bool,
) -> Iterator[str]:
    before, after = pair
    wanted, given = before.constraints, changes.constraints(name)
    if given is not None:  # what another actor copied of ours while it was there is ours all the same
        wanted = tuple(each for each in given if each in before.constraints or AMI_ATTRIBUTE not in each[1])
    fine = [wanted]
    if moved and moves(baseline, name, before):
        fine = [repinned(baseline, wanted)]
    elif moved and before.daemon:
        fine.append(repinned(baseline, wanted))
    if moved and baseline.expected.cordon:
        fine.append(tuple(sorted((*wanted, ("memberOf", f"attribute:{baseline.expected.cordon} !exists")))))
    if after.constraints not in fine:
        yield f"{name}: constraints were to be {fine[0]!r} and are {after.constraints!r}"


def _bound(name: str, before: ServiceSettings, after: ServiceSettings) -> Iterator[str]:
    """Constraints may bind from a deployment on, for as long as it runs: one to a single AMI shuts out the next.

    A service that was bound to one by itself stays so.
    """
    if any(_to_one_ami(expression) for _kind, expression in (*before.bound_to, *before.constraints, *before.pins)):
        return
    for _kind, expression in after.bound_to:
        if _to_one_ami(expression):
            yield f"{name}: its running deployment is bound to {expression!r}, and no later AMI is that"


def _to_one_ami(expression: str) -> bool:
    left, equals, _ami = (part.strip() for part in expression.partition("=="))
    return bool(equals) and left == f"attribute:{AMI_ATTRIBUTE}"


def _strategy(
    baseline: Baseline, final: FinalState, name: str, before: ServiceSettings, after: ServiceSettings
) -> Iterator[str]:
    """One group: as it was. Two: nothing on the old provider, everything that was on another one carried along."""
    if not baseline.expected.two_groups:
        if (before.strategy, before.launch_type) != (after.strategy, after.launch_type):
            yield f"{name}: strategy was {before.strategy!r} and is {after.strategy!r}"
        return
    old = baseline.settings.provider_name
    second = {one.provider_name for group, one in final.now.groups.items() if baseline.second(group)}
    named = {share[0] for share in after.strategy}
    others = {share[0] for share in before.strategy} - {old}
    if old in named or (not baseline.expected.explicit and not others <= named <= others | second):
        yield f"{name}: strategy was {before.strategy!r}, {old} is the old provider, and it is {after.strategy!r}"
    if before.strategy and not after.strategy:
        yield f"{name}: strategy was {before.strategy!r}, and there is none"


def _definition(baseline: Baseline, name: str, before: ServiceSettings, after: ServiceSettings) -> Iterator[str]:
    """Another revision of the same family, and no constraint of ours in it."""
    if before.task_definition.rpartition(":")[0] != after.task_definition.rpartition(":")[0]:
        yield f"{name}: task definition was {before.task_definition} and is {after.task_definition}"
    if after.pins != repinned(baseline, before.pins):
        yield f"{name}: its task definition's constraints were {before.pins!r} and are {after.pins!r}"


def repinned(baseline: Baseline, constraints: Constraints) -> Constraints:
    """The constraints with the target AMI where they pin an AMI that the rollout replaces."""
    return tuple(sorted((kind, _repinned(baseline, expression)) for kind, expression in constraints))


def _repinned(baseline: Baseline, expression: str) -> str:
    left, equals, _ami = (part.strip() for part in expression.partition("=="))
    pins = equals and left == f"attribute:{AMI_ATTRIBUTE}" and baseline.target_ami is not None
    return f"{left} == {baseline.target_ami}" if pins else expression
