"""The stack: wires the constructs, defines none."""

from typing import Any

from aws_cdk import App, CfnOutput, Environment, RemovalPolicy, Stack, Tags
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from handlers.catalogue import GUARD_DELETION, HAND_OVER, START_ROLLOUTS, WATCH_AMIS
from handlers.payloads import Direction
from workflow.functions import Functions
from workflow.hand_over import allow_to_hand_over
from workflow.machine_role import machine_role
from workflow.nag import accept
from workflow.permissions import role_of
from workflow.recovery import recovery_rule
from workflow.removal import guard_deletion
from workflow.rollout import COMMENT, rollout
from workflow.settings import Settings
from workflow.table import rollout_table
from workflow.tasks import Tasks
from workflow.topic import alarm_topic, message_topic
from workflow.triggers import Triggers, subscriptions_path
from workflow.watching import Watching


def stacks(app: App, settings: Settings) -> list["EcsAmiRollout"]:
    """One stack for each environment of the settings."""
    several = len(settings.environments) > 1
    made = []
    for environment in settings.environments:
        where = Environment(account=environment.account, region=environment.region) if environment.account else None
        name = f"{settings.stack}-{environment.name}" if several else settings.stack
        made.append(EcsAmiRollout(app, name, settings.within(environment), stack_name=settings.stack, env=where))
    return made


class EcsAmiRollout(Stack):
    """The state machine, one function per Task state, the table, what starts rollouts, log groups, roles."""

    def __init__(self, scope: Construct, name: str, settings: Settings, **where: Any) -> None:
        super().__init__(scope, name, **where)
        table, topic = rollout_table(self), message_topic(self, settings)
        reach = settings.reach
        functions = Functions(self, "Functions", table=table, topic=topic, bus=settings.event_bus, reach=reach)
        self.machine = self._machine(functions, settings.stack)
        watch, start = (functions.by_handler[state.handler] for state in (WATCH_AMIS, START_ROLLOUTS))
        for trigger in (watch, start):
            trigger.add_environment("MACHINE_ARN", self.machine.state_machine_arn)
            trigger.add_environment("SUBSCRIPTIONS", subscriptions_path(settings))
        self.machine.grant_start_execution(start)
        allow_to_hand_over(self, functions.roles[role_of(HAND_OVER)], self.machine)
        triggers = Triggers(self, "Triggers", settings, watch=watch, start=start)
        rule, recovery = recovery_rule(self, self.machine)
        guard_deletion(self, functions.by_handler[GUARD_DELETION.handler], [functions, self.machine, triggers])
        queues: list[sqs.IQueue] = [functions.letters, triggers.letters, recovery]
        Watching(self, "Watching", self.machine, rule, queues, alarm_topic(self, settings))
        CfnOutput(self, "StateMachine", value=self.machine.state_machine_arn)
        accept(self, functions.by_handler.values(), self.machine, reach)
        for key, value in settings.tags.items():
            Tags.of(self).add(key, value)

    def _machine(self, functions: Functions, name: str) -> sfn.StateMachine:
        tasks = Tasks(Construct(self, "Graph"), functions.versions, Direction.FORWARD)
        return sfn.StateMachine(
            self,
            "Rollout",
            comment=COMMENT,
            definition_body=sfn.DefinitionBody.from_chainable(rollout(tasks)),
            state_machine_type=sfn.StateMachineType.STANDARD,
            role=machine_role(self, functions).without_policy_updates(),  # else each Task adds a statement of its own
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=logs.LogGroup(
                    self,
                    "Executions",
                    log_group_name=f"/aws/vendedlogs/states/{name}",
                    retention=logs.RetentionDays.THREE_MONTHS,
                    removal_policy=RemovalPolicy.DESTROY,
                ),
                level=sfn.LogLevel.ALL,
                include_execution_data=True,
            ),
        )
