"""What handlers call in simulated runs: by handler, and by the parts that several handlers share.

A branch that one handler takes in some run is a branch that every handler with the same part may take in another.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from handlers import catalogue
from simulator.api.dispatch import ApiCalled
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
PARTS = {  # the function that a shared part begins with, in the packaged asset
    ("handlers/runtime/observe.py", "observe"): "observe",
    ("handlers/overrides/apply.py", "apply"): "apply",
    ("handlers/overrides/restore.py", "restore"): "restore",
    ("handlers/overrides/restore.py", "restore_what_can_be"): "restore",
    ("handlers/overrides/verify.py", "not_restored"): "verify",
    ("handlers/planning/ami_lag.py", "ami_lags"): "follow",
    ("handlers/planning/ami_lag.py", "meant"): "follow",
    ("handlers/runtime/notifications.py", "say"): "notify",
}


@dataclass
class Derived:
    """Actions by handler and by part, and which parts each handler was seen in."""

    calls: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    within: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    parts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def derive(cdk_out: Path, following: Path) -> Derived:
    """Run everything that there is, and note every call."""
    found = Derived()
    for scenario, seed in runs():
        with InProcessSimulation(scenario, seed, cdk_out) as region:
            _set_default_strategy(region)
            _watch(region, found)
            observe(region)
    for subscription in SUBSCRIPTIONS:
        with InProcessSimulation(_with_a_provider(followed(**subscription)), 1, following) as region:
            _watch(region, found)
            region.clock.after(MINUTE, lambda region=region: region.set_parameter(PARAMETER, NEW))  # type: ignore[misc]
            if subscription.get("starts", True):
                observe(region, execution=NAME)
            region.pass_time(2 * MINUTE)
    with InProcessSimulation(followed(), 1, following) as region:
        _watch(region, found)
        region.set_parameter(f"{PUBLIC}/image_id", NEW)
        region.schedules.run()
        observe(region, execution=NAME)
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


def _set_default_strategy(region: InProcessSimulation) -> None:
    """Give the cluster what the console and Terraform commonly give it, where it has capacity providers."""
    providers = list(region.cluster.capacity_providers)
    if providers:
        default = [{"capacityProvider": providers[0], "weight": 1, "base": 0}]
        region.ecs.put_cluster_capacity_providers(region.cluster.name, providers, default)


def _watch(region: InProcessSimulation, found: Derived) -> None:
    """Note every call under the handler that runs and the parts that it is in; each invocation is a cold start.

    What the handlers keep from one invocation to the next, another function's process has not read.
    """
    running: list[str] = []
    deployed = {function.name: function for function in region.engine.functions._by_arn.values()}

    def begin(name: str, _event: dict[str, Any]) -> None:
        running.append(deployed[name].handler.split(".")[-2])
        loaded_clients(deployed[name].asset).build_clients.cache_clear()

    region.engine.functions.before.append(begin)

    def note(call: ApiCalled) -> None:
        action = f"{IAM.get(call.service, call.service)}:{call.operation}"
        if not region.engine.functions.running or action in THE_SIMULATORS_OWN or call.service == "dynamodb":
            return
        found.calls[running[-1]].add(action)
        for part in _parts_on_the_stack():
            found.within[part].add(action)
            found.parts[running[-1]].add(part)

    region.bus.subscribe(ApiCalled, note)


def _parts_on_the_stack() -> Iterator[str]:
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        code = frame.f_code
        for (path, function), part in PARTS.items():
            if code.co_name == function and code.co_filename.endswith(path):
                yield part
