"""The describing operations of Auto Scaling's API: paged, filtered, by the API's own parameter names."""

from datetime import UTC, datetime
from typing import Any

from simulator.api.pages import page
from simulator.aws.autoscaling import describe
from simulator.aws.autoscaling.errors import invalid
from simulator.aws.autoscaling.region import AutoScaling
from simulator.aws.autoscaling.state import PROCESSES, Activity, Group

Answer = dict[str, Any]

ACTIVITY_FILTERS = ("StartTimeLowerBound", "StartTimeUpperBound", "Status")
"""botocore (DescribeScalingActivities, Filters)."""

GROUP_PAGE = 50
INSTANCE_PAGE = 50
ACTIVITY_PAGE = 100
"""botocore (MaxRecords): 50 by default and at most 100; 50 and at most 50; 100 and at most 100."""


class ListOperations:
    """DescribeAutoScalingGroups and its kin."""

    scaling: AutoScaling

    def describe_auto_scaling_groups(self, **request: Any) -> Answer:
        """Groups by name and tag; names that do not exist are left out."""
        names = request.get("AutoScalingGroupNames", [])
        size = int(request.get("MaxRecords") or GROUP_PAGE)
        if len(names) > size:
            raise invalid(f"The number of group names, {len(names)}, is greater than the page size, {size}.")
        groups = self.scaling.groups
        found = [groups[name] for name in names if name in groups] if names else list(groups.values())
        found = [group for group in found if _passes(group, request.get("Filters", []))]
        shown, token = page(found, request.get("NextToken"), size)
        instances = request.get("IncludeInstances", True)
        return {
            "AutoScalingGroups": [describe.group(group, instances=instances) for group in shown],
            "NextToken": token,
        }

    def describe_auto_scaling_instances(self, **request: Any) -> Answer:
        """Managed instances; ids that do not exist are left out (botocore: "it is ignored with no error")."""
        wanted = request.get("InstanceIds") or self.scaling.fleet.managed()
        found = [instance_id for instance_id in wanted if self.scaling.fleet.group_of(instance_id) is not None]
        shown, token = page(found, request.get("NextToken"), int(request.get("MaxRecords") or INSTANCE_PAGE))
        members = [self.scaling.member(instance_id) for instance_id in shown]
        return {
            "AutoScalingInstances": [describe.instance_details(group, member) for group, member in members],
            "NextToken": token,
        }

    def describe_scaling_activities(self, **request: Any) -> Answer:
        """Activities, newest first, of one group or of all; of deleted groups only if asked."""
        groups = list(self.scaling.groups.values())
        if request.get("IncludeDeletedGroups"):
            groups += self.scaling.deleted
        if name := request.get("AutoScalingGroupName"):
            groups = [group for group in groups if group.name == name] or [self.scaling.group(name)]
        found = [(activity, group) for group in groups for activity in reversed(group.activities)]
        if len(groups) > 1:
            found.sort(key=lambda pair: pair[0].started, reverse=True)
        if wanted := request.get("ActivityIds"):
            found = [pair for pair in found if pair[0].activity_id in wanted]
        filters = request.get("Filters", [])
        if unknown := [item["Name"] for item in filters if item["Name"] not in ACTIVITY_FILTERS]:
            raise invalid(f"Filter type {unknown[0]} is not valid.")
        found = [pair for pair in found if _in_time(pair[0], filters)]
        shown, token = page(found, request.get("NextToken"), int(request.get("MaxRecords") or ACTIVITY_PAGE))
        return {"Activities": [describe.activity(activity, group) for activity, group in shown], "NextToken": token}

    def describe_tags(self, **request: Any) -> Answer:
        """Tags of all groups, filtered by `auto-scaling-group`, `key`, `value` or `propagate-at-launch`."""
        found = [tag for group in self.scaling.groups.values() for tag in describe.tags(group)]
        members = {"auto-scaling-group": "ResourceId", "key": "Key", "value": "Value"}
        for item in request.get("Filters", []):
            if item["Name"] == "propagate-at-launch":
                found = [tag for tag in found if str(tag["PropagateAtLaunch"]).lower() in item["Values"]]
            elif item["Name"] in members:
                found = [tag for tag in found if tag[members[item["Name"]]] in item["Values"]]
            else:
                raise invalid(f"Filter type {item['Name']} is not valid.")
        shown, token = page(found, request.get("NextToken"), int(request.get("MaxRecords") or GROUP_PAGE))
        return {"Tags": shown, "NextToken": token}

    def describe_launch_configurations(self, **request: Any) -> Answer:
        """Launch configurations by name."""
        known = self.scaling.configurations
        names = request.get("LaunchConfigurationNames") or list(known)
        shown, token = page(
            [known[name] for name in names if name in known],
            request.get("NextToken"),
            int(request.get("MaxRecords") or GROUP_PAGE),
        )
        found = [{"LaunchConfigurationARN": configuration.arn} | configuration.data for configuration in shown]
        return {"LaunchConfigurations": found, "NextToken": token}

    def describe_instance_refreshes(self, **request: Any) -> Answer:
        """The group's instance refreshes: what the scenario put there."""
        refreshes = self.scaling.group(request["AutoScalingGroupName"]).refreshes
        wanted = request.get("InstanceRefreshIds")
        found = [item for item in refreshes if not wanted or item["InstanceRefreshId"] in wanted]
        shown, token = page(found, request.get("NextToken"), int(request.get("MaxRecords") or GROUP_PAGE))
        return {"InstanceRefreshes": shown, "NextToken": token}

    def describe_warm_pool(self, **request: Any) -> Answer:
        """The configuration that the scenario put there; it holds no instances."""
        found = self.scaling.group(request["AutoScalingGroupName"]).warm_pool
        return {"Instances": []} | ({"WarmPoolConfiguration": found} if found else {})

    def describe_scheduled_actions(self, **request: Any) -> Answer:
        """The scheduled actions of one group or of all: what the scenario put there."""
        found = [each for group in self._groups(request) for each in group.scheduled_actions]
        if wanted := request.get("ScheduledActionNames"):
            found = [each for each in found if each["ScheduledActionName"] in wanted]
        shown, token = page(found, request.get("NextToken"), int(request.get("MaxRecords") or GROUP_PAGE))
        return {"ScheduledUpdateGroupActions": shown, "NextToken": token}

    def describe_policies(self, **request: Any) -> Answer:
        """The scaling policies of one group or of all: ECS's own of managed scaling, and what the scenario put there.

        Nothing but managed scaling acts by them.
        """
        found = [each for group in self._groups(request) for each in group.scaling_policies.values()]
        for member, key in (("PolicyNames", "PolicyName"), ("PolicyTypes", "PolicyType")):
            if wanted := request.get(member):
                found = [each for each in found if each[key] in wanted]
        shown, token = page(found, request.get("NextToken"), int(request.get("MaxRecords") or GROUP_PAGE))
        return {"ScalingPolicies": shown, "NextToken": token}

    def describe_notification_configurations(self, **request: Any) -> Answer:
        """The notifications of those groups, or of all: what the scenario put there."""
        names = request.get("AutoScalingGroupNames") or list(self.scaling.groups)
        found = [each for name in names for each in self.scaling.group(name).notifications]
        shown, token = page(found, request.get("NextToken"), int(request.get("MaxRecords") or GROUP_PAGE))
        return {"NotificationConfigurations": shown, "NextToken": token}

    def describe_traffic_sources(self, **request: Any) -> Answer:
        """No traffic sources: ECS registers its tasks itself."""
        self.scaling.group(request["AutoScalingGroupName"])
        return {"TrafficSources": []}

    def describe_load_balancer_target_groups(self, **request: Any) -> Answer:
        """No target groups on the group itself."""
        self.scaling.group(request["AutoScalingGroupName"])
        return {"LoadBalancerTargetGroups": []}

    def describe_load_balancers(self, **request: Any) -> Answer:
        """No Classic Load Balancers on the group itself."""
        self.scaling.group(request["AutoScalingGroupName"])
        return {"LoadBalancers": []}

    def describe_scaling_process_types(self, **_request: Any) -> Answer:
        """The processes that can be suspended."""
        return {"Processes": [{"ProcessName": process} for process in PROCESSES]}

    def _groups(self, request: dict[str, Any]) -> list[Group]:
        """The group that is named, or all."""
        name = request.get("AutoScalingGroupName")
        return [self.scaling.group(name)] if name else list(self.scaling.groups.values())


def _passes(group: Group, filters: list[dict[str, Any]]) -> bool:
    """All filters hold: `tag:<key>`, `tag-key`, `tag-value` (botocore: "based on specific tags")."""
    for item in filters:
        name, values = item["Name"], item.get("Values", [])
        if name == "tag-key":
            held = set(group.tags)
        elif name == "tag-value":
            held = {tag.value for tag in group.tags.values()}
        elif name.startswith("tag:"):
            held = {group.tags[key].value for key in (name.removeprefix("tag:"),) if key in group.tags}
        else:
            raise invalid(f"Filter type {name} is not valid.")
        if held.isdisjoint(values):
            return False
    return True


def _in_time(activity: Activity, filters: list[dict[str, Any]]) -> bool:
    """StartTimeLowerBound, StartTimeUpperBound and Status hold (botocore, DescribeScalingActivities)."""
    for item in filters:
        if item["Name"] == "StartTimeLowerBound" and activity.started < _moment(item["Values"][0]):
            return False
        if item["Name"] == "StartTimeUpperBound" and activity.started > _moment(item["Values"][0]):
            return False
        if item["Name"] == "Status" and activity.status not in item["Values"]:
            return False
    return True


def _moment(text: str) -> datetime:
    """An ISO 8601 timestamp; botocore: "Timestamps without a timezone offset are assumed to be UTC"."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid(f"The filter value {text} is not an ISO 8601 timestamp.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
