"""The policies of a template: what its roles may do, who may use its resources, and who may take on its roles."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from simulator.stepfunctions.template_resolver import Resolver

Statements = tuple[dict[str, Any], ...]
POLICY, ROLE, PERMISSION = "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::Lambda::Permission"
RESOURCE_POLICIES = {"AWS::SNS::TopicPolicy": "Topics", "AWS::SQS::QueuePolicy": "Queues"}
"""Policies of resources, and the property that names these."""


@dataclass(frozen=True)
class StackPolicies:
    """Statements as policy documents have them, intrinsics resolved, by the ARN of the role or of the resource.

    `resources` has an entry only where the template says something: it replaces the service's default policy.
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
        if resource["Type"] == POLICY:
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
    return StackPolicies(roles, named, trusts)


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
