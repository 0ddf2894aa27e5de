"""What can be seen of rollouts: a dashboard, and alarms for what nobody should have to look for."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from handlers.catalogue import METRICS, SERVICE

FIVE_MINUTES = Duration.minutes(5)
STUCK_HOURS = 12
OF_A_NODE_GROUP = "Cluster,NodeGroup"
UNDONE = ("Throttles", "NotTold")
Column = tuple[str, list[cloudwatch.IMetric]]


class Watching(Construct):
    """A dashboard of one stack, and its alarms, which go to that topic."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        machine: sfn.IStateMachine,
        ended_badly: events.IRule,
        queues: list[sqs.IQueue],
        topic: sns.ITopic,
    ) -> None:
        """`ended_badly` is the rule that hears of executions that ended badly."""
        super().__init__(scope, name)
        self._machine, self._ended_badly = machine, ended_badly
        notify = actions.SnsAction(topic)
        for alarm in self._alarms(queues):
            alarm.add_alarm_action(notify)
        dashboard = cloudwatch.Dashboard(self, "Dashboard", default_interval=Duration.hours(6))
        for words, metrics in self._graphs():
            dashboard.add_widgets(cloudwatch.GraphWidget(title=words, left=metrics, width=12))

    def _alarms(self, queues: list[sqs.IQueue]) -> list[cloudwatch.Alarm]:
        failed = cloudwatch.Metric(
            namespace="AWS/Events",
            metric_name="Invocations",
            dimensions_map={"RuleName": self._ended_badly.rule_name},
            statistic="Sum",
            period=FIVE_MINUTES,
        )
        lost = cloudwatch.MathExpression(
            expression=" + ".join(f"q{number}" for number in range(len(queues))),
            using_metrics={
                f"q{number}": queue.metric_approximate_number_of_messages_visible(period=FIVE_MINUTES)
                for number, queue in enumerate(queues)
            },
            period=FIVE_MINUTES,
            label="events that were not delivered",
        )
        human = _metric("NeedsAHuman", "Sum")
        stuck = _metric("SecondsWithoutProgress", "Maximum")
        return [
            _alarm(self, "Failed", failed, 1, "A rollout was rolled back, stopped or timed out, or it failed."),
            _alarm(
                self, "NeedsAHuman", human, 1, "A rollout can go neither forward nor back; its error says what is left."
            ),
            _alarm(
                self, "Stuck", stuck, STUCK_HOURS * 3600, f"A rollout has made no progress for {STUCK_HOURS} hours."
            ),
            _alarm(self, "NotDelivered", lost, 1, "An event or a scheduled look waits in a dead-letter queue."),
            _alarm(self, "NotTold", _metric("NotTold", "Sum"), 1, "A message or an event of a rollout was not sent."),
        ]

    def _graphs(self) -> list[Column]:
        machine = self._machine
        return [
            ("Progress (%), by node group", [_search("PercentDone", OF_A_NODE_GROUP)]),
            ("Container instances", [_metric(f"{name}Instances", "Maximum") for name in ("Old", "New", "Draining")]),
            ("Tasks above the lowest floor", [_metric("FloorMargin", "Minimum")]),
            ("Seconds without progress, by node group", [_search("SecondsWithoutProgress", OF_A_NODE_GROUP)]),
            ("Seconds in each phase", [_search("PhaseSeconds", f"{OF_A_NODE_GROUP},phase")]),
            ("Calls that AWS throttled, messages that were not sent", [_metric(name, "Sum") for name in UNDONE]),
            ("Days behind, by node group", [_search("DaysBehind", OF_A_NODE_GROUP)]),
            (
                "Executions",
                [
                    machine.metric_started(),
                    machine.metric_succeeded(),
                    machine.metric_failed(),
                    machine.metric_aborted(),
                ],
            ),
        ]


def _metric(name: str, statistic: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=METRICS,
        metric_name=name,
        dimensions_map={"service": SERVICE},
        statistic=statistic,
        period=FIVE_MINUTES,
    )


def _search(name: str, dimensions: str) -> cloudwatch.MathExpression:
    expression = f"SEARCH('{{{METRICS},{dimensions}}} MetricName=\"{name}\"', 'Maximum', 300)"
    return cloudwatch.MathExpression(expression=expression, using_metrics={}, period=FIVE_MINUTES, label="")


def _alarm(scope: Construct, name: str, metric: cloudwatch.IMetric, threshold: int, words: str) -> cloudwatch.Alarm:
    return cloudwatch.Alarm(
        scope,
        name,
        metric=metric,
        threshold=threshold,
        evaluation_periods=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        alarm_description=words,
    )
