"""Auto Scaling's API over the region's state: what the dispatch serves for `autoscaling`."""

from typing import Any

from simulator.api.dispatch import ApiError
from simulator.aws.autoscaling import describe, standby
from simulator.aws.autoscaling.activities import token
from simulator.aws.autoscaling.errors import in_use, invalid
from simulator.aws.autoscaling.fleet import LEAVING
from simulator.aws.autoscaling.hook_api import HookOperations
from simulator.aws.autoscaling.launching import LaunchConfiguration
from simulator.aws.autoscaling.list_api import ListOperations
from simulator.aws.autoscaling.region import AutoScaling
from simulator.aws.autoscaling.state import Group, LifecycleState, Tag
from simulator.aws.ec2.network import ACCOUNT

Answer = dict[str, Any]


class AutoScalingApi(HookOperations, ListOperations):
    """One method per operation, the API's parameter names in, its members out."""

    def __init__(self, scaling: AutoScaling) -> None:
        self.scaling = scaling

    def create_auto_scaling_group(self, **request: Any) -> Answer:
        """A group; its instances follow."""
        self.scaling.create_group(check=True, **request)
        return {}

    def update_auto_scaling_group(self, **request: Any) -> Answer:
        """Other settings; running instances keep what they were launched with."""
        self.scaling.update_group(request["AutoScalingGroupName"], request)
        return {}

    def delete_auto_scaling_group(self, **request: Any) -> Answer:
        """The group goes, by force with its instances."""
        self.scaling.delete_group(request["AutoScalingGroupName"], force=bool(request.get("ForceDelete")))
        return {}

    def set_desired_capacity(self, **request: Any) -> Answer:
        """Another size, within the bounds. It succeeds whatever becomes of the launches."""
        honor = bool(request.get("HonorCooldown"))
        self.scaling.set_desired(request["AutoScalingGroupName"], int(request["DesiredCapacity"]), honor_cooldown=honor)
        return {}

    def terminate_instance_in_auto_scaling_group(self, **request: Any) -> Answer:
        """One instance, or up to 100 of one group: all of them or, on an error, none.

        What becomes of the others where one is no member (any more) is `aws.batch_with_one_gone`.
        """
        decrement = bool(request["ShouldDecrementDesiredCapacity"])
        if request.get("InstanceId") and request.get("InstanceIds"):
            raise invalid("InstanceId and InstanceIds cannot both be specified.")
        if instance_id := request.get("InstanceId"):
            group, _ = self.scaling.member(instance_id)
            return {"Activity": describe.activity(self.scaling.terminate(instance_id, decrement=decrement), group)}
        if not request.get("InstanceIds") or not request.get("AutoScalingGroupName"):
            raise invalid("Specify InstanceId, or InstanceIds with AutoScalingGroupName.")
        group = self.scaling.group(request["AutoScalingGroupName"])
        instance_ids = list(dict.fromkeys(request["InstanceIds"]))
        if self.scaling.aws.batch_with_one_gone == "others_end":
            instance_ids = [each for each in instance_ids if _is_there(group, each)]
        members = self.scaling.members(group.name, instance_ids)
        self.scaling.check_termination(group, members, decrement=decrement)
        ended = [self.scaling.terminate(instance_id, decrement=decrement) for instance_id in instance_ids]
        return {"Activities": [describe.activity(activity, group) for activity in ended]}

    def set_instance_protection(self, **request: Any) -> Answer:
        """Protect instances from scale-in, or no longer: serving or standby ones, all or none."""
        name, instance_ids = request["AutoScalingGroupName"], request["InstanceIds"]
        for member in self.scaling.members(name, instance_ids):
            if member.lifecycle not in (LifecycleState.IN_SERVICE, LifecycleState.STANDBY):
                instance_id = member.instance.instance_id
                raise invalid(f"The instance {instance_id} is not in InService or EnteringStandby or Standby.")
        self.scaling.protect(name, instance_ids, bool(request["ProtectedFromScaleIn"]))
        return {}

    def set_instance_health(self, **request: Any) -> Answer:
        """Mark an instance healthy or unhealthy; the group replaces unhealthy ones."""
        self.scaling.member(request["InstanceId"])
        if request["HealthStatus"] not in ("Healthy", "Unhealthy"):
            raise invalid(f"Invalid health status: {request['HealthStatus']}.")
        self.scaling.mark_health(request["InstanceId"], healthy=request["HealthStatus"] == "Healthy")
        return {}

    def suspend_processes(self, **request: Any) -> Answer:
        """Hold processes."""
        name, stamp = request["AutoScalingGroupName"], self.scaling.activities.stamp()
        self.scaling.suspend(name, request.get("ScalingProcesses", []), f"User suspended at {stamp}")
        return {}

    def resume_processes(self, **request: Any) -> Answer:
        """Let processes run again."""
        self.scaling.resume(request["AutoScalingGroupName"], request.get("ScalingProcesses", []))
        return {}

    def enter_standby(self, **request: Any) -> Answer:
        """Instances step out of service and stay in the group."""
        decrement = bool(request["ShouldDecrementDesiredCapacity"])
        name = request["AutoScalingGroupName"]
        return self._activities(
            name, standby.enter_standby(self.scaling, name, request["InstanceIds"], decrement=decrement)
        )

    def exit_standby(self, **request: Any) -> Answer:
        """Instances step back into service."""
        name = request["AutoScalingGroupName"]
        return self._activities(name, standby.exit_standby(self.scaling, name, request["InstanceIds"]))

    def detach_instances(self, **request: Any) -> Answer:
        """Instances leave the group and run on."""
        decrement = bool(request["ShouldDecrementDesiredCapacity"])
        name = request["AutoScalingGroupName"]
        return self._activities(name, standby.detach(self.scaling, name, request["InstanceIds"], decrement=decrement))

    def create_or_update_tags(self, **request: Any) -> Answer:
        """Tags on groups; instances get them at launch only."""
        for tag in request["Tags"]:
            group = self.scaling.group(tag["ResourceId"])
            group.tags[tag["Key"]] = Tag(tag.get("Value", ""), bool(tag.get("PropagateAtLaunch", True)))
        return {}

    def delete_tags(self, **request: Any) -> Answer:
        """Tags off groups; what is not there is no error."""
        for tag in request["Tags"]:
            self.scaling.group(tag["ResourceId"]).tags.pop(tag["Key"], None)
        return {}

    def create_launch_configuration(self, **request: Any) -> Answer:
        """The old form of a launch template."""
        name = request["LaunchConfigurationName"]
        if name in self.scaling.configurations:
            message = f"Launch Configuration by this name already exists - A launch configuration {name} already exists"
            raise ApiError("AlreadyExists", message)
        region = self.scaling.ec2.network.region
        arn = f"arn:aws:autoscaling:{region}:{ACCOUNT}:launchConfiguration:"
        arn += f"{token(self.scaling.random_streams, 'launch-configuration')}:launchConfigurationName/{name}"
        data = {**request, "CreatedTime": self.scaling.clock.today()}
        self.scaling.configurations[name] = LaunchConfiguration(name, arn, data)
        return {}

    def delete_launch_configuration(self, **request: Any) -> Answer:
        """It goes unless a group uses it."""
        name = request["LaunchConfigurationName"]
        if any(group.launch_configuration == name for group in self.scaling.groups.values()):
            raise in_use(f"Cannot delete launch configuration {name} because it is attached to an AutoScalingGroup")
        if self.scaling.configurations.pop(name, None) is None:
            raise invalid(f"Launch configuration name not found - Launch configuration {name} not found")
        return {}

    def _activities(self, name: str, done: list[Any]) -> Answer:
        group = self.scaling.group(name)
        return {"Activities": [describe.activity(activity, group) for activity in done]}


def _is_there(group: Group, instance_id: str) -> bool:
    """Whether it is a member and not on its way out."""
    return instance_id in group.members and group.members[instance_id].lifecycle not in LEAVING
