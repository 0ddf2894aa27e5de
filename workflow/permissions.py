"""What the functions may do, by role, and on what. Simulated runs are held to it, and a test compares what they use.

`docs/permissions.md` is written from this, with the reason for each `*`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import product
from typing import Any, NamedTuple

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from handlers.catalogue import (
    ANSWER,
    APPROVAL,
    ASSESS,
    BEGIN_ROLL_BACK,
    CORDON,
    CREATE_VERSION,
    DRAIN,
    FINISH,
    HAND_OVER,
    HAND_OVER_AFTER_DEPLOYMENT,
    LOCK,
    PLAN,
    PREPARE,
    PROMOTION,
    REACTIVATE,
    REPORT_REMAINING_WORK,
    SCALE_IN,
    SCALE_OUT,
    START_BAKE,
    STOP_IN_PLACE,
    TAKE_OVER,
    TRIGGERS,
    UPDATE_SERVICE_STRATEGY,
    TaskState,
)
from workflow.reach import ANYTHING, TAG, Reach

# Auto Scaling checks a new template version by a dry run of RunInstances as the caller ("Control Amazon EC2 launch
# template usage in Auto Scaling groups", Auto Scaling user guide); a template that names its image by a parameter
# (`resolve:ssm:`) has it resolved as the caller, too.
LAUNCH = ("ec2:RunInstances", "ec2:CreateTags", "ssm:GetParameters")
OBSERVE = (
    "autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities", "cloudwatch:DescribeAlarms",
    "ec2:DescribeImages", "ec2:DescribeInstances", "ecs:DescribeClusters", "ecs:DescribeContainerInstances",
    "ecs:DescribeServices", "ecs:DescribeTaskDefinition", "ecs:DescribeTasks", "ecs:ListContainerInstances",
    "ecs:ListServices", "ecs:ListTasks", "elasticloadbalancing:DescribeTargetHealth",
)  # fmt: skip
NOTIFY = ("events:PutEvents", "sns:Publish")


class Role(StrEnum):
    """The roles of the functions: what looks and tells, what changes a cluster, and what works beside the machine."""

    READS = "Reads"
    ACTS = "Acts"
    STARTS = "Starts"


ROLES: dict[Role, tuple[TaskState, ...]] = {
    Role.READS: (
        APPROVAL, ANSWER, LOCK, TAKE_OVER, HAND_OVER, HAND_OVER_AFTER_DEPLOYMENT, BEGIN_ROLL_BACK, ASSESS, START_BAKE,
        PROMOTION,
    ),
    Role.ACTS: (
        PLAN,  # its dry runs ask what the others will do
        CREATE_VERSION, PREPARE, REACTIVATE, CORDON, UPDATE_SERVICE_STRATEGY, SCALE_OUT, DRAIN, SCALE_IN, FINISH,
        STOP_IN_PLACE, REPORT_REMAINING_WORK,
    ),
    Role.STARTS: TRIGGERS,
}  # fmt: skip
ACTIONS: dict[Role, tuple[str, ...]] = {
    Role.READS: (
        *OBSERVE, *NOTIFY, "states:DescribeExecution", "states:GetExecutionHistory", "states:SendTaskSuccess",
        "states:StartExecution",
    ),
    Role.ACTS: (
        *OBSERVE, *NOTIFY, *LAUNCH,
        "autoscaling:CreateAutoScalingGroup", "autoscaling:CreateOrUpdateTags", "autoscaling:DeleteAutoScalingGroup",
        "autoscaling:DescribeAutoScalingInstances", "autoscaling:DescribeLifecycleHooks",
        "autoscaling:DescribeNotificationConfigurations", "autoscaling:DescribePolicies",
        "autoscaling:DescribeScheduledActions",
        "autoscaling:PutLifecycleHook", "autoscaling:ResumeProcesses", "autoscaling:SetDesiredCapacity",
        "autoscaling:SuspendProcesses", "autoscaling:TerminateInstanceInAutoScalingGroup",
        "autoscaling:UpdateAutoScalingGroup", "ec2:CreateLaunchTemplateVersion", "ec2:DeleteLaunchTemplateVersions",
        "ec2:DescribeInstanceTypes", "ec2:DescribeLaunchTemplateVersions", "ecr:BatchGetImage",
        "ecs:CreateCapacityProvider", "ecs:DeleteAttributes", "ecs:DeleteCapacityProvider",
        "ecs:DeregisterContainerInstance", "ecs:DeregisterTaskDefinition", "ecs:DescribeCapacityProviders",
        "ecs:PutAttributes",
        "ecs:PutClusterCapacityProviders", "ecs:RegisterTaskDefinition", "ecs:StopServiceDeployment", "ecs:StopTask",
        "ecs:TagResource", "ecs:UpdateCapacityProvider", "ecs:UpdateContainerInstancesState", "ecs:UpdateService",
        "events:DescribeEventBus", "ssm:GetParameter", "ssm:PutParameter", "states:DescribeExecution",
    ),
    Role.STARTS: (
        *NOTIFY, "autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeAutoScalingInstances",
        "ec2:DescribeImages", "ecs:DescribeCapacityProviders", "ecs:DescribeClusters",
        "ecs:DescribeContainerInstances", "ecs:ListClusters", "ecs:ListContainerInstances",
        "imagebuilder:ListImagePipelineImages", "ssm:GetParameter", "ssm:GetParametersByPath", "ssm:PutParameter",
        "states:StartExecution",
    ),
}  # fmt: skip
UNSEEN = {
    "autoscaling:CreateOrUpdateTags": "CreateAutoScalingGroup needs it for a group that is made with tags",
    "ec2:CreateTags": "RunInstances needs it where the launch template tags instances",
    "ec2:RunInstances": "UpdateAutoScalingGroup and CreateAutoScalingGroup check it as the caller",
    "ecs:TagResource": "CreateCapacityProvider and RegisterTaskDefinition need it for what is made with tags",
    "ssm:GetParameters": "launch templates that name their image by a parameter",
    "imagebuilder:ListImagePipelineImages": "the settings watch a pipeline; Image Builder is not simulated",
}
"""Actions that no handler calls, or none in the simulated region, and why they are granted."""


class Passed(NamedTuple):
    """Roles that are passed to a service: those that the reach has under that name."""

    service: str
    names: str


PASSED_BY = {
    "ec2:RunInstances": Passed("ec2.amazonaws.com*", "instance_roles"),
    "autoscaling:PutLifecycleHook": Passed("autoscaling.amazonaws.com", "hook_roles"),
    "ecs:RegisterTaskDefinition": Passed("ecs-tasks.amazonaws.com", "task_roles"),
}
"""Whoever may do that passes a role to that service: the instance profile's (in a dry run, too), a hook's, a task's."""

ROLE_ARN = "iam::{account}:role/{role}"
_EC2 = ("instance", "volume", "network-interface", "key-pair")
_SHARED = ("subnet", "security-group", "placement-group", "capacity-reservation")  # their ARN names their owner
_GROUPS = "autoscaling:{region}:{account}:autoScalingGroup:*:autoScalingGroupName/{group}"
_TEMPLATE = "ec2:{region}:{account}:launch-template/{template}"
_PARAMETERS = ("ssm:{region}:{account}:parameter/*", "ssm:{region}::parameter/aws/service/*")
RESOURCES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "autoscaling:CreateAutoScalingGroup", "autoscaling:CreateOrUpdateTags",
            "autoscaling:DeleteAutoScalingGroup", "autoscaling:PutLifecycleHook", "autoscaling:ResumeProcesses",
            "autoscaling:SetDesiredCapacity", "autoscaling:SuspendProcesses",
            "autoscaling:TerminateInstanceInAutoScalingGroup", "autoscaling:UpdateAutoScalingGroup",
        ),
        (_GROUPS,),
    ),
    **dict.fromkeys(
        ("ecs:CreateCapacityProvider", "ecs:DeleteCapacityProvider", "ecs:DescribeCapacityProviders",
         "ecs:UpdateCapacityProvider"),
        ("ecs:{region}:{account}:capacity-provider/*",),
    ),
    **dict.fromkeys(
        ("ecs:DeregisterContainerInstance", "ecs:DescribeClusters", "ecs:ListContainerInstances",
         "ecs:PutClusterCapacityProviders"),
        ("ecs:{region}:{account}:cluster/{cluster}",),
    ),
    **dict.fromkeys(
        ("ecs:DeleteAttributes", "ecs:DescribeContainerInstances", "ecs:PutAttributes",
         "ecs:UpdateContainerInstancesState"),
        ("ecs:{region}:{account}:container-instance/*",),
    ),
    **dict.fromkeys(("ecs:DescribeServices", "ecs:UpdateService"), ("ecs:{region}:{account}:service/*",)),
    **dict.fromkeys(("ecs:DescribeTasks", "ecs:StopTask"), ("ecs:{region}:{account}:task/*",)),
    "ecs:StopServiceDeployment": (
        "ecs:{region}:{account}:service-deployment/{cluster}/*", "ecs:{region}:{account}:service/{cluster}/*",
    ),
    "ecs:RegisterTaskDefinition": ("ecs:{region}:{account}:task-definition/*",),
    "ecs:TagResource": ("ecs:{region}:{account}:capacity-provider/*", "ecs:{region}:{account}:task-definition/*"),
    "ec2:CreateLaunchTemplateVersion": (_TEMPLATE,),
    "ec2:DeleteLaunchTemplateVersions": (_TEMPLATE,),
    "ec2:CreateTags": tuple(f"ec2:{{region}}:{{account}}:{kind}/*" for kind in _EC2[:3]),
    "ec2:RunInstances": (
        *(f"ec2:{{region}}:{{account}}:{kind}/*" for kind in _EC2), *(f"ec2:{{region}}:*:{kind}/*" for kind in _SHARED),
        "ec2:{region}::image/*", "ec2:{region}::snapshot/*", _TEMPLATE,
    ),
    "ecr:BatchGetImage": ("ecr:{region}:*:repository/*",),
    **dict.fromkeys(("events:DescribeEventBus", "events:PutEvents"), ("events:{region}:{account}:event-bus/*",)),
    "imagebuilder:ListImagePipelineImages": ("{pipeline}",),
    "ssm:GetParameter": _PARAMETERS,
    "ssm:GetParameters": _PARAMETERS,
    "ssm:GetParametersByPath": _PARAMETERS[:1],
    "ssm:PutParameter": ("ssm:{region}:{account}:parameter/{parameter}",),
    "states:DescribeExecution": ("states:{region}:{account}:execution:*",),
}  # fmt: skip
"""By action, the resources it is granted on, as ARNs without `arn:aws:`; in braces what `names_of` fills in."""

TAGGED = {"StringLike": {f"aws:ResourceTag/{TAG}": "*"}}
"""Launch templates that carry the tag, beside those that the settings name."""

NO_LEVEL = "the API knows no resource-level permissions"
COMPOSITE = (
    "composite alarms are shown only to those who may ask for all (DescribeAlarms in the CloudWatch API reference)"
)
OF_A_SERVICE = "a list of the tasks of a service is decided as one of everything"
ANY: dict[str, str] = {
    "autoscaling:DescribeAutoScalingGroups": NO_LEVEL,
    "autoscaling:DescribeAutoScalingInstances": NO_LEVEL,
    "autoscaling:DescribeLifecycleHooks": NO_LEVEL,
    "autoscaling:DescribeNotificationConfigurations": NO_LEVEL,
    "autoscaling:DescribePolicies": NO_LEVEL,
    "autoscaling:DescribeScheduledActions": NO_LEVEL,
    "autoscaling:DescribeScalingActivities": NO_LEVEL,
    "cloudwatch:DescribeAlarms": COMPOSITE,
    "ec2:DescribeImages": NO_LEVEL,
    "ec2:DescribeInstanceTypes": NO_LEVEL,
    "ec2:DescribeInstances": NO_LEVEL,
    "ec2:DescribeLaunchTemplateVersions": NO_LEVEL,
    "ecs:DeregisterTaskDefinition": NO_LEVEL,
    "ecs:DescribeTaskDefinition": NO_LEVEL,
    "ecs:ListClusters": NO_LEVEL,
    "ecs:ListServices": NO_LEVEL,
    "ecs:ListTasks": OF_A_SERVICE,
    "elasticloadbalancing:DescribeTargetHealth": NO_LEVEL,
    "states:SendTaskSuccess": "a task token names its own task, and the API knows no resource-level permissions",
}
"""By action, why it is granted on `*`."""

CONDITIONS = {
    "ec2:CreateTags": {"StringEquals": {"ec2:CreateAction": ["RunInstances"]}},
}
OF_A_CLUSTER = (
    "ecs:DeleteAttributes", "ecs:DescribeContainerInstances", "ecs:DescribeServices", "ecs:DescribeTasks",
    "ecs:ListServices", "ecs:ListTasks", "ecs:PutAttributes", "ecs:StopTask", "ecs:UpdateContainerInstancesState",
    "ecs:UpdateService",
)  # fmt: skip
"""Granted under the condition `ecs:cluster`, where the settings name clusters (Service Authorization Reference)."""
OF_THE_STACK = {
    "sns:Publish": "the stack's topic",
    "states:GetExecutionHistory": "the executions of the stack's state machine",
    "states:StartExecution": "the stack's state machine",
}
"""By action, on which of the stack's own resources it is granted, where that is made."""


def role_of(state: TaskState) -> Role:
    """The role of the function behind a state."""
    return next(role for role, states in ROLES.items() if state in states)


def permissions_of(role: Role, reach: Reach) -> list[iam.PolicyStatement]:
    """The policy statements of a role, beside those on the stack's own resources."""
    by_resources: dict[tuple[tuple[str, ...], str], list[str]] = defaultdict(list)
    for action in sorted(set(ACTIONS[role]) - set(OF_THE_STACK)):
        by_resources[RESOURCES.get(action, ()), _conditional(action, reach)].append(action)
    statements = [
        iam.PolicyStatement(actions=actions, resources=arns, conditions=_conditions(conditional, reach))
        for (resources, conditional), actions in by_resources.items()
        if (arns := _arns(resources, names_of(role, reach)) if resources else ["*"])
    ]
    return [*statements, *_on_tagged_templates(role), *_passing(role, reach)]


def passes(role: Role) -> list[Passed]:
    """Which roles it passes to which services."""
    return [passed for action, passed in PASSED_BY.items() if action in ACTIONS[role]]


def names_of(role: Role, reach: Reach) -> dict[str, tuple[str, ...]]:
    """What the braces in `RESOURCES` stand for."""
    parameters = reach.watched if role is Role.STARTS else reach.published
    return {
        "cluster": reach.clusters,
        "group": reach.groups,
        "template": reach.launch_templates,
        "parameter": tuple(name.removeprefix("/") for name in parameters),
        "pipeline": tuple(arn.split(":", 2)[-1] for arn in reach.pipelines),
    }


def spelled(resource: str, names: Mapping[str, tuple[str, ...]], region: str, account: str) -> Iterator[str]:
    """A resource once for each name that it is about."""
    about = [key for key in names if f"{{{key}}}" in resource]
    for chosen in product(*(names[key] for key in about)):
        yield resource.format(region=region, account=account, **dict(zip(about, chosen, strict=True)))


def _on_tagged_templates(role: Role) -> Iterator[iam.PolicyStatement]:
    actions = sorted(action for action in ACTIONS[role] if _TEMPLATE in RESOURCES.get(action, ()))
    if actions:
        yield iam.PolicyStatement(
            actions=actions, resources=_arns((_TEMPLATE,), {"template": ANYTHING}), conditions=TAGGED
        )


def _passing(role: Role, reach: Reach) -> Iterator[iam.PolicyStatement]:
    for service, names in passes(role):
        if arns := _arns((ROLE_ARN,), {"role": getattr(reach, names)}):
            conditions = {"StringLike": {"iam:PassedToService": service}}
            yield iam.PolicyStatement(actions=["iam:PassRole"], resources=arns, conditions=conditions)


def _conditional(action: str, reach: Reach) -> str:
    """Actions with the same word have the same condition."""
    if action in OF_A_CLUSTER and reach.clusters != ANYTHING:
        return "ecs:cluster"
    return action if action in CONDITIONS else ""


def _conditions(conditional: str, reach: Reach) -> Mapping[str, Any] | None:
    if conditional == "ecs:cluster":
        return {"ArnLike": {"ecs:cluster": _arns(RESOURCES["ecs:DescribeClusters"], {"cluster": reach.clusters})}}
    return CONDITIONS.get(conditional)


def _arns(resources: tuple[str, ...], names: Mapping[str, tuple[str, ...]]) -> list[str]:
    found = [name for resource in resources for name in spelled(resource, names, Aws.REGION, Aws.ACCOUNT_ID)]
    return [f"arn:{Aws.PARTITION}:{name}" for name in found]
