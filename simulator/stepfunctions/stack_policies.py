"""The policies of a template: what its roles may do, who may use its resources, and who may take on its roles."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from simulator.stepfunctions.template_resolver import Resolver

Statements = tuple[dict[str, Any], ...]
POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
"""A role's own, and what CDK puts beside it where that would be too long ("IAM and AWS STS quotas")."""
ROLE, PERMISSION, TOPIC = "AWS::IAM::Role", "AWS::Lambda::Permission", "AWS::SNS::Topic"
RESOURCE_POLICIES = {"AWS::SNS::TopicPolicy": "Topics", "AWS::SQS::QueuePolicy": "Queues"}
"""Policies of resources, and the property that names these."""


@dataclass(frozen=True)
class StackPolicies:
    """Statements as policy documents have them, intrinsics resolved, by the ARN of the role or of the resource.

    What the template says of a resource replaces the service's default policy, which of topics has an entry, too.
    """

    roles: dict[str, Statements] = field(default_factory=dict)
    resources: dict[str, Statements] = field(default_factory=dict)
    trusts: dict[str, Statements] = field(default_factory=dict)


def policies_of(resources: dict[str, Any], resolve: Resolver) -> StackPolicies:
    """Read them from a template's resources."""
    trusts = {
        resolve.arn(name): _statements(resource["Properties"]["AssumeRolePolicyDocument"], resolve)
        for name, resource in resources.items()
        if resource["Type"] == ROLE
    }
    roles: dict[str, Statements] = dict.fromkeys(trusts, ())
    named: dict[str, Statements] = {}
    for resource in resources.values():
        properties = resource.get("Properties", {})
        if resource["Type"] in POLICIES:
            for role in properties["Roles"]:
                arn = resolve.arn(role["Ref"])
                roles[arn] += _statements(properties["PolicyDocument"], resolve)
        elif resource["Type"] in RESOURCE_POLICIES:
            for each in properties[RESOURCE_POLICIES[resource["Type"]]]:
                arn = _arn(each, resolve)
                named[arn] = named.get(arn, ()) + _statements(properties["PolicyDocument"], resolve)
        elif resource["Type"] == PERMISSION:
            arn = str(resolve.value(properties["FunctionName"]))
            named[arn] = (*named.get(arn, ()), *_permission(properties, arn, resolve))
    for name, resource in resources.items():
        if resource["Type"] == TOPIC:
            named.setdefault(resolve.arn(name), (_default_of(resolve.arn(name)),))
    return StackPolicies(roles, named, trusts)


def _default_of(topic: str) -> dict[str, Any]:
    """The policy of a topic that is given none: whoever asks for the topic's own account may publish."""
    return {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"StringEquals": {"aws:SourceOwner": topic.split(":")[4]}},
    }


def _arn(each: dict[str, str], resolve: Resolver) -> str:
    """Of a queue `Ref` gives the URL, of a topic the ARN."""
    return resolve.arn(each["Ref"])


def _permission(properties: dict[str, Any], arn: str, resolve: Resolver) -> Iterator[dict[str, Any]]:
    """A function's policy statement, as AddPermission writes it."""
    conditions = (
        {"ArnLike": {"AWS:SourceArn": resolve.value(properties["SourceArn"])}} if "SourceArn" in properties else {}
    )
    yield {
        "Effect": "Allow",
        "Action": properties["Action"],
        "Resource": arn,
        "Principal": {"Service": properties["Principal"]},
        "Condition": conditions,
    }


def _statements(document: dict[str, Any], resolve: Resolver) -> Statements:
    return tuple(resolve.value(document["Statement"]))
