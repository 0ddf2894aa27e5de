"""What starts rollouts by themselves: the AMI watch on its schedule, and the rule that hears of changed parameters.

The rule's target is a small function, because a target cannot name an execution, and the name is what refuses
duplicates. The same function is called on the schedule, too: an event that got lost, and an AMI that has soaked since.
"""

import json

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as scheduler_targets
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from workflow.settings import Settings

NAMES_IN_A_PATTERN = 10  # a pattern takes 2,048 characters
EVENT_AGE, RETRIES = Duration.hours(1), 20


class Triggers(Construct):
    """The subscriptions as parameters, the schedules, the rule, and a queue for what could not be delivered."""

    def __init__(
        self, scope: Construct, name: str, settings: Settings, *, watch: lambda_.IFunction, start: lambda_.IFunction
    ) -> None:
        super().__init__(scope, name)
        self._settings = settings
        self.letters = sqs.Queue(self, "NotDelivered", enforce_ssl=True, retention_period=Duration.days(14))
        for subscription in settings.subscriptions:
            ssm.StringParameter(
                self,
                f"Subscription{subscription.name}",
                parameter_name=f"{subscriptions_path(settings)}/{subscription.name}",
                description="Node groups that follow an AMI parameter, as the settings file says",
                string_value=json.dumps(subscription.value, sort_keys=True),
            )
        for source in settings.sources:
            self._schedule(f"Watch{source.name}", watch, {"source": source.look}, f"Looks for AMIs of {source.name}")
        stack = Stack.of(self)
        followed = sorted({subscription.parameter for subscription in settings.subscriptions})
        for parameter in followed:
            again = {"parameter": parameter, "account": stack.account, "region": stack.region, "again": True}
            words = parameter.strip("/").replace("/", "-")
            self._schedule(f"Again{words}", start, again, f"Starts what {parameter} says and no event has started")
        for first in range(0, len(followed), NAMES_IN_A_PATTERN):
            self._rule(f"Changed{first or ''}", followed[first : first + NAMES_IN_A_PATTERN], start)

    def _schedule(self, name: str, function: lambda_.IFunction, told: dict[str, object], words: str) -> None:
        scheduler.Schedule(
            self,
            name,
            description=words,
            schedule=scheduler.ScheduleExpression.rate(Duration.minutes(self._settings.watch_minutes)),
            target=scheduler_targets.LambdaInvoke(
                function,
                input=scheduler.ScheduleTargetInput.from_object(told),
                dead_letter_queue=self.letters,
                max_event_age=EVENT_AGE,
                retry_attempts=RETRIES,
            ),
        )

    def _rule(self, name: str, parameters: list[str], start: lambda_.IFunction) -> None:
        told = events.RuleTargetInput.from_object(
            {
                "parameter": events.EventField.from_path("$.detail.name"),
                "account": events.EventField.from_path("$.account"),
                "region": events.EventField.from_path("$.region"),
            }
        )
        events.Rule(
            self,
            name,
            description="Starts the rollouts of a changed AMI parameter",
            event_pattern=events.EventPattern(
                source=["aws.ssm"],
                detail_type=["Parameter Store Change"],
                detail={"name": parameters, "operation": ["Create", "Update"]},
            ),
            targets=[
                targets.LambdaFunction(
                    start, event=told, dead_letter_queue=self.letters, max_event_age=EVENT_AGE, retry_attempts=RETRIES
                )
            ],
        )


def subscriptions_path(settings: Settings) -> str:
    """Below which path the functions find the subscriptions."""
    return f"/{settings.stack}/rollouts"
