"""Amazon EC2's launch templates."""

from simulator.api.prose.rule import Refused, Request, Rules

BOTH = "The parameter LaunchTemplateId cannot be used with the parameter LaunchTemplateName"
"""Botocore, `LaunchTemplateId` of each call: "but not both"; EC2 API reference, "Error codes": an incorrect combination
of parameters."""


def _named_once(request: Request) -> Refused | None:
    both = request.get("LaunchTemplateId") and request.get("LaunchTemplateName")
    return ("InvalidParameterCombination", BOTH) if both else None


def _listed(request: Request) -> Refused | None:
    """Botocore, `DescribeLaunchTemplateVersions.MaxResults`: "between 1 and 200"; the upper one is `limits.py`'s."""
    if request.get("MaxResults") == 0:
        return "InvalidParameterValue", "Value ( 0 ) for parameter maxResults is invalid. It must be 1 to 200."
    return _named_once(request)


def _launched(request: Request) -> Refused | None:
    return _named_once(request.get("LaunchTemplate") or {})


RULES: Rules = {
    ("ec2", "CreateLaunchTemplateVersion"): _named_once,
    ("ec2", "DeleteLaunchTemplateVersions"): _named_once,
    ("ec2", "DescribeLaunchTemplateVersions"): _listed,
    ("ec2", "ModifyLaunchTemplate"): _named_once,
    ("ec2", "DeleteLaunchTemplate"): _named_once,
    ("ec2", "RunInstances"): _launched,
}
