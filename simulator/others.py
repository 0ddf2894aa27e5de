"""What others do in the cluster while the rollout runs: people, deploy pipelines, autoscalers.

They call the API from outside: no latency, no limit and no injected fault is theirs, and their calls are not counted.
What the API would refuse them raises the API's own error, and nothing has happened.
"""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from simulator.failures import Parameters, Takes

if TYPE_CHECKING:
    from simulator.region import Region


def set_alarm(region: "Region", given: Parameters, _takes: Takes) -> None:
    """An alarm changes its state."""
    region.set_alarm(given["name"], given["state"])


def deregister_ami(region: "Region", given: Parameters, _takes: Takes) -> None:
    """Somebody deregisters an AMI."""
    ami = region.ec2.images.get(given["image_id"])
    region.ec2.register(replace(ami, state="deregistered"))


def scale_service(region: "Region", given: Parameters, _takes: Takes) -> None:
    """A service's desired count changes."""
    region.ecs.update_service(cluster=region.cluster.name, service=given["service"], desiredCount=given["count"])


def deploy_service(region: "Region", given: Parameters, _takes: Takes) -> None:
    """A service is deployed anew."""
    region.ecs.update_service(cluster=region.cluster.name, service=given["service"], forceNewDeployment=True)


def update_service(region: "Region", given: Parameters, _takes: Takes) -> None:
    """A service is edited: UpdateService with these changes."""
    region.ecs.update_service(cluster=region.cluster.name, service=given["service"], **given["changes"])


def stop_execution(region: "Region", given: Parameters, _takes: Takes) -> None:
    """An operator stops the rollout's execution. `recover` false: the rule that would recover it is switched off.

    `start_again_after`: so many seconds later somebody starts the rollout anew with the same input.
    """
    region.rules.enabled = given.get("recover", True)
    region.engine.stop(region.main_execution)
    if "start_again_after" in given:
        name = f"again-{len(region.followers) + 1}"
        start = partial(region.engine.start, name, region.scenario.input)
        region.expect(given["start_again_after"], start)


def set_parameter(region: "Region", given: Parameters, _takes: Takes) -> None:
    """An SSM parameter gets another value."""
    region.set_parameter(given["name"], given["value"])


def set_desired(region: "Region", given: Parameters, _takes: Takes) -> None:
    """SetDesiredCapacity of a group."""
    region.scaling.set_desired(given["auto_scaling_group"], given["desired"])


def drain_instance(region: "Region", _given: Parameters, takes: Takes) -> None:
    """The instances are set DRAINING, where they have registered."""
    ids = [one.id for one in map(region.ecs.instance_on, takes) if one is not None]
    if ids:
        region.ecs.update_container_instances_state(
            cluster=region.cluster.name, containerInstances=ids, status="DRAINING"
        )
