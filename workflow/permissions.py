"""What each function may do. Actions are exact; resources are wide: a rollout names its cluster when it starts."""

from aws_cdk import aws_iam as iam

READ = (
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeAutoScalingInstances",
    "autoscaling:DescribeScalingActivities",
    "cloudwatch:DescribeAlarms",
    "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplateVersions",
    "ecs:DescribeCapacityProviders",
    "ecs:DescribeClusters",
    "elasticloadbalancing:DescribeTargetHealth",
    "ecs:DescribeContainerInstances",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:DescribeTasks",
    "ecs:ListContainerInstances",
    "ecs:ListServices",
    "ecs:ListTasks",
    # DescribeLaunchTemplateVersions and UpdateAutoScalingGroup resolve images given as `resolve:ssm:`.
    "ssm:GetParameters",
)
PLAN = (
    "ec2:DescribeImages",
    "ec2:DescribeInstanceTypes",
    "ecr:BatchGetImage",
    "ssm:GetParameter",
    "states:DescribeExecution",
    # Dry runs: whether the functions that change something may. The plan itself makes nothing.
    "ec2:CreateLaunchTemplateVersion",
    "ec2:RunInstances",
)
# Auto Scaling checks a new template version by a dry run of RunInstances as the caller ("Control Amazon EC2 launch
# template usage in Auto Scaling groups", Auto Scaling user guide).
LAUNCH = ("ec2:RunInstances", "ec2:CreateTags")
SETTINGS = (
    "autoscaling:ResumeProcesses",
    "autoscaling:SuspendProcesses",
    "autoscaling:UpdateAutoScalingGroup",
    "ecs:UpdateCapacityProvider",
    *LAUNCH,
)
COPY = (
    "autoscaling:CreateAutoScalingGroup",
    "autoscaling:CreateOrUpdateTags",
    "autoscaling:DescribeLifecycleHooks",
    "autoscaling:PutLifecycleHook",
    "ecs:CreateCapacityProvider",
    "ecs:PutClusterCapacityProviders",
    "ecs:TagResource",
)
TELL = ("events:PutEvents",)
WRITE = {
    "plan_rollout": PLAN,
    "create_launch_template_version": ("ec2:CreateLaunchTemplateVersion", "ec2:DescribeImages"),
    "prepare_node_group": (*SETTINGS, *COPY),
    "cordon_old_instances": ("ecs:PutAttributes", "ecs:DeleteAttributes"),
    "wait_for_promotion": (*TELL, "states:SendTaskSuccess"),
    "scale_out": ("autoscaling:SetDesiredCapacity",),
    "scale_in": ("autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"),
    "drain_old_instances": ("ecs:StopTask", "ecs:UpdateContainerInstancesState"),
    "reactivate_instances": ("ecs:UpdateContainerInstancesState",),
    "update_service_strategy": (
        "ecs:PutClusterCapacityProviders",
        "ecs:RegisterTaskDefinition",
        "ecs:TagResource",
        "ecs:UpdateService",
    ),
    "stop_here": (*SETTINGS, "ecs:UpdateService"),
    "finish_rollout": (
        *SETTINGS,
        "autoscaling:DeleteAutoScalingGroup",
        "ec2:DeleteLaunchTemplateVersions",
        "ecs:DeleteCapacityProvider",
        "ecs:DeregisterTaskDefinition",
        "ecs:PutClusterCapacityProviders",
        "ecs:UpdateService",
    ),
}
# To which services a handler passes roles: the instance role, a lifecycle hook's, those of a task definition.
PASSES_TO = {
    "prepare_node_group": ["ec2.amazonaws.com*", "autoscaling.amazonaws.com"],
    "finish_rollout": ["ec2.amazonaws.com*"],
    "stop_here": ["ec2.amazonaws.com*"],
    "update_service_strategy": ["ecs-tasks.amazonaws.com"],
}
# Beside the table these need no more than this.
ONLY = {
    "answer_rollout": ("states:SendTaskSuccess",),
    "begin_roll_back": ("autoscaling:DescribeAutoScalingGroups",),
    "take_over_rollout": ("autoscaling:DescribeAutoScalingGroups",),
    "wait_for_approval": (*TELL, "states:SendTaskSuccess"),
}
TELLING = ("wait_for_approval", "wait_for_promotion")
WITHOUT_AWS = ("lock_cluster", "bake")  # these read and write the table only


def permissions_of(handler: str) -> list[iam.PolicyStatement]:
    """The policy statements of one handler's role, beside the table's."""
    if handler in WITHOUT_AWS:
        return []
    if handler in ONLY:
        return [iam.PolicyStatement(actions=list(ONLY[handler]), resources=["*"])]
    statements = [iam.PolicyStatement(actions=list(READ), resources=["*"])]
    if handler in WRITE:
        statements.append(iam.PolicyStatement(actions=list(WRITE[handler]), resources=["*"]))
    if handler in PASSES_TO:
        only = {"StringLike": {"iam:PassedToService": PASSES_TO[handler]}}
        statements.append(iam.PolicyStatement(actions=["iam:PassRole"], resources=["*"], conditions=only))
    return statements
