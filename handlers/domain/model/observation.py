"""One reading of AWS, and the little that has to be remembered between readings."""

from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Self

from handlers.domain.model.approval import ApprovalRequest
from handlers.domain.model.fleet import Fleet, Instance, Service
from handlers.domain.model.operator_command import OperatorCommand
from handlers.domain.model.placement import Share
from handlers.domain.model.task_failure import TaskFailure
from handlers.payloads import Direction

Score = tuple[int, ...]
STANDING_LENGTH = 12


@dataclass(frozen=True)
class Progress:
    """What cannot be read from AWS: when things began, and what was done. Kept in the table.

    `drain_started_at`, `tasks_at_drain` (how many were on it then), `idle_since` (no task there is meant to run) and
    `skipped` name instances by id: never more than one surge of them; `absent_since` those whose agents are away, since
    when no reading has seen them in service and connected. `stage` is an index into the stages of this direction,
    `serving_old` that its standby serves, `last_switch_handled_at` when the last flip was asked for, `deployments` what
    was deployed in it, by service. `revisions` are the task definitions that were derived: their kind and their source.

    `paused_at` is when the pause began that lasts still, `idle_seconds` how long nobody acted: pauses, and the time
    between two executions. `stops_at` is how many instances are replaced when a rollout ends that was asked to stop.
    `requested_capacities` are the desired capacities that the rollout asked for lately, the last one at `requested_at`;
    `external_capacity_change` by how much another actor changed it, `grown_for_demand` how much of that the rollout did
    in an autoscaler's place. `lacks` is how many instances the last reading found wanting, `stranded` how many tasks of
    each service it found no place for. `bounds` are the sizes that the rollout gave the groups last.

    `taken_over` counts the executions that took it over, `needs_human` that no other one is to do so by itself; `ends`
    is how those executions ended whose way back the recovery rule had taken over. `hopeless_at` is since when launches
    fail for what no time heals. `failing` are the services whose tasks fail on new instances, since when; `unsettled`
    those that were in flux lately, since when they stand as they are; `settled_at` is when there was none of those.

    `best_score`, `deployments_digest` (what stood then) and `last_progress_at` notice a stall. `notified` is what
    people know already. `phase` is the kind of the last step, since `phase_at`, and `phases` the seconds that were
    spent in each kind before. `drained_tasks` counts the tasks on instances when they were set to DRAINING.
    `surge_instances` is how many instances there are above the size before, since `surge_since`;
    `surge_instance_seconds` are the instance-seconds that this took before.
    """

    direction: Direction = Direction.FORWARD
    began_at: float = 0.0
    drain_started_at: dict[str, float] = field(default_factory=dict)
    tasks_at_drain: dict[str, int] = field(default_factory=dict)
    idle_since: dict[str, float] = field(default_factory=dict)
    absent_since: dict[str, float] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    created_version: int | None = None
    stage: int = 0
    serving_old: bool = False
    last_switch_handled_at: float = 0.0
    deployments: dict[str, str] = field(default_factory=dict)
    revisions: dict[str, tuple[str, str]] = field(default_factory=dict)
    bake_began_at: float | None = None
    balance_began_at: float | None = None
    paused_at: float | None = None
    idle_seconds: float = 0.0
    stops_at: int | None = None
    requested_capacities: tuple[int, ...] = ()
    requested_at: float = 0.0
    bounds: dict[str, tuple[int, int]] = field(default_factory=dict)
    external_capacity_change: int = 0
    lacks: int = 0
    grown_for_demand: int = 0
    stranded: dict[str, int] = field(default_factory=dict)
    taken_over: int = 0
    ends: tuple[str, ...] = ()
    needs_human: bool = False
    hopeless_at: float | None = None
    notified: tuple[str, ...] = ()
    failing: dict[str, float] = field(default_factory=dict)
    unsettled: dict[str, float] = field(default_factory=dict)
    settled_at: float = 0.0
    phase: str = ""
    phase_at: float = 0.0
    phases: dict[str, float] = field(default_factory=dict)
    drained_tasks: int = 0
    surge_instances: int = 0
    surge_since: float = 0.0
    surge_instance_seconds: float = 0.0
    best_score: Score | None = None
    deployments_digest: str = ""
    last_progress_at: float = 0.0
    failure: dict[str, str] | None = None
    report: dict[str, Any] | None = None

    def phases_until(self, now: float) -> dict[str, float]:
        """Seconds spent in each kind of step, the last one included."""
        spent = round(now - self.phase_at) if self.phase else 0
        return {**self.phases, **({self.phase: self.phases.get(self.phase, 0) + spent} if self.phase else {})}

    def surge_instance_seconds_until(self, now: float) -> float:
        """Instance-seconds above the size that the node group had before."""
        return self.surge_instance_seconds + self.surge_instances * (now - self.surge_since)

    def to_json(self) -> dict[str, Any]:
        """The JSON object for the table."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read it back from the table."""
        best = data.get("best_score")
        return cls(
            **{
                **data,
                "direction": Direction(data["direction"]),
                "skipped": tuple(data["skipped"]),
                "notified": tuple(data["notified"]),
                "bounds": {name: (low, high) for name, (low, high) in data["bounds"].items()},
                "requested_capacities": tuple(data["requested_capacities"]),
                "ends": tuple(data["ends"]),
                "best_score": tuple(best) if best else None,
                "revisions": {arn: (kind, source) for arn, (kind, source) in data["revisions"].items()},
            }
        )


@dataclass(frozen=True)
class Observation:
    """AWS as one assessment saw it. `now` is epoch seconds."""

    now: float
    fleet: Fleet
    services: tuple[Service, ...]
    progress: Progress
    alarms_firing: tuple[str, ...] = ()
    alarms_without_data: tuple[str, ...] = ()
    failed_launches: tuple["FailedLaunch", ...] = ()
    launch_image: str = ""  # the state of the AMI that is launched, read while launches fail
    approval: ApprovalRequest | None = None
    command: OperatorCommand | None = None
    default_strategy: tuple[Share, ...] = ()
    task_failures: tuple[TaskFailure, ...] = ()
    stranded: dict[str, int] = field(default_factory=dict)  # by service: tasks that have no place and are to get none

    @property
    def direction(self) -> Direction:
        """Which way the fleet moves."""
        return self.progress.direction

    @property
    def unstable(self) -> tuple[Service, ...]:
        """Services that are not stable now."""
        return tuple(
            service for service in self.services if not service.stable and not self._stands_but_for_stranded(service)
        )

    def _stands_but_for_stranded(self, service: Service) -> bool:
        """Whether every task of it runs that has a place."""
        there = service.on_new_deployment if service.deployments > 1 else service.running
        most = self.stranded.get(service.name, 0)
        return most > 0 and not service.pending and not service.failed and there >= service.desired - most

    def draining_for(self, instance: Instance) -> float:
        """Seconds since this rollout began to drain the instance; 0 where it did not."""
        return self.now - self.progress.drain_started_at.get(instance.instance_id, self.now)

    def idle_for(self, instance: Instance) -> float:
        """Seconds since it was first seen to hold no task that is meant to run, and was so ever since."""
        return self.now - self.progress.idle_since.get(instance.instance_id, self.now)

    def accounts_for_all(self, instance: Instance) -> bool:
        """Whether as many tasks have stopped on it since this rollout began to drain it as were on it then."""
        name, known = instance.instance_id, self.progress
        began, held = known.drain_started_at.get(name), known.tasks_at_drain.get(name)
        if began is None or held is None:
            return False
        return sum(task.stopped and task.stopped_at >= began for task in instance.tasks or ()) >= held > 0

    def next_idle_since(self) -> dict[str, float]:
        """What `idle_since` is to be from now on."""
        known = self.progress.idle_since
        return {
            instance.instance_id: known.get(instance.instance_id, self.now)
            for instance in self.fleet.draining
            if instance.is_idle
        }

    def next_absent_since(self) -> dict[str, float]:
        """What `absent_since` is to be from now on."""
        known = self.progress.absent_since
        return {
            instance.instance_id: known.get(instance.instance_id, self.now)
            for instance in self.fleet.alive
            if instance.away
        }

    @property
    def is_progress(self) -> bool:
        """Whether less is left to do than ever before, or what stands is not what stood when that was seen."""
        best, anew = self.progress.best_score, self.deployments_digest != self.progress.deployments_digest
        return best is None or anew or self.score() < best

    @property
    def deployments_digest(self) -> str:
        """What stands: another text for another deployment, desired capacity or draining instance, whoever's it is."""
        deployments = sorted(service.deployment_id for service in self.services)
        draining = sorted(instance.instance_id for instance in self.fleet.alive if instance.draining)
        stands = " ".join((*deployments, str(self.fleet.desired), *draining))
        return sha256(stands.encode()).hexdigest()[:STANDING_LENGTH]

    def score(self) -> Score:
        """How much is left to do; the rollout makes progress when this falls below its best (compared in order)."""
        fleet = self.fleet
        not_draining = sum(not instance.draining for instance in fleet.outgoing)
        tasks = sum(len(instance.left) for instance in fleet.draining)
        unmoved = sum(
            max(0, service.desired - service.on_new_deployment) for service in self.services if not service.daemon
        )
        return (len(fleet.outgoing), not_draining, tasks, len(fleet.unready) + fleet.terminating, unmoved)


@dataclass(frozen=True)
class FailedLaunch:
    """A scaling activity that launched nothing."""

    at: float
    message: str
