"""The lifecycle hook operations of Auto Scaling's API, by the API's own parameter names."""

from typing import Any

from simulator.api.dispatch import ApiError
from simulator.aws.autoscaling import describe
from simulator.aws.autoscaling.errors import invalid
from simulator.aws.autoscaling.region import AutoScaling
from simulator.aws.autoscaling.state import Member

Answer = dict[str, Any]

MOST_HOOKS = 50
"""botocore (PutLifecycleHook): "your maximum limit of lifecycle hooks ... by default is 50 per Auto Scaling group"."""


class HookOperations:
    """PutLifecycleHook and its kin."""

    scaling: AutoScaling

    def put_lifecycle_hook(self, **request: Any) -> Answer:
        """Create a hook, or change what the request names of one."""
        group = self.scaling.group(request["AutoScalingGroupName"])
        before = group.hooks.get(request["LifecycleHookName"])
        if before is None and len(group.hooks) >= MOST_HOOKS:
            raise ApiError("LimitExceeded", f"The group has {MOST_HOOKS} lifecycle hooks.")
        group.hooks[request["LifecycleHookName"]] = self.scaling.hook(group, request, before)
        return {}

    def describe_lifecycle_hooks(self, **request: Any) -> Answer:
        """The group's hooks; names that it does not have are left out."""
        group = self.scaling.group(request["AutoScalingGroupName"])
        names = request.get("LifecycleHookNames") or list(group.hooks)
        return {"LifecycleHooks": [describe.hook(group, group.hooks[name]) for name in names if name in group.hooks]}

    def delete_lifecycle_hook(self, **request: Any) -> Answer:
        """The hook goes.

        botocore: its "outstanding lifecycle actions are completed first (ABANDON for launching
        instances, CONTINUE for terminating instances)".
        """
        group = self.scaling.group(request["AutoScalingGroupName"])
        name = request["LifecycleHookName"]
        if name not in group.hooks:
            raise invalid(f"No Lifecycle Hook found with name {name}")
        deleted = group.hooks.pop(name)
        result = "ABANDON" if deleted.transition.endswith("LAUNCHING") else "CONTINUE"
        for member in list(group.members.values()):
            if name in member.waits:
                self.scaling.hooks.complete(member, name, result)
        return {}

    def complete_lifecycle_action(self, **request: Any) -> Answer:
        """One instance's wait for one hook ends with CONTINUE or ABANDON."""
        result = request["LifecycleActionResult"]
        if result not in ("CONTINUE", "ABANDON"):
            raise invalid(f"Invalid lifecycle action result: {result}.")
        self.scaling.hooks.complete(self._waiting(request), request["LifecycleHookName"], result)
        return {}

    def record_lifecycle_action_heartbeat(self, **request: Any) -> Answer:
        """One instance's wait for one hook gets its whole time-out again."""
        self.scaling.hooks.heartbeat(self._waiting(request), request["LifecycleHookName"])
        return {}

    def _waiting(self, request: dict[str, Any]) -> Member:
        """The member that the request names by instance, by the action's token, or by both, which must agree."""
        group = self.scaling.group(request["AutoScalingGroupName"])
        wanted, name = request.get("LifecycleActionToken"), request["LifecycleHookName"]
        members = list(group.members.values())
        if instance_id := request.get("InstanceId"):
            members = self.scaling.members(group.name, [instance_id])
            if wanted is None:
                return members[0]
        if wanted is None:
            raise invalid("Either InstanceId or LifecycleActionToken must be specified.")
        for member in members:
            if name in member.waits and member.waits[name].token == wanted:
                return member
        raise invalid(f"No active Lifecycle Action found with token {wanted}")
