"""What a schema cannot say: that the parts of a scenario agree with each other."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

from moto.core.utils import get_service_model

from simulator.kernel.instance_types import instance_type_facts
from simulator.scenario.model import NodeGroup, Scenario, Service

OTHER_NAMES = (("fail_api", "service"), ("set_parameter", "name"))
"""Parameters of faults that name nothing of the scenario's, though others of the same key do."""


FARGATE_PROVIDERS = ("FARGATE", "FARGATE_SPOT")
"""They are there in every account (botocore, `CreateCluster.capacityProviders`)."""


def contradictions(scenario: Scenario) -> list[str]:
    """One line for each thing in the scenario that cannot be; none when it can be built."""
    return [
        *_names_given_twice(scenario),
        *_amis(scenario),
        *(line for index, group in enumerate(scenario.node_groups) for line in _group(f"node_groups[{index}]", group)),
        *(line for index, group in enumerate(scenario.node_groups) for line in _older(f"node_groups[{index}]", group)),
        *(line for index in range(len(scenario.services)) for line in _service(scenario, index)),
        *_rooms_for_ports(scenario),
        *_faults(scenario),
    ]


def maximum(group: NodeGroup) -> int:
    """The group's MaxSize: as written, or its size and half of it again, at least one more than the size."""
    return group.max or max(group.size + 1, math.ceil(group.size * 1.5))


def _names_given_twice(scenario: Scenario) -> Iterator[str]:
    named: dict[str, Sequence[str | None]] = {
        "amis": [ami.image_id for ami in scenario.amis],
        "node_groups": [group.name for group in scenario.node_groups],
        "services": [service.name for service in scenario.services],
        "standalone_tasks": [tasks.family for tasks in scenario.standalone_tasks],
        "alarms": [alarm.name for alarm in scenario.alarms],
        "node_groups' capacity_provider": [group.capacity_provider for group in scenario.node_groups],
    }
    for where, names in named.items():
        for name, times in Counter(name for name in names if name is not None).items():
            if times > 1:
                yield f"{where}: '{name}' is given {times} times"


def _amis(scenario: Scenario) -> Iterator[str]:
    known = {ami.image_id for ami in scenario.amis}
    mentions = [(f"node_groups[{index}].ami", group.ami) for index, group in enumerate(scenario.node_groups)]
    mentions += [
        (f"node_groups[{index}].older_ami", group.older_ami)
        for index, group in enumerate(scenario.node_groups)
        if group.older_ami
    ]
    for index, service in enumerate(scenario.services):
        mentions += [(f"services[{index}].crash_on_amis", ami) for ami in service.crash_on_amis]
        if service.load_balancer:
            where = f"services[{index}].load_balancer.never_healthy_amis"
            mentions += [(where, ami) for ami in service.load_balancer.never_healthy_amis]
    mentions += [(f"parameters.{name}", value) for name, value in scenario.parameters.items() if value[:4] == "ami-"]
    services = {service.name for service in scenario.services}
    for index, image in enumerate(scenario.amis):
        if image.tasks_of is not None and image.tasks_of not in services:
            yield f"amis[{index}].tasks_of: '{image.tasks_of}' is not among the services"
    if str(scenario.input.get("ami", "")).startswith("ami-"):
        mentions.append(("input.ami", scenario.input["ami"]))
    for where, ami in mentions:
        if ami not in known:
            yield f"{where}: {ami} is not among the amis ({', '.join(sorted(known))})"


def _group(where: str, group: NodeGroup) -> Iterator[str]:
    if group.size > maximum(group):
        yield f"{where}.size: {group.size} is greater than its max of {maximum(group)}"
    if group.min > group.size:
        yield f"{where}.min: {group.min} is greater than its size of {group.size}"
    if group.protected > group.size:
        yield f"{where}.protected: {group.protected} is greater than its size of {group.size}"
    if group.launch_configuration and len(group.instance_types) > 1:
        yield f"{where}.launch_configuration: a mixed instances policy needs a launch template"
    if group.managed_scaling and not group.capacity_provider:
        yield f"{where}.managed_scaling: needs a capacity_provider"
    if group.managed_draining and not group.capacity_provider:
        yield f"{where}.managed_draining: needs a capacity_provider"
    if group.managed_termination_protection and not group.managed_scaling:
        yield f"{where}.managed_termination_protection: needs managed_scaling"
    for name in group.instance_types or (group.instance_type,):
        try:
            instance_type_facts(name)
        except KeyError:
            yield f"{where}.instance_type: '{name}' is not an EC2 instance type"


def _older(where: str, group: NodeGroup) -> Iterator[str]:
    if group.older > group.size:
        yield f"{where}.older: {group.older} is greater than its size of {group.size}"
    if bool(group.older) is not bool(group.older_ami):
        yield f"{where}.older: needs an older_ami, and is needed by one"


def _service(scenario: Scenario, index: int) -> Iterator[str]:
    service, where = scenario.services[index], f"services[{index}]"
    providers = [group.capacity_provider for group in scenario.node_groups if group.capacity_provider]
    providers += FARGATE_PROVIDERS
    for item in service.capacity_provider_strategy:
        if item["capacityProvider"] not in providers:
            yield (
                f"{where}.capacity_provider_strategy: '{item['capacityProvider']}' is no node group's capacity provider"
            )
    if service.circuit_breaker_rollback and not service.circuit_breaker:
        yield f"{where}.circuit_breaker_rollback: needs circuit_breaker"
    if service.scheduling == "REPLICA" and service.minimum_healthy_percent == service.maximum_percent == 100:
        yield f"{where}.maximum_percent: ECS refuses 100 with a minimum of 100, which blocks deployments"
    if service.launch_type == "FARGATE" and (service.scheduling == "DAEMON" or service.host_ports or service.gpu):
        yield f"{where}.launch_type: on FARGATE there are no DAEMON services, host ports and GPUs"
    if runs_on_fargate(service) or (service.scheduling == "REPLICA" and service.count == 0):
        return
    if not any(_holds(group, service) for group in scenario.node_groups):
        yield f"{where}: a task of {_size(service)} fits on no instance of any node group"


def runs_on_fargate(service: Service) -> bool:
    """Whether its tasks are on no instance."""
    names = {item["capacityProvider"] for item in service.capacity_provider_strategy}
    return service.launch_type == "FARGATE" or bool(names & set(FARGATE_PROVIDERS))


def _holds(group: NodeGroup, service: Service) -> bool:
    try:
        machines = [instance_type_facts(name) for name in group.instance_types or (group.instance_type,)]
    except KeyError:
        return True
    return any(
        service.cpu <= instance_type.cpu and service.memory <= instance_type.memory and service.gpu <= instance_type.gpu
        for instance_type in machines
    )


def _size(service: Service) -> str:
    gpus = f", {service.gpu} GPU" if service.gpu else ""
    return f"{service.cpu} CPU units, {service.memory} MiB{gpus}"


def _rooms_for_ports(scenario: Scenario) -> Iterator[str]:
    """A host port is taken once an instance, so no more tasks can hold it than there are instances."""
    instances = sum(group.size for group in scenario.node_groups)
    holders: dict[int, list[Service]] = {}
    for service in scenario.services:
        for port in service.host_ports:
            holders.setdefault(port, []).append(service)
    for port, services in sorted(holders.items()):
        tasks = sum(instances if service.scheduling == "DAEMON" else service.count for service in services)
        if tasks > instances:
            names = ", ".join(service.name for service in services)
            yield f"services: host port {port} is wanted by {tasks} tasks ({names}) on {instances} instances"


def _faults(scenario: Scenario) -> Iterator[str]:
    known = {
        "service": ({service.name for service in scenario.services}, "services"),
        "name": ({alarm.name for alarm in scenario.alarms}, "alarms"),
        "ami": ({ami.image_id for ami in scenario.amis}, "amis"),
        "image_id": ({ami.image_id for ami in scenario.amis}, "amis"),
        "auto_scaling_group": ({group.name for group in scenario.node_groups}, "node_groups"),
    }
    for index, fault in enumerate(scenario.faults):
        for key, (names, where) in known.items():
            given = fault.with_.get(key)
            if given is not None and given not in names and (fault.kind, key) not in OTHER_NAMES:
                yield f"faults[{index}].with.{key}: '{given}' is not among the {where}"
        for member in fault.with_.get("changes", ()):
            if member not in _update_service_members() or member in ("service", "cluster"):
                yield f"faults[{index}].with.changes: UpdateService has no '{member}' that could be changed"


@cache
def _update_service_members() -> frozenset[str]:
    return frozenset(get_service_model("ecs").operation_model("UpdateService").input_shape.members)
