"""What the functions call in simulated runs, by their role."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from handlers import catalogue
from simulator.api.dispatch import ApiCalled
from simulator.iam.evaluation import Statement
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import observe
from simulator.scenario.load import from_json, load
from simulator.scenario.model import After, Alarm, Fault, Person, Scenario
from simulator.scenario.random_faults import sweep_scenario
from simulator.simulation import InProcessSimulation
from simulator.stepfunctions.lambda_functions import loaded_clients
from tests.rollouts.test_ami_watch import PUBLIC
from tests.rollouts.test_failing_strategies import STRATEGIES
from tests.rollouts.test_failing_strategies import scenario as failing
from tests.rollouts.test_strategies_from_anywhere import undisturbed
from tests.rollouts.test_triggers import MINUTE, NAME, NEW, PARAMETER
from tests.rollouts.test_triggers import scenario as followed
from workflow.permissions import ROLES, Role

EXAMPLES = Path(__file__).parents[2] / "examples"
SLOW = ("ten-instances", "one-in-one-out")
SEEDS = 60
IAM = {"elbv2": "elasticloadbalancing", "stepfunctions": "states"}
THE_SIMULATORS_OWN = {"states:StartExecution", "states:StopExecution"}  # a fault's, or a rule's
PROVIDER = "nodes"
SUBSCRIPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"starts": False},
    {"capacity_provider": PROVIDER},
    {"cluster": None, "cluster_tags": {}},  # all clusters
)


class Play(NamedTuple):
    """Something to run: `act` plays it in the region of the scenario."""

    scenario: Scenario
    seed: int
    act: Callable[[InProcessSimulation], Outcome | None]


def plays() -> Iterator[Play]:
    """Everything that there is."""
    yield from (Play(scenario, seed, _rollout) for scenario, seed in runs())
    for subscription in SUBSCRIPTIONS:
        act = _started if subscription.get("starts", True) else _told
        yield Play(_with_a_provider(followed(**subscription)), 1, act)
    yield Play(followed(), 1, _watched)


def _rollout(region: InProcessSimulation) -> Outcome:
    providers = list(region.cluster.capacity_providers)
    if providers:  # what the console and Terraform commonly give a cluster
        default = [{"capacityProvider": providers[0], "weight": 1, "base": 0}]
        region.ecs.put_cluster_capacity_providers(region.cluster.name, providers, default)
    return observe(region)


def _told(region: InProcessSimulation) -> None:
    region.clock.after(MINUTE, lambda: region.set_parameter(PARAMETER, NEW))
    region.pass_time(3 * MINUTE)


def _started(region: InProcessSimulation) -> Outcome:
    region.clock.after(MINUTE, lambda: region.set_parameter(PARAMETER, NEW))
    outcome = observe(region, execution=NAME)
    region.pass_time(2 * MINUTE)
    return outcome


def _watched(region: InProcessSimulation) -> Outcome:
    region.set_parameter(f"{PUBLIC}/image_id", NEW)
    region.schedules.run()
    return observe(region, execution=NAME)


@dataclass
class Derived:
    """Actions by role; the names of all statements, and by name the first play that used it."""

    calls: dict[Role, set[str]] = field(default_factory=lambda: defaultdict(set))
    statements: tuple[Statement, ...] = ()
    first: dict[str, Play] = field(default_factory=dict)


def derive(following: Path) -> Derived:
    """Play everything that there is, and note every call and every statement that applied to one."""
    found = Derived()
    for play in plays():
        with InProcessSimulation(play.scenario, play.seed, following) as region:
            _watch(region, found)
            play.act(region)
            found.statements = region.policies.statements
            for name in sorted(region.policies.used):
                found.first.setdefault(name, play)
    return found


def runs() -> Iterator[tuple[Scenario, int]]:
    """Examples, each strategy there and back under a composite alarm, what others do meanwhile, drawn clusters."""
    for path in sorted(EXAMPLES.glob("*.json")):
        if path.stem not in SLOW:
            yield load(path), 1
    for strategy in STRATEGIES:
        for given in (undisturbed(strategy), failing(strategy, "alarm-in-the-bake"), failing(strategy, "launch")):
            yield _under_a_composite_alarm(from_json(given, strategy)), 1
    stopped = {
        **undisturbed("capacity-provider-managed"),
        "faults": [{"kind": "stop_execution", "state": catalogue.WAIT_FOR_SERVICES.forward}],
    }
    yield from_json(stopped, "stopped"), 1  # taken over, and its old group is to be deleted
    pinned = load(EXAMPLES / "blue-green.json")
    yield replace(pinned, input={**pinned.input, "strategy": {**pinned.input["strategy"], "pin": "task_definition"}}), 1
    rolling = load(EXAMPLES / "dev-cluster.json")
    yield replace(rolling, input={**rolling.input, "publish_to": "/prod/ami", "bake_seconds": 60}), 1
    stop = Person(After(state=catalogue.DRAIN.forward), {"action": "abort", "keep": True, "cluster": rolling.cluster})
    yield replace(rolling, people=(stop,)), 1
    rebalancing_services = tuple(replace(service, availability_zone_rebalancing=True) for service in rolling.services)
    yield replace(rolling, services=rebalancing_services), 1
    for fault in _faults(rolling):
        yield replace(rolling, faults=(fault,)), 1
    yield from ((sweep_scenario(seed), seed) for seed in range(SEEDS))


def _faults(scenario: Scenario) -> Iterator[Fault]:
    group = scenario.node_groups[0].name
    yield Fault(
        "stop_execution", state=catalogue.WAIT_FOR_DRAIN.forward, with_={"recover": False, "start_again_after": 60}
    )
    yield Fault("fail_api", at=0.0, with_={
        "service": "autoscaling", "operation": "ResumeProcesses", "code": "AccessDenied", "times": 1000
    })  # fmt: skip
    yield Fault(
        "set_desired", state=catalogue.WAIT_FOR_AGENTS.forward, with_={"auto_scaling_group": group, "desired": 4}
    )
    yield Fault("edit_group", state=catalogue.ASSESS.forward, with_={"auto_scaling_group": group, "max": 2})


def _under_a_composite_alarm(scenario: Scenario) -> Scenario:
    name = "anything-wrong"
    alarms = [*scenario.input.get("alarms", ()), name]
    return replace(
        scenario, alarms=(*scenario.alarms, Alarm(name, composite=True)), input={**scenario.input, "alarms": alarms}
    )


def _with_a_provider(scenario: Scenario) -> Scenario:
    return replace(
        scenario,
        node_groups=tuple(replace(node_group, capacity_provider=PROVIDER) for node_group in scenario.node_groups),
    )


def _watch(region: InProcessSimulation, found: Derived) -> None:
    """Note every call under the role of the function that runs; each invocation is a cold start.

    What the handlers keep from one invocation to the next, another function's process has not read.
    """
    roles = {state.handler: role for role, states in ROLES.items() for state in states}
    running = region.engine.functions.running

    def begin(_name: str, _event: dict[str, Any]) -> None:
        loaded_clients(running[-1].asset).build_clients.cache_clear()

    region.engine.functions.before.append(begin)

    def note(call: ApiCalled) -> None:
        action = f"{IAM.get(call.service, call.service)}:{call.operation}"
        if running and action not in THE_SIMULATORS_OWN and call.service != "dynamodb":
            found.calls[roles[running[-1].handler.split(".")[-2]]].add(action)

    region.bus.subscribe(ApiCalled, note)
