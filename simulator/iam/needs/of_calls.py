"""Every API call that the stack may make, and what it has to be allowed."""

from collections.abc import Iterator

from simulator.iam.needs import autoscaling, ec2, ecs, others, ssm
from simulator.iam.needs.need import Need, Needs, Place, Request

NEEDS: dict[str, dict[str, Needs]] = {
    "autoscaling": autoscaling.NEEDS,
    "cloudwatch": others.CLOUDWATCH,
    "dynamodb": others.DYNAMODB,
    "ec2": ec2.NEEDS,
    "ecr": others.ECR,
    "ecs": ecs.NEEDS,
    "elbv2": others.ELB,
    "events": others.EVENTS,
    "sns": others.SNS,
    "ssm": ssm.NEEDS,
    "stepfunctions": others.STATES,
}
"""By the service's name at boto3, and by operation."""


class CallNotKnown(LookupError):
    """Nobody has said what a call has to be allowed."""


def needs_of(service: str, operation: str, request: Request, place: Place) -> Iterator[Need]:
    """What the call has to be allowed. Raises CallNotKnown."""
    needs = NEEDS.get(service, {}).get(operation)
    if needs is None:
        raise CallNotKnown(
            f"{service}.{operation}: what it has to be allowed is not written down in simulator/iam/needs"
        )
    return needs(request, place)
