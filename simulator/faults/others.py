"""What other actors do in the cluster while the rollout runs: operators, deploy pipelines, autoscalers.

They call the API from outside: no latency, no limit and no injected fault is theirs, and their calls are not counted.
What the API would refuse them raises the API's own error, and nothing has happened.
"""

from dataclasses import replace
from functools import partial

from simulator.aws.ec2.api import Ec2Api
from simulator.aws.ecs.state import Workload
from simulator.faults.failures import Parameters, Takes
from simulator.region import Region


def set_alarm(region: Region, given: Parameters, _takes: Takes) -> None:
    """An alarm changes its state."""
    region.set_alarm(given["name"], given["state"])


def deregister_ami(region: Region, given: Parameters, _takes: Takes) -> None:
    """Another actor deregisters an AMI."""
    ami = region.ec2.images.get(given["image_id"])
    region.ec2.register(replace(ami, state="deregistered"))


def scale_service(region: Region, given: Parameters, _takes: Takes) -> None:
    """A service's desired count changes."""
    region.ecs.update_service(cluster=region.cluster.name, service=given["service"], desiredCount=given["count"])


def deploy_service(region: Region, given: Parameters, _takes: Takes) -> None:
    """A service is deployed anew."""
    region.ecs.update_service(cluster=region.cluster.name, service=given["service"], forceNewDeployment=True)


def update_service(region: Region, given: Parameters, _takes: Takes) -> None:
    """A service is edited: UpdateService with these changes."""
    region.ecs.update_service(cluster=region.cluster.name, service=given["service"], **given["changes"])


def stop_execution(region: Region, given: Parameters, _takes: Takes) -> None:
    """An operator stops the rollout's execution. `recover` false: the rule that would recover it is switched off.

    `start_again_after`: so many seconds later an operator starts the rollout anew with the same input;
    `redrive_after`: redrives the execution.
    """
    region.rules_enabled = given.get("recover", True)
    region.engine.stop(region.main_execution)
    if "start_again_after" in given:
        name = f"again-{region.random_streams.hex('follower', 6)}"
        start = partial(region.engine.start, name, region.scenario.input)
        region.expect(given["start_again_after"], start)
    if "redrive_after" in given:
        region.expect(given["redrive_after"], partial(region.engine.redrive, region.main_execution))


def set_parameter(region: Region, given: Parameters, _takes: Takes) -> None:
    """An SSM parameter gets another value."""
    region.set_parameter(given["name"], given["value"])


def set_desired(region: Region, given: Parameters, _takes: Takes) -> None:
    """SetDesiredCapacity of a group."""
    name = given["auto_scaling_group"]
    desired = given["desired"] if "desired" in given else region.scaling.group(name).desired + given["by"]
    region.scaling.set_desired(name, desired)


def drain_instance(region: Region, _given: Parameters, takes: Takes) -> None:
    """The instances are set DRAINING, where they have registered."""
    ids = [instance.id for instance in map(region.ecs.instance_on, takes) if instance is not None]
    if ids:
        region.ecs.update_container_instances_state(
            cluster=region.cluster.name, containerInstances=ids, status="DRAINING"
        )


def protect_tasks(region: Region, given: Parameters, _takes: Takes) -> None:
    """An application protects some of a service's tasks from scale-in, for so many minutes (fault 13)."""
    tasks = region.cluster.services[given["service"]].tasks.values()
    some = [task.arn for task in tasks if task.wanted and task.last_status == "RUNNING"][: given.get("count", 1)]
    if some:
        region.ecs.update_task_protection(
            cluster=region.cluster.name,
            tasks=some,
            protectionEnabled=True,
            expiresInMinutes=given.get("minutes", 30),
        )


def run_task(region: Region, given: Parameters, _takes: Takes) -> None:
    """Another actor runs a standalone task, which ends by itself after so many seconds (fault 14)."""
    family = "standalone-in-mid-rollout"
    region.ecs.workloads[family] = Workload(run_seconds=given.get("seconds", 600.0))
    region.ecs.register_task_definition(
        family=family,
        cpu="64",
        memory="64",
        containerDefinitions=[{"name": "main", "image": f"{family}:1", "essential": True}],
        requiresCompatibilities=["EC2"],
    )
    region.ecs.run_task(cluster=region.cluster.name, taskDefinition=family, launchType="EC2", count=1)


def edit_template(region: Region, given: Parameters, _takes: Takes) -> None:
    """Another actor makes another version of the launch template, and makes it the default one (fault 29)."""
    group = region.scaling.group(given["auto_scaling_group"])
    used = group.template or (group.mixed or {})["LaunchTemplate"]["LaunchTemplateSpecification"]
    template_id = used["LaunchTemplateId"]
    ec2 = Ec2Api(region.ec2)
    made = ec2.create_launch_template_version(
        LaunchTemplateId=template_id,
        SourceVersion="1",
        LaunchTemplateData={"InstanceType": region.scenario.node_groups[0].instance_type},
        VersionDescription="somebody's own",
    )["LaunchTemplateVersion"]
    ec2.modify_launch_template(LaunchTemplateId=template_id, DefaultVersion=str(made["VersionNumber"]))


def edit_group(region: Region, given: Parameters, _takes: Takes) -> None:
    """Another actor changes a group's bounds (fault 29)."""
    request = {name: given[key] for key, name in (("min", "MinSize"), ("max", "MaxSize")) if key in given}
    region.scaling.update_group(given["auto_scaling_group"], request)


def start_again(region: Region, given: Parameters, _takes: Takes) -> None:
    """The rollout is triggered a second time while it runs, under another name (fault 24)."""
    name = f"duplicate-{region.random_streams.hex('follower', 6)}"
    region.expect(given.get("seconds", 0.0), partial(region.engine.start, name, region.scenario.input))
