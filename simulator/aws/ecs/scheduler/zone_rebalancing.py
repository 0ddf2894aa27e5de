"""Availability Zone rebalancing: a service at rest whose tasks are spread unevenly has some of them moved.

First a task starts where there are fewest, in a zone that has an instance with room for it; when it is healthy, one
stops where there are most. A deployment, a drain, another count or a task that ends meanwhile stops it. Source:
developer guide, "Balancing an Amazon ECS service across Availability Zones" (conditions and order) and "Availability
Zone service rebalancing event messages"; the words are those that ECS was seen to use. How soon it looks AWS does not
say: here as soon as the service is in a steady state. Tasks on Fargate are left alone: which zone they are in nobody
here asks.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.fargate import runs_on_fargate
from simulator.aws.ecs.lifecycle import Lifecycle
from simulator.aws.ecs.placement import CandidatePool, PlacementRequest
from simulator.aws.ecs.scheduler.replica import most_crowded_first, named, new_task, request_of
from simulator.aws.ecs.scheduler.service_events import complain, say
from simulator.aws.ecs.state import Deployment, EcsService, Task

UNEVEN_FROM = 2
"""Tasks more in one zone than in another: then the count could be spread more evenly over the zones."""


NO_ROOM = "is unable to place a task in {} because no container instance met all of its requirements."
HELD = (
    "was unable to AZ Rebalance because (taskSet {}) was unable to scale in due to (reason {} tasks under protection)."
)


@dataclass(frozen=True)
class Move:
    """A rebalancing that is under way: what it has started, and what it found."""

    started: list[Task]
    deployment: Deployment
    desired: int


class ZoneRebalancing:
    """Moves tasks of services between zones."""

    def __init__(self, context: EcsContext, lifecycle: Lifecycle) -> None:
        self.context = context
        self.lifecycle = lifecycle
        self._moves: dict[EcsService, Move] = {}

    def watches(self, service: EcsService) -> bool:
        """Whether it looks at the service when instances come or go."""
        return service.availability_zone_rebalancing == "ENABLED" and service.steady

    def holds(self, service: EcsService) -> bool:
        """Whether it is under way, so that nothing else starts or stops tasks of the service; goes on with it."""
        move = self._moves.get(service)
        if move is None:
            return False
        if not _goes_on(service, move):
            del self._moves[service]
            say(self.context, service, "stopped AZ Rebalancing.")
            return False
        if all(task.healthy for task in move.started):
            del self._moves[service]
            self._stop(service, move)
        return True

    def look(self, service: EcsService) -> None:
        """Begin where a service at rest is uneven and can be made more even."""
        if not self.watches(service) or service.not_before > self.context.now:
            return  # busy, or waiting before tasks that fail are started again
        if runs_on_fargate(service.launch_type, service.capacity_provider_strategy):
            return
        before = _shown(service)
        started = list(self._start(service))
        if started:
            self._moves[service] = Move(started, service.primary, service.desired_count)
            say(self.context, service, f"is not AZ balanced with {before}. AZ Rebalancing in progress.")
            for zone, tasks in _by_zone(started).items():
                say(self.context, service, f"has started {len(tasks)} tasks in {zone} to AZ Rebalance: {named(tasks)}.")

    def _start(self, service: EcsService) -> Iterator[Task]:
        """Start tasks where there are fewest until it would be even, as far as the maximum percent and room allow."""
        free = Counter(task.instance.zone for task in service.tasks.values() if not self.lifecycle.is_protected(task))
        counts = Counter(service.in_zone)
        full: set[str] = set()
        for _ in range(service.ceiling - len(service.tasks)):
            found = self._next(service, counts, free, full)
            if found is None:
                return
            zone, request, fullest = found
            if instance := CandidatePool(request, self.context.random_streams).best():
                yield self.lifecycle.start(new_task(service, request.provider), instance)
                counts.update({zone: 1, fullest: -1})
                free[fullest] -= 1
            else:
                full.add(zone)
                complain(self.context, service, NO_ROOM.format(zone))

    def _next(
        self, service: EcsService, counts: Counter[str], free: Counter[str], full: set[str]
    ) -> tuple[str, PlacementRequest, str] | None:
        """Where one more task is to start, what it asks for, and where one is to stop; None where it is even."""
        held = 0
        for fullest in sorted(counts, key=lambda zone: (-counts[zone], zone)):
            provider = _provider_in(service, fullest)
            request = request_of(self.context.aws, service, provider)
            zones = {each.zone for each in CandidatePool(request, self.context.random_streams).allowed} - full
            emptiest = min(sorted(zones), key=lambda zone: counts[zone], default=None)
            if emptiest is None or counts[fullest] - counts[emptiest] < UNEVEN_FROM:
                break
            if free[fullest]:
                return emptiest, _in_zone(request, emptiest), fullest
            held += counts[fullest]
        if held:
            complain(self.context, service, HELD.format(service.primary.id, held))
        return None

    def _stop(self, service: EcsService, move: Move) -> None:
        """The started ones are healthy: as many others stop, where there are most."""
        free = [task for task in service.tasks.values() if not self.lifecycle.is_protected(task)]
        others = [task for task in free if task not in move.started]
        stopped = most_crowded_first(service, others, len(move.started))
        for task in stopped:
            self.lifecycle.stop(task, f"Scaling activity initiated by (deployment {service.primary.id})")
        for zone, tasks in _by_zone(stopped).items():
            say(
                self.context,
                service,
                f"has stopped {len(tasks)} running tasks in {zone} due to AZ rebalancing: {named(tasks)}.",
            )
        counts = service.in_zone.values()
        if max(counts) - min(counts) < UNEVEN_FROM:
            say(self.context, service, f"is AZ balanced with {_shown(service)}.")


def _goes_on(service: EcsService, move: Move) -> bool:
    """Whether nothing has come between."""
    wanted = [task for task in service.tasks.values() if task.wanted]
    return (
        service.availability_zone_rebalancing == "ENABLED"
        and service.primary is move.deployment
        and service.desired_count == move.desired
        and len(wanted) == move.desired + len(move.started)
        and all(task.wanted for task in move.started)
        and all(task.instance.status == "ACTIVE" for task in wanted)
    )


def _provider_in(service: EcsService, zone: str) -> str | None:
    """The provider of a task there: as many of each stay."""
    there = (task.capacity_provider_name for task in service.tasks.values() if task.instance.zone == zone)
    return next(there, None)


def _in_zone(request: PlacementRequest, zone: str) -> PlacementRequest:
    there = {"type": "memberOf", "expression": f"attribute:ecs.availability-zone == {zone}"}
    return replace(request, constraints=[*request.constraints, there])


def _by_zone(tasks: list[Task]) -> dict[str, list[Task]]:
    found: dict[str, list[Task]] = {}
    for task in tasks:
        found.setdefault(task.instance.zone, []).append(task)
    return found


def _shown(service: EcsService) -> str:
    most_first = sorted(service.in_zone.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{count} tasks in {zone}" for zone, count in most_first)
