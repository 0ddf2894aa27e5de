"""Whether a rollout of a scenario is possible at all, by AWS's own rules: a second opinion on refusals.

Written from the ECS developer guide and botocore's models, and from nothing of the code under test:

* "Draining Amazon ECS container instances" and botocore's `DeploymentConfiguration`: tasks move off a draining
  instance only if the service may stop one (`minimumHealthyPercent` of desired, rounded up, is below desired) or
  start one more (`maximumPercent` of desired, rounded down, is above desired).
  A deployment replaces tasks within the same two limits (botocore, `DeploymentConfiguration`), so it is no other
  question where services are moved onto a second group or a second AMI.
* Without a surge the fleet is short of one instance at a time, so what may not be stopped first has to fit on the rest.
"""

import math
from collections.abc import Iterator

from simulator.kernel.instance_types import instance_type_facts
from simulator.scenario.input_expectations import ROLLING, InputExpectations, strategy_of
from simulator.scenario.model import NodeGroup, Scenario, Service


def obstacles(scenario: Scenario) -> list[str]:
    """Why a rollout of the scenario's first node group can never finish; empty when it can.

    Services that the input leaves alone need not move. Beside a second group, or where the one group doubles, there is
    as much room again as the tasks have now.
    """
    strategy = strategy_of(scenario.input)
    if strategy.get("type", ROLLING) == ROLLING:
        return [*_deadlocks(scenario, frozenset()), *_no_room(scenario)]
    return [*_deadlocks(scenario, InputExpectations.of(scenario.input).left_alone)]


def _deadlocks(scenario: Scenario, left_alone: frozenset[str]) -> Iterator[str]:
    for service in scenario.services:
        if (
            service.scheduling == "REPLICA"
            and service.name not in left_alone
            and service.count
            and not _stops_first(service)
            and not _starts_first(service)
        ):
            yield (
                f"{service.name}: {service.minimum_healthy_percent} % and {service.maximum_percent} % of "
                f"{service.count} tasks allow neither stopping one first nor starting one first"
            )


def _stops_first(service: Service) -> bool:
    return math.ceil(service.count * service.minimum_healthy_percent / 100) < service.count


def _starts_first(service: Service) -> bool:
    return math.floor(service.count * service.maximum_percent / 100) > service.count


def _no_room(scenario: Scenario) -> Iterator[str]:
    if strategy_of(scenario.input).get("surge", 1) != 0:
        return
    group = scenario.node_groups[0]
    rest = group.size - 1
    if rest == 0 and any(service.scheduling == "REPLICA" and service.count for service in scenario.services):
        yield "without a surge the only instance would have to go before there is another"
        return
    for service in scenario.services:
        alone = service.host_ports or any(each["type"] == "distinctInstance" for each in service.placement_constraints)
        if alone and service.scheduling == "REPLICA" and service.count > rest and not _stops_first(service):
            yield f"{service.name}: {service.count} tasks need an instance each, and {rest} are there while one is out"
    yield from _short_of(scenario, group, rest)


def _short_of(scenario: Scenario, group: NodeGroup, rest: int) -> Iterator[str]:
    offered = instance_type_facts(group.instance_type)
    staying = [
        service for service in scenario.services if service.scheduling == "REPLICA" and not _stops_first(service)
    ]
    for what, have in (("cpu", offered.cpu), ("memory", offered.memory)):
        want = sum(getattr(service, what) * service.count for service in staying)
        daemons = sum(getattr(service, what) for service in scenario.services if service.scheduling == "DAEMON")
        if want > rest * (have - daemons):
            offered_now = rest * (have - daemons)
            yield f"without a surge the tasks need {want} of {what}, and {rest} instances offer {offered_now}"
