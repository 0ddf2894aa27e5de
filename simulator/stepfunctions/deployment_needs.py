"""What AWS checks of a stack's roles while it makes the stack's functions and its state machine.

Lambda refuses a traced function whose role may not trace: "The provided execution role does not have permissions to
call PutTraceSegments on XRAY" (functionalone/serverless-iam-roles-per-function issue 39). Step Functions refuses a
machine that logs: "The state machine IAM Role is not authorized to access the Log Destination" (CreateStateMachine;
which permissions: "Logging using CloudWatch Logs", developer guide). A traced machine takes the four of "IAM policies
for AWS X-Ray" (developer guide).
"""

from collections.abc import Iterator
from typing import NamedTuple

from simulator.stepfunctions.deployed_stack import DeployedStack

TRACES = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")
TRACES_EXECUTIONS = (*TRACES, "xray:GetSamplingRules", "xray:GetSamplingTargets")
LOGS = tuple(
    f"logs:{action}"
    for action in (
        "CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries",
        "PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups",
    )
)  # fmt: skip


class DeploymentNeed(NamedTuple):
    """An action on everything that a role has to be allowed, and the function or machine that it is checked for."""

    name: str
    role: str
    action: str


def deployment_needs(stack: DeployedStack) -> Iterator[DeploymentNeed]:
    """All of them; none for what has no role."""
    machine = stack.machine
    asked: list[tuple[str, str, tuple[str, ...]]]
    asked = [(function.name, function.role, TRACES if function.traced else ()) for function in stack.functions]
    asked.append((machine.name, machine.role, LOGS if machine.logged else ()))
    asked.append((machine.name, machine.role, TRACES_EXECUTIONS if machine.traced else ()))
    for name, role, actions in asked:
        yield from (DeploymentNeed(name, role, action) for action in actions if role)
