"""One reading of AWS."""

from dataclasses import dataclass, field
from hashlib import sha256

from handlers.domain.model.approval import ApprovalRequest
from handlers.domain.model.fleet import Fleet, Instance, Service
from handlers.domain.model.operator_command import OperatorCommand
from handlers.domain.model.placement import Share
from handlers.domain.model.progress import Progress, Score
from handlers.domain.model.task_failure import TaskFailure
from handlers.payloads import Direction

STANDING_LENGTH = 12


BEYOND_HELP_SECONDS = 300
STANDSTILL_SECONDS = 120  # a deployment, or a drain, that got no further for so long lacks room


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
    unhealthy: tuple[Instance, ...] = ()  # those that their groups replace, on their way out or not yet
    ghosts: tuple[Instance, ...] = ()  # container instances that outlived their machines, in no group any more
    stranded: dict[str, int] = field(default_factory=dict)  # by service: tasks that have no place and are to get none

    @property
    def direction(self) -> Direction:
        """Which way the fleet moves."""
        return self.progress.direction

    @property
    def unstable(self) -> tuple[Service, ...]:
        """Services that are not stable now, and that are waited for."""
        return tuple(service for service in self.services if not service.stable and self.can_stand(service))

    @property
    def stands_still(self) -> bool:
        """Whether nothing has got on for so long that what is under way lacks room."""
        return self.now - self.progress.stall.last_progress_at >= STANDSTILL_SECONDS

    def can_stand(self, service: Service) -> bool:
        """Whether more of it is to be waited for than what is beyond help, or has no place."""
        return service.name not in self.beyond_help and not self._stands_but_for_stranded(service)

    @property
    def beyond_help(self) -> frozenset[str]:
        """Services that have failed on old instances, too, for so long on the way back that they are not waited for."""
        return frozenset(
            name for name, since in self.progress.health.anyway.items() if self.now - since >= BEYOND_HELP_SECONDS
        )

    def _stands_but_for_stranded(self, service: Service) -> bool:
        """Whether every task of it runs that has a place."""
        most = self.stranded.get(service.name, 0)
        return most > 0 and not service.pending and not service.failed and service.on_newest >= service.desired - most

    def draining_for(self, instance: Instance) -> float:
        """Seconds since this rollout began to drain the instance; 0 where it did not."""
        return self.now - self.progress.drains.started_at.get(instance.instance_id, self.now)

    def idle_for(self, instance: Instance) -> float:
        """Seconds since it was first seen to hold no task that is meant to run, and was so ever since."""
        return self.now - self.progress.drains.idle_since.get(instance.instance_id, self.now)

    def accounts_for_all(self, instance: Instance) -> bool:
        """Whether as many tasks have stopped on it since this rollout began to drain it as were on it then."""
        name, known = instance.instance_id, self.progress
        began, held = known.drains.started_at.get(name), known.drains.tasks_at_start.get(name)
        if began is None or held is None:
            return False
        return sum(task.stopped and task.stopped_at >= began for task in instance.tasks or ()) >= held > 0

    def next_idle_since(self) -> dict[str, float]:
        """What `idle_since` is to be from now on."""
        known = self.progress.drains.idle_since
        return {
            instance.instance_id: known.get(instance.instance_id, self.now)
            for instance in self.fleet.draining
            if instance.is_idle
        }

    def next_absent_since(self) -> dict[str, float]:
        """What `absent_since` is to be from now on."""
        known = self.progress.drains.absent_since
        return {
            instance.instance_id: known.get(instance.instance_id, self.now)
            for instance in self.fleet.alive
            if instance.away
        }

    @property
    def is_progress(self) -> bool:
        """Whether less is left to do than ever before, or what stands is not what stood when that was seen."""
        best, anew = self.progress.stall.best_score, self.deployments_digest != self.progress.stall.deployments_digest
        return best is None or anew or self.score() < best

    @property
    def returned_again(self) -> frozenset[str]:
        """Services that the way back has deployed already, in this stage."""
        return frozenset(self.progress.stage.deployments) if self.direction is Direction.BACK else frozenset()

    @property
    def deployments_digest(self) -> str:
        """What stands: another text for another deployment, desired capacity or draining instance, whoever's it is.

        Not for a deployment of what the way back has deployed already: else a service whose circuit breaker takes it
        back each time would be waited for without end.
        """
        deployments = sorted(
            service.deployment_id for service in self.services if service.name not in self.returned_again
        )
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
