"""What fails by itself in a scenario: the API, launches, instances, tasks, what is on an AMI."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from simulator.api.dispatch import ApiFault
from simulator.api.stale_reads import Staleness
from simulator.aws.ecs.state import AT_ONCE, Task, Workload
from simulator.kernel.simulated_instance import SimulatedInstance
from simulator.region import Region
from simulator.scenario.values import as_range

NO_CAPACITY = (
    "We currently do not have sufficient capacity in the Availability Zone you requested. "
    "Launching EC2 instance failed. (InsufficientInstanceCapacity)"
)
ALWAYS = 10**9

Parameters = dict[str, Any]
Takes = tuple[str, ...]


def fail_api(region: Region, given: Parameters, _takes: Takes) -> None:
    """The next calls of an operation are answered with an error."""
    code = given.get("code", "ThrottlingException")
    times, after = given.get("times", 1), given.get("after", False)
    region.dispatch.faults.append(ApiFault(given["service"], given["operation"], code, times, after))


def take_permission(region: Region, given: Parameters, _takes: Takes) -> None:
    """An organization's policy denies an action from now on."""
    denied = {"Effect": "Deny", "Action": given["action"], "Resource": given.get("resource", "*")}
    region.policies.deny(denied)


def throttle(region: Region, given: Parameters, _takes: Takes) -> None:
    """For a while many calls of all services are answered with an error (faults 17, 19)."""
    until = region.clock.now + given["for_seconds"]
    code, share = given.get("code", "ThrottlingException"), given.get("probability", 0.5)
    region.dispatch.faults.append(ApiFault("*", "*", code, ALWAYS, probability=share, until=until))


def stale_reads(region: Region, given: Parameters, _takes: Takes) -> None:
    """For a while many reads answer what was true a moment ago (fault 18)."""
    until = region.clock.now + given["for_seconds"]
    chance = region.random_streams.stream("stale-reads")
    region.dispatch.staleness = Staleness(given.get("seconds", 10.0), until, given.get("probability", 0.5), chance)


def instances_in_zone(region: Region, given: Parameters) -> Takes:
    """The instances of all groups in that zone."""
    instances = [instance for group in region.scaling.groups for instance in region.instances(group)]
    return tuple(
        instance.instance_id
        for instance in instances
        if instance.availability_zone.endswith(given["availability_zone"])
    )


def slow_pulls(region: Region, given: Parameters, _takes: Takes) -> None:
    """Tasks of a service take so long to start from now on (fault 9)."""
    family, before = _workload(region, given["service"])
    region.ecs.workloads[family] = replace(before, start_seconds=(given["seconds"], given["seconds"] * 1.2))


def slow_stops(region: Region, given: Parameters, _takes: Takes) -> None:
    """Tasks of a service take so long to stop and to leave their load balancer from now on (fault 16)."""
    family, before = _workload(region, given["service"])
    seconds = given["seconds"]
    region.ecs.workloads[family] = replace(before, stop_timeout_seconds=seconds)
    for arn in region.cluster.services[given["service"]].target_groups:
        region.ecs.context.target_groups.delay(arn, seconds)


def fail_launches(region: Region, given: Parameters, _takes: Takes) -> None:
    """Launches are refused: so many, or for so long."""
    until = region.clock.now + given["for_seconds"] if "for_seconds" in given else float("inf")
    left = given.get("times", 1 if "for_seconds" not in given else ALWAYS)

    def refuses(group: str, zone: str) -> str | None:
        nonlocal left
        elsewhere = given.get("auto_scaling_group", group) != group or not zone.endswith(
            given.get("availability_zone", "")
        )
        if elsewhere or left <= 0 or region.clock.now > until:
            return None
        left -= 1
        return str(given.get("message", NO_CAPACITY))

    region.scaling.launch_faults.append(refuses)


def instances_named(region: Region, given: Parameters) -> Takes:
    """The one instance that `which` means, or none."""
    group = given.get("auto_scaling_group", region.scenario.node_groups[0].name)
    return _chosen(region, given["which"], region.instances(group))


def agents_named(region: Region, given: Parameters) -> Takes:
    """The same, of all groups where none is named: a rollout may have made one."""
    groups = [given["auto_scaling_group"]] if "auto_scaling_group" in given else region.scaling.groups
    return _chosen(region, given["which"], [instance for group in groups for instance in region.instances(group)])


def _chosen(region: Region, which: str, among: Iterable[SimulatedInstance]) -> Takes:
    instances = sorted(among, key=lambda instance: (instance.launched_at, instance.instance_id))
    there = {
        "old": [instance for instance in instances if instance.launched_at < region.started_at],
        "new": [instance for instance in reversed(instances) if instance.launched_at >= region.started_at],
        "oldest": instances,
        "newest": instances[::-1],
    }
    return tuple(instance.instance_id for instance in there[which][:1])


def interrupt(region: Region, _given: Parameters, takes: Takes) -> None:
    """EC2 takes the instances away."""
    for instance_id in takes:
        instance: SimulatedInstance = region.scaling.instance(instance_id)
        region.ec2.terminate(instance, "Server.SpotInstanceTermination")


def disconnect_agent(region: Region, _given: Parameters, takes: Takes) -> None:
    """The agents of the instances are gone for good; the machines and their containers run on."""
    for instance_id in takes:
        region.ecs.agents.disconnect(instance_id)


def reboot_instance(region: Region, _given: Parameters, takes: Takes) -> None:
    """The instances reboot."""
    for instance_id in takes:
        region.ecs.agents.reboot(instance_id)


def fail_status_checks(region: Region, _given: Parameters, takes: Takes) -> None:
    """Auto Scaling takes the instances for unhealthy."""
    for instance_id in takes:
        region.scaling.mark_health(instance_id, healthy=False)


def stopped_tasks(region: Region, given: Parameters) -> Takes:
    """So many running tasks of the service."""
    tasks = region.cluster.services[given["service"]].tasks.values()
    running = [task.id for task in tasks if task.wanted and task.last_status == "RUNNING"]
    return tuple(running[: given.get("count", 1)])


def stop_tasks(region: Region, _given: Parameters, takes: Takes) -> None:
    """The tasks exit."""
    for task in takes:
        region.ecs.stop_task(cluster=region.cluster.name, task=task, reason="Stopped by the scenario")


def never_healthy(region: Region, given: Parameters, _takes: Takes) -> None:
    """Targets stop getting healthy from now on, or, with `on` false, get healthy again.

    Targets of an AMI, of a service, or of a service on an AMI; those that are healthy already stay so.
    """
    if "service" not in given:
        ami = region.ec2.images.get(given["ami"])
        region.ec2.register(replace(ami, tasks="never_healthy" if given.get("on", True) else "run"))
        return
    family, before = _workload(region, given["service"])
    amis = _changed(before.never_healthy_amis, _amis(region, given), on=given.get("on", True))
    region.ecs.workloads[family] = replace(before, never_healthy_amis=amis)


def crash_tasks(region: Region, given: Parameters, _takes: Takes) -> None:
    """Tasks of a service exit, those that run and those that start from now on; with `on` false, not any more.

    It takes nothing by itself: whose doing an exit is, depends on whose instance the task runs on.
    """
    family, before = _workload(region, given["service"])
    amis = _changed(before.crash_on_amis, _amis(region, given), on=given.get("on", True))
    after = as_range(given.get("after_seconds", AT_ONCE))
    region.ecs.workloads[family] = replace(before, crash_on_amis=amis, crash_after_seconds=after)
    if not given.get("on", True):
        return
    for task in _running_on(region, given):
        ran = region.clock.now - (task.started_at or region.clock.now)
        left = 0.0 if after == AT_ONCE else max(0.0, region.random_streams.seconds("ecs.crash", after) - ran)
        region.ecs.lifecycle.crash_in(task, left)


def _workload(region: Region, service: str) -> tuple[str, Workload]:
    """The family of the service's task definition, and how its containers behave."""
    definition = region.cluster.services[service].task_definition
    return definition.family, region.ecs.context.workload(definition)


def _amis(region: Region, given: Parameters) -> tuple[str, ...]:
    return (given["ami"],) if "ami" in given else tuple(ami.image_id for ami in region.scenario.amis)


def _changed(before: tuple[str, ...], amis: tuple[str, ...], *, on: bool) -> tuple[str, ...]:
    others = tuple(name for name in before if name not in amis)
    return (*others, *amis) if on else others


def _running_on(region: Region, given: Parameters) -> list[Task]:
    amis = _amis(region, given)
    tasks = region.cluster.services[given["service"]].tasks.values()
    return [task for task in tasks if task.last_status == "RUNNING" and task.instance.ec2_instance.image_id in amis]
