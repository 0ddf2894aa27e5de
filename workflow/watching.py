"""What can be seen of rollouts: a dashboard, and alarms for what nobody should have to look for."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from handlers.catalogue import METRICS, SERVICE

FIVE_MINUTES = Duration.minutes(5)
STUCK_HOURS = 12
UNDONE = ("Throttles", "NotTold")
Column = tuple[str, list[cloudwatch.IMetric]]


class Watching(Construct):
    """A dashboard of one stack, and its alarms, which go to that topic."""

    def __init__(
        self, scope: Construct, name: str, machine: sfn.IStateMachine, queues: list[sqs.IQueue], topic: sns.ITopic
    ) -> None:
        super().__init__(scope, name)
        self._machine = machine
        notify = actions.SnsAction(topic)
        for alarm in self._alarms(queues):
            alarm.add_alarm_action(notify)
        dashboard = cloudwatch.Dashboard(self, "Dashboard", default_interval=Duration.hours(6))
        for words, metrics in self._graphs():
            dashboard.add_widgets(cloudwatch.GraphWidget(title=words, left=metrics, width=12))

    def _alarms(self, queues: list[sqs.IQueue]) -> list[cloudwatch.Alarm]:
        machine = self._machine
        failed = cloudwatch.MathExpression(
            expression="failed + aborted + timed",
            using_metrics={
                "failed": machine.metric_failed(period=FIVE_MINUTES),
                "aborted": machine.metric_aborted(period=FIVE_MINUTES),
                "timed": machine.metric_timed_out(period=FIVE_MINUTES),
            },
            period=FIVE_MINUTES,
            label="executions that ended badly",
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
            _alarm(self, "Failed", failed, 1, "A rollout was refused, rolled back, stopped, or timed out."),
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
            ("Progress (%)", [_metric("PercentDone", "Maximum")]),
            ("Container instances", [_metric(f"{name}Instances", "Maximum") for name in ("Old", "New", "Draining")]),
            ("Tasks above the lowest floor", [_metric("FloorMargin", "Minimum")]),
            ("Seconds without progress", [_metric("SecondsWithoutProgress", "Maximum")]),
            ("Seconds in each phase", [_search("PhaseSeconds", "phase")]),
            ("Calls that AWS throttled, messages that were not sent", [_metric(name, "Sum") for name in UNDONE]),
            ("Days behind, by node group", [_search("DaysBehind", "Cluster,NodeGroup")]),
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
