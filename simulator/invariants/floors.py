"""Service floor: running tasks ≥ minimumHealthyPercent of desired, and one where that is zero.

A task counts while it is RUNNING and meant to run. Who is answerable for what is missing:

others'        it went with a host or by a stop that a fault brought about, it failed on an instance that was there
               before, or as it would have failed there, or another actor raised the desired count
the rollout's  everything else. A task that fails on an instance which the rollout brought cannot be foreseen; that it
               is answered can be promised: within `ANSWER_SECONDS` and the start of a task its service is back at its
               floor, or the rollout has turned and runs its first task on the AMI before again. All of them may take
               as long as it takes to launch the old instances, one surge after the other. From an execution that
               somebody stops until another one begins nobody is there to answer.

DAEMON services have no floor here: their desired count is the number of instances, so it moves with the fleet itself.
"""

from collections.abc import Callable

from simulator.aws.ecs.events import ServiceUpdated, TaskRunning, TaskStopping
from simulator.aws.ecs.state import Cluster, EcsService, Task
from simulator.faults.faults import FaultStruck
from simulator.invariants.floor_ledger import FloorLedger, FloorRecord
from simulator.invariants.rollout_direction import ROLL_BACK_BEGINS
from simulator.invariants.violation_log import ViolationLog
from simulator.kernel.clock import Clock
from simulator.kernel.events import Bus
from simulator.kernel.simulated_instance import InstanceStopping
from simulator.stepfunctions.events import ExecutionEnded, ExecutionStarted, StateEntered

FLOOR = "service floor"
ANSWER = "tasks that fail on new instances are answered"
BY_ITSELF = ("EssentialContainerExited", "TaskFailedToStart")
RUNS_ON = ("disconnect_agent",)
"""Faults that name instances whose tasks run on: nothing is taken from a service yet."""

ANSWER_SECONDS = 600.0
SETTLED_SECONDS = 120.0
"""So long a service must be at its floor before it counts as back there: tasks that crash in a loop run, too."""


class Floors:
    """Counts running tasks by events alone and holds them against the floors.

    `brought` says of a task that fails whether that is what the rollout brought, `is_back` of one that runs whether it
    does on an AMI of before; `start_seconds` how long a task of the service takes to start, at most.
    """

    def __init__(
        self,
        bus: Bus,
        clock: Clock,
        log: ViolationLog,
        cluster: Cluster,
        brought: Callable[[Task], bool],
        is_back: Callable[[Task], bool],
        start_seconds: Callable[[EcsService], float],
    ) -> None:
        self._clock, self._log, self._cluster = clock, log, cluster
        self._brought, self._is_back, self._start_seconds = brought, is_back, start_seconds
        self._turned = False
        self._alone_since: float | None = None  # while an execution that somebody stopped was the last one
        self._ledgers: dict[str, FloorLedger] = {}
        self._shortages: dict[str, _Shortage] = {}
        self._struck: dict[str, None] = {}
        self._orphans: dict[str, list[Task]] = {}  # by instance: those that ECS counts no more, and that run on
        self.harmed: set[str] = set()  # services of which a task failed on the new AMI, whoever broke it
        for service in cluster.services.values():
            self._enter(service)
        bus.subscribe(TaskRunning, self._started)
        bus.subscribe(TaskStopping, self._stopping)
        bus.subscribe(ServiceUpdated, self._updated)
        bus.subscribe(FaultStruck, self._strike)
        bus.subscribe(StateEntered, self._entered)
        bus.subscribe(InstanceStopping, self._machine_stops)
        bus.subscribe(ExecutionEnded, self._ended)
        bus.subscribe(ExecutionStarted, self._begun)

    def running(self, service: str) -> int:
        """Tasks of the service that count now."""
        return len(self._ledgers[service].running) if service in self._ledgers else 0

    def records(self) -> dict[str, FloorRecord]:
        """How each service stood until now, by name."""
        for ledger in self._ledgers.values():
            ledger.pass_until(self._clock.now)
        return {name: self._ledgers[name].record for name in sorted(self._ledgers)}

    def _enter(self, service: EcsService) -> None:
        if not service.is_daemon:
            self._ledgers[service.name] = FloorLedger.of(service, self._clock.now)
            self._shortages[service.name] = _Shortage()

    def _started(self, event: TaskRunning) -> None:
        service = event.task.service
        ledger = self._ledger(service)
        if service is not None and ledger is not None and event.task.wanted:
            ledger.running[event.task.id] = None
            shortage = self._shortages[service.name]
            shortage.answered = shortage.answered or (self._turned and self._is_back(event.task))
            self._weigh(service, ledger)

    def _entered(self, event: StateEntered) -> None:
        self._turned = self._turned or event.state == ROLL_BACK_BEGINS

    def _ended(self, event: ExecutionEnded) -> None:
        if event.status == "ABORTED" and self._alone_since is None:
            self._alone_since = self._clock.now

    def _begun(self, _event: ExecutionStarted) -> None:
        if self._alone_since is None:
            return
        alone_since, self._alone_since = self._alone_since, None
        for name, service in self._cluster.services.items():
            if not service.is_daemon and name in self._ledgers:
                self._shortages[name].pass_over(alone_since, self._clock.now)
                self._look_again(service, self._ledgers[name])

    def _stopping(self, event: TaskStopping) -> None:
        task, service = event.task, event.task.service
        ledger = self._ledger(service)
        if service is None or ledger is None:
            return
        if task.orphaned and task.id in ledger.running and not service.load_balancers:
            self._orphans.setdefault(task.instance.ec2_instance.instance_id, []).append(task)
            return  # it serves until its machine goes
        counted = ledger.running.pop(task.id, "not there") is None
        failed = task.stop_code in BY_ITSELF or task.health == "UNHEALTHY"
        if failed and not self._is_back(task):
            self.harmed.add(service.name)
        if failed and not self._was_struck(task) and self._brought(task):
            ledger.harm += 1
        elif counted:
            ledger.others += failed or self._was_struck(task)
        self._weigh(service, ledger)

    def _machine_stops(self, event: InstanceStopping) -> None:
        """Whatever ECS knows of it, nothing runs there any more."""
        name = event.host.instance_id
        known = (task for service in self._cluster.services.values() for task in service.tasks.values())
        there = [task for task in known if task.instance.ec2_instance.instance_id == name and task.wanted]
        for task in (*self._orphans.pop(name, ()), *there):
            ledger = self._ledger(task.service)
            if task.service is not None and ledger is not None and ledger.running.pop(task.id, "not there") is None:
                ledger.others += self._was_struck(task)
                self._weigh(task.service, ledger)

    def _ledger(self, service: EcsService | None) -> FloorLedger | None:
        """The service's ledger, with the time booked until now; before anything in it changes."""
        ledger = self._ledgers.get(service.name) if service is not None else None
        if ledger is not None:
            ledger.pass_until(self._clock.now)
        return ledger

    def _was_struck(self, task: Task) -> bool:
        return task.id in self._struck or task.instance.ec2_instance.instance_id in self._struck

    def _strike(self, event: FaultStruck) -> None:
        if event.kind in RUNS_ON:
            return
        self._struck.update(dict.fromkeys(event.takes))

    def _updated(self, event: ServiceUpdated) -> None:
        service = event.service
        if service.is_daemon:
            return
        if service.name not in self._ledgers:
            self._enter(service)
        ledger = self._ledger(service)
        if ledger is not None:
            ledger.resize(service.floor, service.desired_count)
            self._weigh(service, ledger)

    def _weigh(self, service: EcsService, ledger: FloorLedger) -> None:
        ledger.weigh()
        self._log.hold(FLOOR, service.name, _detail(service, ledger), holds=ledger.is_held)
        shortage, now = self._shortages[service.name], self._clock.now
        if ledger.harm and shortage.goes_on(now):
            self._answered(service, ledger)
        elif ledger.harm:
            shortage.begin(now)
            self._look_again(service, ledger)
        else:
            shortage.pause(now)

    def _look_again(self, service: EcsService, ledger: FloorLedger) -> None:
        patience = ANSWER_SECONDS + self._start_seconds(service)
        self._clock.after(patience, lambda: self._answered(service, ledger))

    def _answered(self, service: EcsService, ledger: FloorLedger) -> None:
        """Note it where the service has been short for too long by what failed on the rollout's instances."""
        since = self._shortages[service.name].since
        now = self._clock.now if self._alone_since is None else self._alone_since
        seconds = max(0.0, now - since) if ledger.harm and since is not None else 0.0
        answered = self._shortages[service.name].answered
        late = not answered and seconds >= ANSWER_SECONDS + self._start_seconds(service)
        detail = f"{_detail(service, ledger)}, and was short for {seconds:.0f} s"
        self._log.hold(ANSWER, service.name, detail, holds=not late)


class _Shortage:
    """A time through which a service is short again and again by what failed on the rollout's instances."""

    def __init__(self) -> None:
        self.since: float | None = None  # None: there is none
        self.answered = False
        self._over_since: float | None = None  # while the service is at its floor

    def goes_on(self, now: float) -> bool:
        """Whether the service is short again so soon that this is the spell that was."""
        settled = self._over_since is not None and now - self._over_since >= SETTLED_SECONDS
        self._over_since = None
        return self.since is not None and not settled

    def begin(self, now: float) -> None:
        """Another spell begins."""
        self.since = now

    def pass_over(self, since: float, until: float) -> None:
        """What lies between does not count."""
        if self.since is not None:
            self.since += until - max(self.since, since)

    def pause(self, now: float) -> None:
        """The service is at its floor again, for now."""
        self._over_since = now if self._over_since is None else self._over_since


def _detail(service: EcsService, ledger: FloorLedger) -> str:
    owed = [f"{ledger.others} were taken by others"] if ledger.others else []
    owed += [f"{ledger.harm} failed on instances that the rollout brought"] if ledger.harm else []
    said = f"{service.name} runs {len(ledger.running)} tasks, its floor is {ledger.floor} of {ledger.desired}"
    return ", ".join((said, *owed))
