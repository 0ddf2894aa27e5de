"""Build a scenario's cluster in the region, by the API itself, and let it settle before the execution starts.

The same mechanisms as later place the instances and tasks, only at once: the timings are `INSTANT` until all stands.
"""

from collections.abc import Callable

from simulator.aws.cloudwatch import make_alarm
from simulator.region import Region
from simulator.scenario.model import Scenario
from simulator.seeding.groups import make_capacity_providers, make_node_group
from simulator.seeding.services import make_service, run_standalone_tasks

SETTLE_SECONDS = 600.0
"""Virtual seconds that a cluster gets to settle in; more tasks than it has room for never do."""

LOOKS_EVERY_SECONDS = 5.0


class NotSettled(Exception):
    """The scenario's cluster cannot exist: instances or tasks that never come up. The text says which."""


def seed(region: Region) -> None:
    """Make everything that the scenario describes, let it settle, and advance the clock to the execution's start.

    Raises NotSettled.
    """
    scenario = region.scenario
    for ami in scenario.amis:
        region.ec2.register(ami)
    for made_up in region.public_parameters.publish_all(scenario.amis, region.clock.today()):
        region.ec2.register(made_up)
    _parameters(region, scenario)
    for alarm in scenario.alarms:
        make_alarm(alarm, scenario.region)
    ecs = region.client("ecs")
    ecs.create_cluster(clusterName=scenario.cluster)
    for group in scenario.node_groups:
        make_node_group(region, group)
    make_capacity_providers(region, scenario)  # before the agents register: instances belong to a provider from then on
    _settle(region, _instances_missing)
    _age_instances(region)
    _date_back_amis(region)
    for service in scenario.services:
        make_service(region, service)
    for tasks in scenario.standalone_tasks:
        run_standalone_tasks(region, tasks)
    _settle(region, _tasks_missing)
    for service in scenario.services:
        if service.task_definition_deregistered:
            ecs.deregister_task_definition(taskDefinition=region.cluster.services[service.name].task_definition.arn)
    _protect(region)
    region.clock.advance_to(region.started_at)


def _parameters(region: Region, scenario: Scenario) -> None:
    for name, value in scenario.parameters.items():
        region.set_parameter(name, value)


def _settle(region: Region, missing: Callable[[Region], str]) -> None:
    until = region.clock.now + SETTLE_SECONDS
    while lacking := missing(region):
        if region.clock.now >= until:
            raise NotSettled(f"{region.scenario.name}: cannot be set up: {lacking}")
        region.clock.advance(LOOKS_EVERY_SECONDS)


def _instances_missing(region: Region) -> str:
    for group in region.scenario.node_groups:
        deaf = next(ami.agent for ami in region.scenario.amis if ami.image_id == group.ami) == "never_connects"
        ready = [
            member
            for member in region.scaling.group(group.name).members.values()
            if member.lifecycle == "InService" and (deaf or region.ecs.instance_on(member.instance.instance_id))
        ]
        if len(ready) != group.size:
            said = [activity.message for activity in region.scaling.group(group.name).activities if activity.message]
            return f"{len(ready)} of {group.size} instances of {group.name} are up. {said[-1] if said else ''}".strip()
    return ""


def _tasks_missing(region: Region) -> str:
    for service in region.cluster.services.values():
        healthy = sum(task.healthy for task in service.tasks.values())
        if healthy != service.desired_count or service.primary.rollout_state != "COMPLETED":
            said = service.events[0].text if service.events else ""
            return f"{healthy} of {service.desired_count} tasks of {service.name} run. {said}".strip()
    standalone = sum(tasks.count for tasks in region.scenario.standalone_tasks)
    running = sum(task.service is None and task.last_status == "RUNNING" for task in region.cluster.tasks.values())
    return f"{running} of {standalone} standalone tasks run" if running != standalone else ""


def _age_instances(region: Region) -> None:
    """Move the launches into the past: each instance is as old as the scenario says, and registered a minute later."""
    for group in region.scenario.node_groups:
        members = list(region.scaling.group(group.name).members.values())
        ages = sorted((region.random_streams.seconds("age", group.ages_seconds) for _ in members), reverse=True)
        for member, age in zip(members, ages, strict=True):
            member.instance.launched_at = region.started_at - age
            registered = region.ecs.instance_on(member.instance.instance_id)
            if registered is not None:
                registered.registered_at = region.started_at - age + 60.0


def _date_back_amis(region: Region) -> None:
    """The oldest instances run the AMI that the scenario says of them: their template named another one by then."""
    for group in region.scenario.node_groups:
        for member in list(region.scaling.group(group.name).members.values())[: group.older]:
            member.instance.image_id = str(group.older_ami)
            registered = region.ecs.instance_on(member.instance.instance_id)
            if registered is not None:
                registered.attributes["ecs.ami-id"] = member.instance.image_id


def _protect(region: Region) -> None:
    for group in region.scenario.node_groups:
        ids = list(region.scaling.group(group.name).members)[: group.protected]
        if ids:
            region.scaling.protect(group.name, ids, True)
