"""The stack: wires the constructs, defines none."""

from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from handlers.contract import Direction
from workflow.functions import Functions
from workflow.recovery import recovery_rule
from workflow.rollout import COMMENT, rollout
from workflow.table import rollout_table
from workflow.tasks import Tasks
from workflow.topic import message_topic


class EcsAmiRollout(Stack):
    """The state machine, one function per Task state, the table, log groups, roles."""

    def __init__(self, scope: Construct, name: str, **settings: Any) -> None:
        super().__init__(scope, name, **settings)
        functions = Functions(self, "Functions", table=rollout_table(self), topic=message_topic(self))
        graph = Construct(self, "Graph")
        self.machine = sfn.StateMachine(
            self,
            "Rollout",
            comment=COMMENT,
            definition_body=sfn.DefinitionBody.from_chainable(
                rollout(Tasks(graph, functions.by_handler, Direction.FORWARD))
            ),
            state_machine_type=sfn.StateMachineType.STANDARD,
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
        recovery_rule(self, self.machine)
