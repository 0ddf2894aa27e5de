"""Handlers called directly, one by one, against the simulated region: no state machine in between."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from handlers.domain.input.rollout_input import read_input
from handlers.domain.model.plan import Plan
from handlers.payloads import Direction, Rollout
from handlers.runtime.clients import AwsClients, build_clients
from handlers.runtime.observe import observe
from handlers.runtime.rollout_context import RolloutContext, load
from handlers.states.lock_cluster import handler as lock_cluster
from handlers.states.plan_rollout import plan_rollout
from simulator.api.dispatch import ApiCalled
from simulator.cdk_output import ensure_synthesized
from simulator.kernel.events import Bus
from simulator.scenario.model import Ami, NodeGroup, Scenario, Service
from simulator.simulation import Simulation

OLD, NEW, ARM, GONE = "ami-0aaaaaaaaaaaaaaa1", "ami-0bbbbbbbbbbbbbbb2", "ami-0ccccccccccccccc3", "ami-0ddddddddddddddd4"
NAME = "al2023-ami-ecs-hvm-2023.0.20260{}-kernel-6.1-x86_64"
EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:Rollout:run"
READS = ("Describe", "List", "Get")
DRY_RUNS = ("RunInstances", "CreateLaunchTemplateVersion")  # the plan asks whether they are allowed

CLUSTER = Scenario(
    name="small",
    cluster="prod",
    amis=(
        Ami(OLD, NAME.format("105")),
        Ami(NEW, NAME.format("119")),
        Ami(ARM, "arm", architecture="arm64"),
        Ami(GONE, "gone", state="deregistered"),
    ),
    node_groups=(NodeGroup("nodes", OLD, 3, max=3, min=3, capacity_provider="provider"),),
    services=(Service("web", count=6),),
    input={"cluster": "prod", "ami": NEW},
)


@dataclass
class Stage:
    """An open region with a world for the handlers."""

    region: Simulation
    clients: AwsClients

    def plan(self, **asked: Any) -> Rollout:
        """Plan a rollout with that input."""
        return plan_rollout(read_input({"cluster": "prod", "ami": NEW, **asked}), EXECUTION, self.clients)

    def locked(self, **asked: Any) -> "Rehearsal":
        """A rollout that is planned and holds its lock."""
        rehearsal = Rehearsal(self, self.plan(**asked))
        lock_cluster(rehearsal.event(), None)
        return rehearsal

    def changes(self) -> list[str]:
        """The API calls so far that change something outside of the rollout's own table."""
        return [
            f"{service}.{operation}"
            for service, operation in self.region.dispatch.calls
            if not operation.startswith(READS)
            and service not in ("dynamodb", "stepfunctions")
            and operation not in DRY_RUNS
        ]

    def pass_time(self, seconds: float) -> None:
        """Let virtual time pass."""
        self.region.clock.advance(seconds)


@dataclass
class Rehearsal:
    """One rollout, step by step."""

    stage: Stage
    rollout: Rollout
    direction: Direction = Direction.FORWARD

    def event(self, **more: Any) -> dict[str, Any]:
        """What the state machine would pass."""
        return {
            "rollout": self.rollout.to_state(),
            "direction": self.direction.value,
            "execution_id": EXECUTION,
            **more,
        }

    @property
    def context(self) -> RolloutContext:
        """The rollout as a handler would open it."""
        return load(self.event(), self.stage.clients)

    @property
    def plan(self) -> Plan:
        """Its plan."""
        return self.context.plan

    def fleet(self) -> Any:
        """The node group now."""
        context = self.context
        return observe(context.clients, context.plan, context.progress).fleet


Open = Callable[..., Stage]


@pytest.fixture
def stage() -> Iterator[Open]:
    """Open a region: `stage()` is the small cluster, `stage(services=(…))` one with other services."""
    with ExitStack() as opened:

        @contextmanager
        def one(scenario: Scenario) -> Iterator[Stage]:
            with Simulation(scenario, 1, ensure_synthesized()) as region:
                build_clients.cache_clear()
                yield Stage(region, build_clients())
            build_clients.cache_clear()

        def open_stage(**changes: Any) -> Stage:
            return opened.enter_context(one(replace(CLUSTER, **changes)))

        yield open_stage


def calls_on(bus: Bus) -> list[ApiCalled]:
    """Every API call from now on."""
    observation: list[ApiCalled] = []
    bus.subscribe(ApiCalled, observation.append)
    return observation
