"""The shortest that a rollout of a scenario could take: what `virtual_seconds` is held against.

Rolling:            ⌈N / window⌉ · (boot + agent + start + healthy + deregister + stop) + bakes
Capacity provider:  boot + agent + steps · (start + healthy) + deregister + stop + bakes
Blue-green:         boot + agent + start + healthy + deregister + stop + burn-in + bakes

Rolling, N instances move through `window` slots at a time (the surge, or `max_unavailable` without one). One slot once
round: a new instance boots and its agent connects, the displaced tasks start (and get healthy behind a load balancer),
the old ones leave the load balancer and stop. Without a surge the old instance goes first, so its termination counts
too. The others move all tasks at once, by one deployment a step, onto instances that boot side by side, unless the
second group has its instances already. Means of the scenario's ranges; polling, API calls, deployments in several
waves and the wait for the slowest of many are what a rollout adds to it.
"""

import math
from typing import Any

from simulator.kernel.random_streams import Range
from simulator.scenario.input_expectations import BLUE_GREEN, BY_PROVIDER, Allowance, InputExpectations, strategy_of
from simulator.scenario.model import Scenario, Service


def lower_bound_seconds(scenario: Scenario, size: int, allowance: Allowance) -> float:
    """Seconds, to the tenth; 0 for an empty group or an allowance that lets nothing move."""
    kind = strategy_of(scenario.input).get("type")
    window = allowance.surge or allowance.max_unavailable
    if not size or not window:
        return 0.0
    moving = _by_deployments(scenario) if kind in (BY_PROVIDER, BLUE_GREEN) else _rolling(scenario, size, allowance)
    return round(moving + _bakes(scenario), 1)


def _rolling(scenario: Scenario, size: int, allowance: Allowance) -> float:
    timings = scenario.timings
    leave = 0.0 if allowance.surge else _mean(timings.terminate_seconds)
    move = max((_start(scenario, service) + _stop(scenario, service) for service in _replicas(scenario)), default=0.0)
    rounds = math.ceil(size / (allowance.surge or allowance.max_unavailable))
    return rounds * (_boot(scenario) + move + leave)


def _by_deployments(scenario: Scenario) -> float:
    """Each service goes through its own steps, all services side by side; where a bake is shared, that only adds."""
    strategy, expected = strategy_of(scenario.input), InputExpectations.of(scenario.input)
    moved = [service for service in _replicas(scenario) if service.name not in expected.left_alone]
    stands = any(group.capacity_provider == expected.target and group.size for group in scenario.node_groups)
    boot = 0.0 if expected.target and stands else _boot(scenario)
    steps = {service.name: len(_steps(strategy, service.name)) for service in moved}
    return boot + max(
        (steps[service.name] * _start(scenario, service) + _stop(scenario, service) for service in moved),
        default=0.0,
    )


def _steps(strategy: dict[str, Any], service: str) -> list[Any]:
    """The service's own list, else the common one; at once without either."""
    own = _own(strategy).get(service)
    return _list((own if isinstance(own, dict) else strategy).get("steps")) or ["all"]


def _bakes(scenario: Scenario) -> float:
    """Every bake that the input names, of the longest list of steps only: shorter ones go along with it."""
    strategy = strategy_of(scenario.input)
    lists = [_list(strategy.get("steps")), *(_steps(strategy, name) for name in _own(strategy))]
    gates = [scenario.input, strategy.get("canary"), *_list(strategy.get("checkpoints")), *max(lists, key=len)]
    seconds = [_whole(gate.get("bake_seconds")) for gate in gates if isinstance(gate, dict)]
    return sum(seconds) + _whole(strategy.get("burn_in_seconds"))


def _replicas(scenario: Scenario) -> list[Service]:
    return [service for service in scenario.services if service.scheduling == "REPLICA" and service.count]


def _boot(scenario: Scenario) -> float:
    return _mean(scenario.timings.launch_seconds) + _mean(scenario.timings.agent_seconds)


def _start(scenario: Scenario, service: Service) -> float:
    """Start one task elsewhere, until it counts."""
    timings = scenario.timings
    healthy = _mean(timings.healthy_seconds) if service.load_balancer else timings.steady_seconds
    return _mean(timings.start_seconds) + healthy


def _stop(scenario: Scenario, service: Service) -> float:
    """Stop one task here."""
    leave = service.load_balancer.deregistration_delay_seconds if service.load_balancer else 0.0
    return min(_mean(scenario.timings.stop_seconds), service.stop_timeout_seconds) + leave


def _own(strategy: dict[str, Any]) -> dict[str, Any]:
    services = strategy.get("services")
    return services if isinstance(services, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _mean(bounds: Range) -> float:
    return sum(bounds) / 2
