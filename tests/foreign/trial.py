"""A trial: an instance is terminated by Auto Scaling, and a function of somebody else's has to drain it first."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from simulator.aws.autoscaling.events import LifecycleActionEnded
from simulator.aws.autoscaling.hook_state import TERMINATING
from simulator.aws.ecs.context import ACCOUNT
from simulator.cdk_output import ensure_synthesized
from simulator.kernel.clock import EPOCH
from simulator.runs.http_server import serve
from simulator.scenario.model import Scenario
from simulator.simulation import Simulation
from tests.foreign.delivery import SOURCES, Source, all_places, named
from tests.foreign.function import Call, Code, Function, Invocation, Time, environment

HOOK = "drain-before-termination"
LOOKS_EVERY_SECONDS = 1.0
AFTERWARDS_SECONDS = 600.0


@dataclass(frozen=True)
class Asked:
    """What is tried: which code, how the hook reaches it, its environment, tags of the instance, time-outs."""

    code: Code
    by: str = "sns"
    variables: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    timeout_seconds: float = 900.0
    heartbeat_seconds: int = 900
    group: str = ""
    seed: int = 1


@dataclass
class Outcome:
    """What came of it. Seconds are virtual, from the hook's message to the end of its action.

    `result` is CONTINUE or ABANDON, None while the action has not ended; `ended_by_it`: by a call of the function's,
    not because its time ran out. `left_on_it` are tasks that were not STOPPED then, as `service: lastStatus`.
    """

    instance: str
    tasks: int
    invocations: list[Invocation] = field(default_factory=list)
    result: str | None = None
    ended_by_it: bool = False
    seconds: float = 0.0
    left_on_it: list[str] = field(default_factory=list)
    terminated: bool = False
    log: str = ""

    @property
    def calls(self) -> list[Call]:
        """All that the function called."""
        return [call for invocation in self.invocations for call in invocation.calls]

    @property
    def errors(self) -> list[str]:
        """How invocations failed; Lambda tries those again, so that need not be in vain."""
        return [each.error for each in self.invocations if each.error is not None]

    @property
    def refused(self) -> list[str]:
        """Operations that the region does not have."""
        return sorted({f"{call.service}:{call.operation}" for call in self.calls if call.refused})

    @property
    def complaints(self) -> list[str]:
        """Why it did not work; none where it did."""
        found = [f"the region does not have {name}" for name in self.refused]
        if self.result is None:
            found.append("the lifecycle action was never completed")
        elif not self.ended_by_it:
            found.append(f"the lifecycle action's time ran out: {self.result}")
        if self.left_on_it:
            found.append(f"not stopped when the action ended: {', '.join(self.left_on_it)}")
        if self.result is not None and not self.terminated:
            found.append("the instance was not terminated")
        return found


def undrained_by_ecs(scenario: Scenario) -> Scenario:
    """The scenario without managed draining: what is tried does it instead."""
    groups = tuple(replace(group, managed_draining=False) for group in scenario.node_groups)
    return replace(scenario, node_groups=groups)


def run(scenario: Scenario, asked: Asked, tell: Callable[[Call], None] = lambda _call: None) -> Outcome:
    """Try it; `tell` hears of each call after its invocation. Raises NotLoaded, KeyError for an unknown place."""
    with (
        Simulation(undrained_by_ecs(scenario), asked.seed, ensure_synthesized()) as region,
        serve(region, speed=0.0) as address,
        tempfile.TemporaryFile("w+") as log,
    ):
        source = SOURCES[asked.by](region)
        places = dict(all_places(region, source))
        variables = {name: named(value, places) for name, value in asked.variables.items()}
        clock = Time(lambda: region.clock.now, EPOCH.timestamp(), region.engine.let_time_pass)
        surroundings = environment(address, scenario.region, variables)
        function = Function(asked.code, surroundings, asked.timeout_seconds, clock, log)
        try:
            outcome = _Trial(region, source, function, asked, places).run(tell)
        finally:
            function.close()
        log.seek(0)
        outcome.log = log.read()
        return outcome


class _Trial:
    """One trial in a region that is served."""

    def __init__(
        self, region: Simulation, source: Source, function: Function, asked: Asked, places: dict[str, str]
    ) -> None:
        self._region, self._source, self._function, self._asked = region, source, function, asked
        self._group = asked.group or region.scenario.node_groups[0].name
        instance = self._busiest()
        self._outcome = Outcome(instance, self._tasks_on(instance))
        tags = [{"Key": key, "Value": named(value, places)} for key, value in asked.tags.items()]
        if tags:
            region.client("ec2").create_tags(Resources=[instance], Tags=tags)
        region.bus.subscribe(LifecycleActionEnded, self._ended)
        self._calling = ""
        region.dispatch.before.append(lambda _service, operation, _request: self._call(operation))
        region.dispatch.after.append(lambda _service, _operation, _request: self._call(""))

    def run(self, tell: Callable[[Call], None]) -> Outcome:
        """Terminate the instance; deliver what is to be delivered until the action has ended, and a while more."""
        self._put_hook()
        began = self._region.clock.now
        scaling = self._region.client("autoscaling")
        scaling.terminate_instance_in_auto_scaling_group(
            InstanceId=self._outcome.instance, ShouldDecrementDesiredCapacity=False
        )
        until = began + self._asked.heartbeat_seconds * 100 + AFTERWARDS_SECONDS
        while self._outcome.result is None and self._region.clock.now < until:
            for invocation in self._deliver():
                for call in invocation.calls:
                    tell(call)
            self._region.engine.let_time_pass(LOOKS_EVERY_SECONDS)
        self._region.engine.let_time_pass(AFTERWARDS_SECONDS)
        self._outcome.terminated = not self._alive()
        return self._outcome

    def _deliver(self) -> Iterator[Invocation]:
        while self._outcome.result is None and (event := self._source.next()) is not None:
            invocation = self._function.invoke(event)
            self._outcome.invocations.append(invocation)
            self._source.done(invocation.error)
            yield invocation

    def _put_hook(self) -> None:
        request: dict[str, Any] = {
            "AutoScalingGroupName": self._group,
            "LifecycleHookName": HOOK,
            "LifecycleTransition": TERMINATING,
            "HeartbeatTimeout": self._asked.heartbeat_seconds,
            "DefaultResult": "ABANDON",
        }
        if self._source.target:
            role = f"arn:aws:iam::{ACCOUNT}:role/hook"
            request |= {"NotificationTargetARN": self._source.target, "RoleARN": role}
        self._region.client("autoscaling").put_lifecycle_hook(**request)
        self._put_at = self._region.clock.now

    def _busiest(self) -> str:
        """The instance of the group with the most tasks."""
        on_each = {each.instance_id: self._tasks_on(each.instance_id) for each in self._region.instances(self._group)}
        return max(on_each, key=lambda instance: on_each[instance])

    def _tasks_on(self, instance: str) -> int:
        found = self._region.ecs.instance_on(instance)
        return len(found.tasks) if found else 0

    def _alive(self) -> bool:
        found = self._region.ec2.instances.get(self._outcome.instance)
        return found is not None and found.alive

    def _call(self, operation: str) -> None:
        self._calling = operation

    def _ended(self, event: LifecycleActionEnded) -> None:
        """Before the instance goes on: what is on it now is lost."""
        if event.instance_id != self._outcome.instance:
            return
        self._outcome.result = event.result
        self._outcome.ended_by_it = self._calling == "CompleteLifecycleAction"
        self._outcome.seconds = self._region.clock.now - self._put_at
        found = self._region.ecs.instance_on(event.instance_id)
        tasks = found.tasks.values() if found else ()
        self._outcome.left_on_it = [f"{task.group.split(':', 1)[-1]}: {task.last_status}" for task in tasks]
