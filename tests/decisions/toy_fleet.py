"""A fleet small enough to think about: slots instead of resources, ticks instead of seconds. No AWS in it."""

import random
from dataclasses import dataclass, field

from handlers.domain.decision.decide import decide
from handlers.domain.decision.situation import Situation
from handlers.domain.model.fleet import Fleet, Instance, Owner, Service, Task
from handlers.domain.model.group_record import GroupRecord, TemplateInUse
from handlers.domain.model.observation import Observation
from handlers.domain.model.plan import AtStart, Plan, Policies, Recorded, Route, Timeouts
from handlers.domain.model.progress import Progress
from handlers.domain.model.resources import Resources
from handlers.domain.model.stage import REPLACE
from handlers.domain.model.step import Step
from handlers.domain.model.topology import OneGroup, Sizes
from handlers.payloads import Direction, StepKind
from tests.decisions.parts import with_fields

ONE_TASK = Resources(cpu=1, memory=1)
OLD, NEW = "ami-0000000a", "ami-0000000b"
TICK = 30.0


def a_plan(size: int, surge: int, max_unavailable: int = 0, **changes: object) -> Plan:
    source = GroupRecord("g", TemplateInUse("lt-1", "1", 1, False, 1), size, 0, size, (), None)
    plan = Plan(
        rollout_id="r", cluster="c", topology=OneGroup(source), target_ami=NEW, original_ami=OLD, started_at=0.0,
        at_start=AtStart(old=size, ready=size, spread=0), sizes=Sizes(size, surge, max_unavailable),
        route=Route((REPLACE,), (REPLACE,)), policies=Policies(timeouts=Timeouts(rollout_seconds=10**6)),
        recorded=Recorded(()),
    )  # fmt: skip
    return with_fields(plan, **changes)


@dataclass
class Machine:
    name: str
    ami: str
    born: float
    boots_in: int = 0
    draining: bool = False
    tasks: int = 0
    connected: bool = True


@dataclass
class ToyFleet:
    """Old machines full of tasks, and what the steps make of them."""

    plan: Plan
    slots: int
    chance: random.Random
    machines: list[Machine] = field(default_factory=list)
    progress: Progress = field(default_factory=Progress)
    now: float = 0.0
    desired: int = 0
    waiting: int = 0  # tasks that are displaced and not placed
    launches: int = 0
    drained_order: list[str] = field(default_factory=list)

    @classmethod
    def full(cls, plan: Plan, slots: int, load: int, seed: int) -> "ToyFleet":
        chance = random.Random(seed)
        toy = cls(plan, slots, chance, desired=plan.sizes.size)
        for number in range(plan.sizes.size):
            tasks = chance.randint(min(load, slots), slots) if slots else 0
            toy.machines.append(Machine(f"i-old{number:03}", OLD, -1000.0 + number, tasks=tasks))
        toy.launches = plan.sizes.size
        return toy

    @property
    def total(self) -> int:
        return sum(machine.tasks for machine in self.machines) + self.waiting

    def observe(self, *, flaps: bool = False) -> Observation:
        back = self.progress.direction is Direction.BACK
        observation = [self._seen(machine, flaps=flaps) for machine in self.machines]
        new = tuple(instance for instance in observation if instance.ami == NEW)
        old = tuple(instance for instance in observation if instance.ami == OLD)
        fleet = Fleet(new if back else old, old if back else new, 0, self.desired, 0, self.plan.ceiling)
        running = self.total - self.waiting
        service = Service(
            "web", daemon=False, desired=self.total, running=running, pending=0, minimum_healthy_percent=100,
            maximum_percent=200, deployments=1, deployment_id="d", rollout_state="COMPLETED", controller="ECS",
            zone_rebalancing=False, resources=ONE_TASK,
        )  # fmt: skip
        return Observation(self.now, fleet, (service,), self.progress)

    def _seen(self, machine: Machine, *, flaps: bool) -> Instance:
        registered = machine.boots_in <= 0
        tasks = tuple(
            Task(f"{machine.name}/{n}", Owner.SERVICE, "web", "RUNNING", "RUNNING", ONE_TASK)
            for n in range(machine.tasks)
        )
        free = self.slots - machine.tasks
        return Instance(
            machine.name, "InService", "a", machine.ami, machine.born,
            arn=machine.name if registered else None,
            status=("DRAINING" if machine.draining else "ACTIVE") if registered else None,
            connected=registered and not (flaps and self.chance.random() < 0.1),
            free=Resources(free, free), task_count=machine.tasks, tasks=tasks,
        )  # fmt: skip

    def take(self, step: Step) -> None:
        """What the hub remembers and the spokes do."""
        self.progress = with_fields(self.progress, idle_since=self.observe().next_idle_since())
        chosen = {instance.instance_id for instance in step.instances}
        for machine in (each for each in self.machines if each.name in chosen):
            if step.kind is StepKind.DRAIN:
                machine.draining = True
                self.drained_order.append(machine.name)
                self.progress = with_fields(
                    self.progress, started_at={**self.progress.drains.started_at, machine.name: self.now}
                )
            if step.kind is StepKind.REACTIVATE:
                machine.draining = False
        if step.kind is StepKind.SCALE_IN and step.instances:
            lost = [machine for machine in self.machines if machine.name in chosen]
            assert not any(machine.tasks for machine in lost), "terminated an instance with tasks"
            self.machines = [machine for machine in self.machines if machine.name not in chosen]
            self.desired -= len(chosen)
        if step.desired is not None:
            self.desired = step.desired

    def pass_time(self) -> None:
        """Launches, boots, and tasks that leave draining machines for free slots; chance decides how many."""
        self.now += TICK
        ami = OLD if self.progress.direction is Direction.BACK else NEW
        while len(self.machines) < self.desired:
            self.launches += 1
            self.machines.append(Machine(f"i-{self.launches:05}", ami, self.now, boots_in=self.chance.randint(1, 4)))
        for machine in self.machines:
            machine.boots_in -= 1
        for machine in (each for each in self.machines if each.draining and each.tasks):
            for _ in range(self.chance.randint(0, machine.tasks)):
                self._move_one(machine)

    def _move_one(self, source: Machine) -> None:
        free = [
            machine
            for machine in self.machines
            if machine.boots_in <= 0 and not machine.draining and machine.tasks < self.slots
        ]
        if free:
            self.chance.choice(free).tasks += 1
            source.tasks -= 1

    def run(self, passes: int, *, flaps: bool = False) -> StepKind:
        """Decide, take, wait; the invariants hold after every step. Ends at DONE or after so many passes."""
        step = decide(Situation(self.plan, self.observe()))
        for _ in range(passes):
            step = decide(Situation(self.plan, self.observe(flaps=flaps)))
            if step.kind is StepKind.DONE:
                break
            self.take(step)
            self.check()
            self.pass_time()
            self.check()
        return step.kind

    def check(self) -> None:
        ready = sum(machine.boots_in <= 0 and not machine.draining for machine in self.machines)
        assert ready >= self.plan.floor, f"{ready} ready, the floor is {self.plan.floor}"
        assert len(self.machines) <= self.plan.ceiling, f"{len(self.machines)} alive, at most {self.plan.ceiling}"
        assert self.desired <= self.plan.ceiling
