"""The commands of a report, run as an operator would: in order, each one works, and then all settings are as before.

They are run when everything else has been checked and the tasks are not watched any more, with the rights of an
operator: what was refused is not any more. What happened to the region after the report is not held against them: the
old AMI that was deregistered, a service that its circuit breaker took elsewhere and that no command names. What the
remaining instances hold up may stay: bounds that their number is beyond, a process that would take some of them away,
a second group that is not empty.
"""

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from simulator.invariants.baseline import Baseline
from simulator.invariants.external_changes import ExternalChanges
from simulator.invariants.final_state import read_final_state
from simulator.invariants.remaining_work import RemainingWork, as_far_as_instances_allow, is_launchable
from simulator.invariants.restoration import FREE_WHEN_NEW, SIZES
from simulator.invariants.service_restoration import services_not_restored
from simulator.invariants.snapshot import GroupSettings, Snapshot
from simulator.invariants.violation_log import ViolationLog
from simulator.region import Region

COMMANDS = "each command that a human is told works"
LAUNCHES = {"LaunchTemplate", "MixedInstancesPolicy"}
DEPLOYMENT_SECONDS, A_MOMENT = 1200.0, 5.0
"""An operator waits for a deployment to end before the next command."""


def run_by_hand(
    region: Region,
    baseline: Baseline,
    changes: ExternalChanges,
    log: ViolationLog,
    remaining: RemainingWork,
    *,
    back: bool,
) -> None:
    """Run them, and note what fails and what is not as before then; `back`: it was turned."""
    back = back and baseline.group in remaining.now.groups  # else there is nothing to return to
    commands = remaining.report.get("details", {}).get("commands", ())
    if not commands:
        return
    seen = len(log.violations)
    region.dispatch.faults.clear()
    region.dispatch.staleness = None
    aged = remaining.launchable and not is_launchable(region, baseline.settings.launches_ami)
    for command in commands:
        refused = _run(region, command)
        if refused and not (aged and LAUNCHES & command["parameters"].keys()):
            log.note(COMMANDS, f"{command['service']} {command['operation']} is answered: {refused}")
        deploys = command["parameters"].get("forceNewDeployment")
        region.clock.advance(DEPLOYMENT_SECONDS if deploys else A_MOMENT)
    final = read_final_state(region, baseline, status="", last_state="", history_events=0, peak_payload_bytes=0)
    for sentence in _settings(region, baseline, changes, (remaining, final.now), back=back):
        log.note(COMMANDS, f"after all of them, {sentence}")
    if back:
        judged = replace(final, now=_but_for_the_restored(baseline, remaining, final.now, commands))
        for sentence in services_not_restored(baseline, changes, judged, moved=False):
            log.note(COMMANDS, f"after all of them, {sentence}")
    for lock in final.locks:
        log.note(COMMANDS, f"after all of them, the lock {lock} is still held")
    log.violations[seen:] = [violation for violation in log.violations[seen:] if violation.invariant == COMMANDS]


def _but_for_the_restored(
    baseline: Baseline, remaining: RemainingWork, now: Snapshot, commands: Iterable[dict[str, Any]]
) -> Snapshot:
    """With services as they stood when the report was written, where that was as before and no command names them."""
    named = {command["parameters"].get("service") for command in commands}
    stood = {
        name: service
        for name, service in remaining.now.services.items()
        if service == baseline.before.services.get(name) and name in now.services and name not in named
    }
    return replace(now, services={**now.services, **stood})


def _run(region: Region, command: dict[str, Any]) -> str:
    """The error that it is answered with; nothing where it works."""
    call = getattr(region.client(command["service"]), command["operation"].replace("-", "_"))
    try:
        call(**command["parameters"])
    except (ClientError, BotoCoreError) as error:
        return str(error)
    return ""


def _settings(
    region: Region, baseline: Baseline, changes: ExternalChanges, seen: tuple[RemainingWork, Snapshot], *, back: bool
) -> Iterator[str]:
    """Of each group but how many instances it has, which is no setting; forward it may launch what is new."""
    remaining, now = seen
    made = now.groups.keys() - baseline.before.groups.keys()
    full = made & remaining.full
    launches = FREE_WHEN_NEW if full or not back or not is_launchable(region, baseline.settings.launches_ami) else ()
    for name, was in baseline.before.groups.items():
        stands = now.groups.get(name)
        if not baseline.involves(name) or stands is None or name not in remaining.now.groups:
            continue
        free = {"desired", *changes.sized(name), *changes.templates, *launches}
        if not back and baseline.expected.two_groups:
            free |= set(SIZES)
        wanted = as_far_as_instances_allow(was, remaining.now.groups[name], even=remaining.even[name])
        for field in fields(GroupSettings):
            before, after = getattr(wanted, field.name), getattr(stands, field.name)
            if before != after and field.name not in free:
                yield f"{name}: {field.name.replace('_', ' ')} was {before!r} and is {after!r}"
    if not back:
        return
    yield from (f"the group {name} is there, and empty" for name in sorted(made - full))
    if now.providers != baseline.before.providers and not full:
        yield f"the cluster's capacity providers were {baseline.before.providers} and are {now.providers}"
    if now.default_strategy != baseline.before.default_strategy:
        yield f"the default strategy was {baseline.before.default_strategy} and is {now.default_strategy}"
