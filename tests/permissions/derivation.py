"""What the functions call in simulated runs, by their role, and which statement of a policy each run uses."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from handlers import catalogue
from simulator.api.dispatch import ApiCalled
from simulator.aws.ecs.context import ACCOUNT
from simulator.iam.authorization import AccessRefused
from simulator.iam.evaluation import Principal, Statement
from simulator.region import INVOKE
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.run import observe
from simulator.scenario.load import from_json, load
from simulator.scenario.model import After, Alarm, Fault, Person, Scenario
from simulator.scenario.random_faults import sweep_scenario
from simulator.simulation import InProcessSimulation
from simulator.stepfunctions.events import ExecutionEnded
from simulator.stepfunctions.lambda_functions import loaded_clients
from simulator.triggers.rules import SERVICE as EVENTS
from tests.rollouts.test_ami_watch import PUBLIC
from tests.rollouts.test_failing_strategies import STRATEGIES
from tests.rollouts.test_failing_strategies import scenario as failing
from tests.rollouts.test_strategies_from_anywhere import undisturbed
from tests.rollouts.test_triggers import HOUR, MINUTE, NAME, NEW, PARAMETER
from tests.rollouts.test_triggers import scenario as followed
from workflow.permissions import ROLES, Role

EXAMPLES = Path(__file__).parents[2] / "examples"
SLOW = ("ten-instances", "one-in-one-out")
SEEDS = 60
IAM = {"elbv2": "elasticloadbalancing", "stepfunctions": "states"}
THE_SIMULATORS_OWN = {"states:StartExecution", "states:StopExecution"}  # a fault's, or a rule's
WHO_STARTS = tuple(
    state.handler for state in (catalogue.HAND_OVER, catalogue.HAND_OVER_AFTER_DEPLOYMENT, catalogue.START_ROLLOUTS)
)
"""Functions that start executions themselves."""
PROVIDER, PUBLISHED = "nodes", "/EcsAmiRollout/published/ami"
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
    act: Callable[[InProcessSimulation], object]


def plays() -> Iterator[Play]:
    """Everything that there is."""
    yield Play(followed(), 1, InProcessSimulation.check_roles)
    yield Play(followed(), 1, ask_without_tls)
    for act in (lose_a_change, lose_what_is_scheduled, lose_an_end, fail_a_function):
        yield Play(followed(), 1, act)
    yield from (Play(scenario, seed, _rollout) for scenario, seed in runs())
    yield Play(load(EXAMPLES / "provider-flip.json"), 1, _copied_with_a_hook)
    for subscription in SUBSCRIPTIONS:
        act = _started if subscription.get("starts", True) else _told
        yield Play(_with_a_provider(followed(**subscription)), 1, act)
    yield Play(followed(), 1, _watched)


def ask_without_tls(region: InProcessSimulation) -> None:
    """Each topic and queue is asked by a role that may send there, but not over TLS."""
    sending = {"sns": "sns:Publish", "sqs": "sqs:SendMessage"}
    (starts,) = [role for role in region.deployment.policies.roles if "StartsRole" in role]
    for resource in region.deployment.policies.resources:
        if action := sending.get(resource.split(":")[2]):
            region.may("anybody", Principal(ACCOUNT, role=starts), action, resource, encrypted=False)


def lose_a_change(region: InProcessSimulation) -> None:
    """The rule may not invoke the function any more when a parameter changes."""
    _drop(region, lambda each: each.principals == {"Service": (EVENTS,)} and each.covers(INVOKE))
    region.set_parameter(PARAMETER, NEW)


def lose_what_is_scheduled(region: InProcessSimulation) -> None:
    """No schedule may invoke its function any more."""
    _drop(region, lambda each: "SchedulerRole" in each.name and each.covers(INVOKE))
    region.schedules.run()
    region.pass_time(2 * HOUR)


def lose_an_end(region: InProcessSimulation) -> None:
    """The rule may not start a recovery any more when an execution ends badly."""
    _drop(region, lambda each: "RecoveryRole" in each.name)
    region.bus.emit(ExecutionEnded("any", "TIMED_OUT", None, None))


def fail_a_function(region: InProcessSimulation) -> None:
    """A function fails whenever it is tried: its permission to read the parameter is gone."""
    _drop(region, lambda each: "StartsRole" in each.name and each.covers("ssm:GetParameter"))
    region.set_parameter(PARAMETER, NEW)
    region.pass_time(HOUR)


def _drop(region: InProcessSimulation, which: Callable[[Statement], bool]) -> None:
    for each in region.policies.statements:
        if which(each):
            region.policies.drop(each.name)


def _copied_with_a_hook(region: InProcessSimulation) -> Outcome:
    """The group has a lifecycle hook with a role, which its copy gets, too."""
    region.client("autoscaling").put_lifecycle_hook(
        AutoScalingGroupName=region.scenario.node_groups[0].name,
        LifecycleHookName="drain-logs",
        LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING",
        DefaultResult="CONTINUE",
        HeartbeatTimeout=30,
        RoleARN=f"arn:aws:iam::{ACCOUNT}:role/LaunchedHookRole",
    )
    return observe(region)


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


class Played(NamedTuple):
    """A play, what was refused in it, and how many API calls it took."""

    play: Play
    refused: frozenset[AccessRefused]
    calls: int


@dataclass
class Derived:
    """Actions by role; all statements, and by a statement's name the shortest play that used it."""

    calls: dict[Role, set[str]] = field(default_factory=lambda: defaultdict(set))
    statements: tuple[Statement, ...] = ()
    shortest: dict[str, Played] = field(default_factory=dict)


def derive(following: Path) -> Derived:
    """Play everything that there is, and note every call and every statement that applied to one."""
    found = Derived()
    for play in plays():
        refused: set[AccessRefused] = set()
        with InProcessSimulation(play.scenario, play.seed, following) as region:
            _watch(region, found)
            region.bus.subscribe(AccessRefused, refused.add)
            found.statements = found.statements or region.policies.statements
            play.act(region)
            played = Played(play, frozenset(refused), region.dispatch.calls.total())
            for name in region.policies.used:
                found.shortest[name] = min(found.shortest.get(name, played), played, key=lambda each: each.calls)
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
    yield replace(rolling, input={**rolling.input, "publish_to": PUBLISHED, "bake_seconds": 60}), 1
    yield replace(rolling, input={**rolling.input, "hand_over_at": 100}), 1
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
    yield Fault("other_version", state=catalogue.DRAIN.forward, with_={"times": 40})
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
        if not running or call.service == "dynamodb":
            return
        function = running[-1].handler.split(".")[-2]
        if action not in THE_SIMULATORS_OWN or (action == "states:StartExecution" and function in WHO_STARTS):
            found.calls[roles[function]].add(action)

    region.bus.subscribe(ApiCalled, note)
