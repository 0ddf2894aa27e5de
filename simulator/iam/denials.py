"""How each service says that a call is denied: its error code, and the words.

"Troubleshoot access denied error messages", IAM user guide; EC2 and SNS have codes of their own, and Auto Scaling its
own words for a launch template that the caller may not use.
"""

from simulator.iam.evaluation import AccessRequest, Decision

ACCESS_DENIED, ACCESS_DENIED_EXCEPTION = "AccessDenied", "AccessDeniedException"
CODES = {
    "autoscaling": ACCESS_DENIED,
    "cloudwatch": ACCESS_DENIED,
    "ec2": "UnauthorizedOperation",
    "elbv2": ACCESS_DENIED,
    "sns": "AuthorizationError",
}
"""Of services that do not say AccessDeniedException."""
WHY = {
    Decision.DENIED: "with an explicit deny in an identity-based policy",
    Decision.NOT_ALLOWED: "because no identity-based policy allows the {action} action",
}
TEMPLATES = ":launch-template/"
PARTS_OF_A_LAUNCH = ("ec2:", "iam:", "ssm:")


def denial(
    service: str, session: str, request: AccessRequest, decision: Decision, *, encoded: bool = False
) -> tuple[str, str]:
    """Code and message; `session` is the caller's ARN as STS gives it. EC2 may say the reason `encoded` only."""
    action = request.action.replace("sns:", "SNS:")
    why = WHY[decision].format(action=action)
    text = f"User: {session} is not authorized to perform: {action} on resource: {request.resource} {why}"
    if service == "autoscaling" and request.action.startswith(PARTS_OF_A_LAUNCH):
        if TEMPLATES in request.resource:
            text = f"You are not authorized to use launch template: {request.resource.rsplit('/', 1)[-1]}"
        else:
            text = f"You are not authorized to perform this operation. {text}"
    if service == "ec2":
        reason = "" if encoded else f"{text}. "
        text = f"You are not authorized to perform this operation. {reason}Encoded authorization failure message: none"
    return CODES.get(service, ACCESS_DENIED_EXCEPTION), text
