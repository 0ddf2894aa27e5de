"""Errors that botocore models for the calls of the handlers, and that no Task retries: who handles them, or why nobody.

A Task's Retry names the rest (workflow/tasks.py). What is here and happens all the same is caught by the box that it
happens in, which turns the rollout back, or ends in Needs a human on the way back; before the plan is carried out it
ends the execution, and in a function that an event or a schedule invokes, Lambda tries the invocation again.
"""

HANDLED = {
    "autoscaling:AlreadyExistsFault": "handlers/aws/autoscaling.py",
    "dynamodb:ConditionalCheckFailedException": "handlers/store/leases.py",
    "ecr:RepositoryNotFoundException": "handlers/aws/ecr.py",
    "ecs:ConflictException": "handlers/aws/services.py",
    "ecs:ServiceDeploymentNotFoundException": "handlers/aws/services.py",
    "elbv2:TargetGroupNotFoundException": "handlers/aws/load_balancers.py",
    "ssm:ParameterNotFound": "handlers/aws/ssm.py",
    "stepfunctions:ExecutionAlreadyExists": "handlers/aws/executions.py",
    "stepfunctions:ExecutionDoesNotExist": "handlers/aws/executions.py",
    "stepfunctions:TaskDoesNotExist": "handlers/aws/executions.py",
    "stepfunctions:TaskTimedOut": "handlers/aws/executions.py",
}
"""By service and error, the module that handles it by its name."""

HANDLED_ALL = {
    "events": "handlers/runtime/notifications.py",
    "sns": "handlers/runtime/notifications.py",
}
"""Services of which every error is handled alike, by that module: what cannot be sent stops nothing."""

_ASKED_WRONGLY = "a mistake in the handlers, which asking again does not mend"
_PAGED = "pages are asked for with the token that came with the page before, in the same invocation"
_QUOTA = "a quota of the account, which minutes do not raise"
_DENIED = "a permission is missing, which minutes do not add; the plan checks what can be checked"
_NOT_OURS = "of a feature that the parameter does not use: it is written as a plain String"
_CONFIGURED = "the stack or its settings name something that is not there or is closed to it"
_OWN_TABLE = "the stack's own table, which has no such feature and is there as long as the stack is"
_ASYNCHRONOUS = "only the AMI watch asks; Lambda tries its invocation again, and the schedule comes again"

REVIEWED: dict[str, str] = {
    "autoscaling:InvalidNextToken": _PAGED,
    "autoscaling:LimitExceededFault": _QUOTA,
    "cloudwatch:InvalidNextToken": _PAGED,
    "dynamodb:ItemCollectionSizeLimitExceededException": _OWN_TABLE,
    "dynamodb:ResourceNotFoundException": _OWN_TABLE,
    "ecr:InvalidParameterException": _ASKED_WRONGLY,
    "ecr:LimitExceededException": _QUOTA,
    "ecr:UnableToGetUpstreamImageException": "the plan cannot see the image, and neither could an instance",
    "ecs:AccessDeniedException": _DENIED,
    "ecs:AttributeLimitExceededException": "the instance has ten attributes of others, which stay theirs",
    "ecs:ClusterNotFoundException": "the cluster is gone: nothing is left to move, and a human is told",
    "ecs:InvalidParameterException": _ASKED_WRONGLY,
    "ecs:LimitExceededException": _QUOTA,
    "ecs:NamespaceNotFoundException": "no Service Connect namespace is named in an update",
    "ecs:PlatformTaskDefinitionIncompatibilityException": "of Fargate's platform versions, which no update names",
    "ecs:PlatformUnknownException": "of Fargate's platform versions, which no update names",
    "ecs:ResourceNotFoundException": "TagResource is granted for what is made with tags, and never called",
    "ecs:UnsupportedFeatureException": "the Region has no such feature, and will not get it in minutes",
    "imagebuilder:CallRateLimitExceededException": _ASYNCHRONOUS,
    "imagebuilder:ForbiddenException": _DENIED,
    "imagebuilder:InvalidPaginationTokenException": _PAGED,
    "imagebuilder:InvalidRequestException": _ASKED_WRONGLY,
    "imagebuilder:ResourceNotFoundException": _CONFIGURED,
    "imagebuilder:ServiceException": _ASYNCHRONOUS,
    "imagebuilder:ServiceUnavailableException": _ASYNCHRONOUS,
    "ssm:HierarchyLevelLimitExceededException": _CONFIGURED,
    "ssm:HierarchyTypeMismatchException": _NOT_OURS,
    "ssm:IncompatiblePolicyException": _NOT_OURS,
    "ssm:InvalidAllowedPatternException": _NOT_OURS,
    "ssm:InvalidFilterKey": "no filter is asked for",
    "ssm:InvalidFilterOption": "no filter is asked for",
    "ssm:InvalidFilterValue": "no filter is asked for",
    "ssm:InvalidKeyId": _NOT_OURS,
    "ssm:InvalidNextToken": _PAGED,
    "ssm:InvalidPolicyAttributeException": _NOT_OURS,
    "ssm:InvalidPolicyTypeException": _NOT_OURS,
    "ssm:ParameterAlreadyExists": "the parameter is always overwritten",
    "ssm:ParameterLimitExceeded": _QUOTA,
    "ssm:ParameterMaxVersionLimitExceeded": "the oldest version carries a label of somebody's, who has to move it",
    "ssm:ParameterPatternMismatchException": "somebody gave the parameter a pattern that no AMI id fits",
    "ssm:ParameterVersionNotFound": "the input names a version that is not there; nothing was changed",
    "ssm:PoliciesLimitExceededException": _NOT_OURS,
    "ssm:UnsupportedParameterType": _NOT_OURS,
    "stepfunctions:ExecutionLimitExceeded": "the schedule starts again what an event could not",
    "stepfunctions:InvalidArn": _ASKED_WRONGLY,
    "stepfunctions:InvalidExecutionInput": _ASKED_WRONGLY,
    "stepfunctions:InvalidName": _ASKED_WRONGLY,
    "stepfunctions:InvalidOutput": _ASKED_WRONGLY,
    "stepfunctions:InvalidToken": "only tokens that Step Functions gave out are sent back",
    "stepfunctions:KmsAccessDeniedException": "the machine has no key of its own",
    "stepfunctions:KmsInvalidStateException": "the machine has no key of its own",
    "stepfunctions:KmsThrottlingException": "the machine has no key of its own",
    "stepfunctions:StateMachineDeleting": "the stack is being deleted",
    "stepfunctions:StateMachineDoesNotExist": "the stack is being deleted",
    "stepfunctions:ValidationException": _ASKED_WRONGLY,
}
"""By service and error, why it is neither retried nor handled."""
