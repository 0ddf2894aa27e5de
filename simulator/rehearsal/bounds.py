"""The shortest that a rollout of a scenario could take: what `virtual_seconds` is held against.

    ⌈N / window⌉ · (boot + agent + start + healthy + deregister + stop) + bake

N instances move through `window` slots at a time (the surge, or `max_unavailable` without one). One slot once round:
a new instance boots and its agent connects, the displaced tasks start (and get healthy behind a load balancer), the
old ones leave the load balancer and stop. Without a surge the old instance goes first, so its termination counts too.
Means of the scenario's ranges; polling, API calls and the wait for the slowest of many are what a rollout adds to it.
"""

import math

from simulator.core.draws import Range
from simulator.invariants.asked import Allowance
from simulator.scenario.model import Scenario, Service


def lower_bound_seconds(scenario: Scenario, size: int, allowance: Allowance) -> float:
    """Seconds, to the tenth; 0 for an empty group or an allowance that lets nothing move."""
    window = allowance.surge or allowance.max_unavailable
    if not size or not window:
        return 0.0
    timings = scenario.timings
    boot = _mean(timings.launch_seconds) + _mean(timings.agent_seconds)
    leave = 0.0 if allowance.surge else _mean(timings.terminate_seconds)
    move = max(
        (_move(scenario, service) for service in scenario.services if service.scheduling == "REPLICA"), default=0.0
    )
    bake = scenario.input.get("bake_seconds", 0)
    rounds = math.ceil(size / window)
    return round(rounds * (boot + move + leave) + (bake if isinstance(bake, int) else 0), 1)


def _move(scenario: Scenario, service: Service) -> float:
    """Start one task elsewhere and stop it here."""
    timings = scenario.timings
    seconds = _mean(timings.start_seconds) + min(_mean(timings.stop_seconds), service.stop_timeout_seconds)
    if service.load_balancer:
        return seconds + _mean(timings.healthy_seconds) + service.load_balancer.deregistration_delay_seconds
    return seconds + timings.steady_seconds


def _mean(bounds: Range) -> float:
    return sum(bounds) / 2
