"""Amazon CloudWatch's alarms, where moto answers otherwise than AWS: composite ones, pages, and which kind is shown.

An alarm's state is what the scenario says of it. No metric and no rule is evaluated.
"""

from collections.abc import Iterable
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends

from simulator.api.dispatch import ApiError
from simulator.api.pages import page
from simulator.aws.ecs.context import ACCOUNT
from simulator.scenario import model

PAGE = 50
"""DescribeAlarms' page without `MaxRecords`; a guess, the model in botocore names the most only, which is 100."""

RELATIVES = ("ChildrenOfAlarmName", "ParentsOfAlarmName")

MOTOS = {
    "AlarmName": "name",
    "AlarmDescription": "description",
    "Namespace": "namespace",
    "MetricName": "metric_name",
    "ComparisonOperator": "comparison_operator",
    "EvaluationPeriods": "evaluation_periods",
    "DatapointsToAlarm": "datapoints_to_alarm",
    "Period": "period",
    "Threshold": "threshold",
    "Statistic": "statistic",
    "ExtendedStatistic": "extended_statistic",
    "Dimensions": "dimensions",
    "AlarmActions": "alarm_actions",
    "OKActions": "ok_actions",
    "InsufficientDataActions": "insufficient_data_actions",
    "ActionsEnabled": "actions_enabled",
    "Unit": "unit",
    "TreatMissingData": "treat_missing_data",
    "EvaluateLowSampleCountPercentile": "evaluate_low_sample_count_percentile",
    "ThresholdMetricId": "threshold_metric_id",
    "Tags": "tags",
}
"""What moto calls the members of PutMetricAlarm."""

DEFAULTS: dict[str, Any] = dict.fromkeys(
    ("namespace", "metric_name", "period", "threshold", "statistic", "description"),
) | {"dimensions": [], "alarm_actions": [], "ok_actions": [], "insufficient_data_actions": []}

METRIC, COMPOSITE = "MetricAlarm", "CompositeAlarm"
RULE = "FALSE"


class CloudWatch:
    """DescribeAlarms, PutMetricAlarm and PutCompositeAlarm. All else is moto's."""

    def __init__(self, region: str) -> None:
        self._region = region

    def describe_alarms(self, **request: Any) -> dict[str, Any]:
        """A page of alarms by name; metric alarms only, unless `AlarmTypes` asks for others (botocore).

        Which alarm a composite one is made of is not known here, so its relatives are refused by name.
        """
        if relative := next((name for name in RELATIVES if request.get(name)), None):
            raise ApiError(
                "UnsupportedOperation", f"The simulated region does not have DescribeAlarms with {relative}."
            )
        kinds = request.get("AlarmTypes") or [METRIC]
        alarms = sorted(_chosen(self._backend, request), key=lambda alarm: str(alarm.name))
        shown = [alarm for alarm in alarms if _kind(alarm) in kinds]
        some, token = page(shown, request.get("NextToken"), int(request.get("MaxRecords") or PAGE))
        answer: dict[str, Any] = {
            "MetricAlarms": [alarm for alarm in some if _kind(alarm) == METRIC],
            "CompositeAlarms": [alarm for alarm in some if _kind(alarm) == COMPOSITE],
        }
        return {**answer, "NextToken": token} if token else answer

    def put_metric_alarm(self, **request: Any) -> dict[str, Any]:
        """Make an alarm, of INSUFFICIENT_DATA until it is set; one that is there keeps its state (botocore).

        Metric math is refused by name.
        """
        if request.get("Metrics"):
            raise ApiError("UnsupportedOperation", "The simulated region does not have alarms on metric math.")
        name, backend = request["AlarmName"], self._backend
        before = next((each.state_value for each in backend.get_alarms_by_alarm_names([name])), "INSUFFICIENT_DATA")
        made = {**DEFAULTS, **{MOTOS[key]: value for key, value in request.items() if key in MOTOS}}
        backend.put_metric_alarm(**made)
        backend.set_alarm_state(name, "Unchecked: Initial alarm creation", "{}", before)
        return {}

    def put_composite_alarm(self, **request: Any) -> dict[str, Any]:
        """Make or replace a composite alarm; its state is INSUFFICIENT_DATA until it is set."""
        _put(self._backend, request["AlarmName"], request["AlarmRule"])
        self._backend.set_alarm_state(request["AlarmName"], "made", "{}", "INSUFFICIENT_DATA")
        return {}

    @property
    def _backend(self) -> CloudWatchBackend:
        return cloudwatch_backends[ACCOUNT][self._region]


def make_alarm(alarm: model.Alarm, region: str) -> None:
    """The scenario's alarm, in its state at the start."""
    backend = cloudwatch_backends[ACCOUNT][region]
    _put(backend, alarm.name, RULE if alarm.composite else None)
    backend.set_alarm_state(alarm.name, "the scenario says so", "{}", alarm.state)


def _put(backend: CloudWatchBackend, name: str, rule: str | None) -> None:
    backend.put_metric_alarm(
        name=name,
        namespace="Simulated",
        metric_name="Simulated",
        comparison_operator="GreaterThanThreshold",
        evaluation_periods=1,
        period=60,
        threshold=1.0,
        statistic="Sum",
        description="",
        dimensions=[],
        alarm_actions=[],
        rule=rule,
    )


def _kind(alarm: Alarm) -> str:
    return METRIC if alarm.rule is None else COMPOSITE


def _chosen(backend: CloudWatchBackend, request: dict[str, Any]) -> Iterable[Alarm]:
    """Those of which all holds: names or prefix, state, and one of their actions."""
    found: Iterable[Alarm] = backend.describe_alarms()
    if names := request.get("AlarmNames"):
        found = backend.get_alarms_by_alarm_names(names)
    elif prefix := request.get("AlarmNamePrefix"):
        found = backend.get_alarms_by_alarm_name_prefix(prefix)
    state, action = request.get("StateValue"), request.get("ActionPrefix")
    return [
        alarm
        for alarm in found
        if state in (None, alarm.state_value)
        and (action is None or any(each.startswith(action) for each in alarm.alarm_actions or ()))
    ]
