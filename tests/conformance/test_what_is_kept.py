"""What a call leaves behind: an alarm's state, an INACTIVE task definition. A region of its own for each."""

from simulator.simulation import SimulatedRollout
from tests.conformance.regions import CLUSTER, opened, refused

CLIENT, HERE = "ClientException", {"cluster": CLUSTER}
CONTAINER = {"name": "main", "image": "app:1", "memory": 64}
DEFINED = {"family": "x", "containerDefinitions": [CONTAINER]}


def test_an_alarm_begins_without_data_and_keeps_its_state_when_it_is_changed() -> None:
    """botocore, `PutMetricAlarm`: "set to INSUFFICIENT_DATA"; "its state is left unchanged"."""
    with opened("full") as region:
        alarms = region.client("cloudwatch")
        alarm = {
            "AlarmName": "latency",
            "Namespace": "AWS/ECS",
            "MetricName": "CPUUtilization",
            "Statistic": "Average",
            "Period": 60,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanThreshold",
        }

        def state() -> tuple[str, float]:
            (shown,) = alarms.describe_alarms(AlarmNames=["latency"])["MetricAlarms"]
            return shown["StateValue"], shown["Threshold"]

        alarms.put_metric_alarm(**alarm, Threshold=1.0)
        assert state() == ("INSUFFICIENT_DATA", 1.0)
        alarms.set_alarm_state(AlarmName="latency", StateValue="ALARM", StateReason="a test")
        alarms.put_metric_alarm(**alarm, Threshold=2.0)
        assert state() == ("ALARM", 2.0)


def test_an_inactive_task_definition_is_run_by_nobody(region: SimulatedRollout) -> None:
    """Developer guide, "Deregistering a task definition": INACTIVE ones cannot be used to run new tasks or services."""
    ecs = region.client("ecs")
    made = ecs.register_task_definition(**DEFINED)["taskDefinition"]["taskDefinitionArn"]
    ecs.deregister_task_definition(taskDefinition=made)
    task = {**HERE, "taskDefinition": made}
    words = (CLIENT, "TaskDefinition is inactive")
    assert refused(region, "ecs", "run_task", task) == words
    assert refused(region, "ecs", "create_service", {**task, "serviceName": "s", "desiredCount": 1}) == words
    assert refused(region, "ecs", "update_service", {**task, "service": "web"}) == words
    gone = {**HERE, "taskDefinition": "x"}
    assert refused(region, "ecs", "run_task", gone) == (CLIENT, "TaskDefinition not found.")
