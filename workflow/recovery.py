"""The rule that hears of executions that ended badly, and starts one that returns what they left behind.

It leaves out those that changed nothing, or all that an operator asked for, by the name of their error. An event
without that field is heard of. How often the rule started one is what the alarm `Failed` looks at.

StopExecution runs no Catch, and neither does a time-out of the whole execution. An execution that returned everything
itself ends badly too: then the recovery finds nothing left behind and says so.

A recovery that ends badly is recovered, but not for ever: each carries the input of the one before, and the rule does
not hear of those whose input tells of three recoveries. A missing permission would else start one every few seconds.
"""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from handlers.errors import HARMLESS
from handlers.payloads import RECOVER
from workflow.machine_role import only_for

ENDED_BADLY = ["ABORTED", "TIMED_OUT", "FAILED"]
BY = "the recovery rule"
ENOUGH = f"*{BY}*{BY}*{BY}*"


def recovery_rule(scope: Construct, machine: sfn.IStateMachine) -> tuple[events.Rule, sqs.Queue]:
    """One rule on the default bus, for this machine only, and the queue of what could not be started."""
    letters = sqs.Queue(scope, "RecoveriesNotStarted", enforce_ssl=True, retention_period=Duration.days(14))
    role = iam.Role(
        scope,
        "RecoveryRole",
        assumed_by=only_for("events", "rule/*"),
        description="ECS AMI rollout: the rule that starts recoveries",
    )
    ended = events.RuleTargetInput.from_object(
        {
            "action": RECOVER,
            "execution": events.EventField.from_path("$.detail.executionArn"),
            "by": BY,
            "after": events.EventField.from_path("$.detail.input"),
        }
    )
    rule = events.Rule(
        scope,
        "Recovery",
        description="Starts the recovery of a rollout whose execution ended badly",
        event_pattern=events.EventPattern(
            source=["aws.states"],
            detail_type=["Step Functions Execution Status Change"],
            detail={
                "stateMachineArn": [machine.state_machine_arn],
                "status": ENDED_BADLY,
                "error": [{"exists": False}, None, {"anything-but": [error.__name__ for error in HARMLESS]}],
                "input": events.Match.anything_but_wildcard(ENOUGH),
            },
        ),
        targets=[
            targets.SfnStateMachine(
                machine,
                input=ended,
                role=role,
                dead_letter_queue=letters,
                max_event_age=Duration.hours(1),
                retry_attempts=20,
            )
        ],
    )
    return rule, letters
