"""What the functions need to hand a rollout over to another execution: how long an execution is, and to start one.

Of the stack's own state machine only. The policy stands beside the role's other one: the functions are made before the
state machine that invokes them, and wait for all that is in the role.
"""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn


def allow_to_hand_over(stack: Stack, role: iam.IRole, machine: sfn.StateMachine) -> None:
    """Let that role look at the executions' histories, and start one."""
    executions = stack.format_arn(
        service="states",
        resource="execution",
        resource_name=f"{machine.state_machine_name}:*",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    iam.Policy(
        stack,
        "HandOver",
        roles=[role],
        statements=[
            iam.PolicyStatement(actions=["states:StartExecution"], resources=[machine.state_machine_arn]),
            iam.PolicyStatement(actions=["states:GetExecutionHistory"], resources=[executions]),
        ],
    )
