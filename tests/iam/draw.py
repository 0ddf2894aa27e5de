"""Pairs of policy and request, drawn from a seed: half of what is drawn is about the request, so that much matches.

Not drawn, because the other implementation decides them otherwise, and why ours does not follow:

- a policy that names resources for a list of everything (`ecs:ListTasks` by service): it is allowed there, as if any
  resource would do, and denied by AWS (cdklabs/construct-hub#1207, fabfuel/ecs-deploy#119);
- `ForAnyValue:…IfExists` where the request has no such key: documentation says both true and false;
- a subnet of another account: a shared VPC's is granted by AWS RAM, not by a policy of the subnet.
"""

import random
from typing import Any

ACCOUNT, OTHER = "123456789012", "210987654321"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/acts"
SERVICE = "events.amazonaws.com"
CALLS = {
    "ecs:UpdateService": f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service/prod/web",
    "ecs:ListTasks": "*",
    "ecs:StopTask": f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task/prod/0123456789abcdef",
    "autoscaling:UpdateAutoScalingGroup": (
        f"arn:aws:autoscaling:eu-west-1:{ACCOUNT}:autoScalingGroup:1-2-3:autoScalingGroupName/nodes"
    ),
    "ec2:RunInstances": f"arn:aws:ec2:eu-west-1:{OTHER}:subnet/subnet-0123456789abcdef0",
    "ec2:CreateTags": f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-0123456789abcdef0",
    "iam:PassRole": f"arn:aws:iam::{ACCOUNT}:role/ecsInstanceRole",
    "ssm:GetParameter": "arn:aws:ssm:eu-west-1::parameter/aws/service/ecs/optimized-ami",
    "sns:Publish": f"arn:aws:sns:eu-west-1:{ACCOUNT}:alarms",
    "sqs:SendMessage": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:letters",
}
WITH_A_POLICY = ("sns:Publish", "sqs:SendMessage")
KNOWN: dict[str, tuple[str, ...]] = {
    "ecs:cluster": (
        f"arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/prod",
        f"arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/dev",
    ),
    "iam:PassedToService": ("ec2.amazonaws.com", "ecs-tasks.amazonaws.com"),
    "ec2:CreateAction": ("RunInstances", "CreateVolume"),
    "aws:SourceAccount": (ACCOUNT, OTHER),
    "aws:SourceArn": (f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/recovery",),
    "aws:SecureTransport": ("true", "false"),
    "autoscaling:MaxSize": ("5", "10"),
    "aws:TagKeys": ("team", "stage"),
}
OF_ALL = ("aws:SourceAccount", "aws:SourceArn", "aws:SecureTransport")
"""What any request may have; where the resource has a policy, these only."""
TEXTS = ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase")
ARNS = ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike")
NUMBERS = ("NumericEquals", "NumericLessThan", "NumericGreaterThanEquals", "NumericNotEquals")
Pair = dict[str, Any]


def pair(seed: int) -> Pair:
    """One pair, as the other implementation is asked."""
    chance = random.Random(seed)
    action, arn = chance.choice(list(CALLS.items()))
    by_service = action in WITH_A_POLICY and chance.random() < 0.4
    keys = [key for key in sorted(KNOWN) if action not in WITH_A_POLICY or key in OF_ALL]
    context: dict[str, Any] = {
        key: chance.choice(KNOWN[key]) for key in chance.sample(keys, chance.randint(0, min(5, len(keys))))
    }
    if "aws:TagKeys" in context:
        context["aws:TagKeys"] = chance.sample(KNOWN["aws:TagKeys"], chance.randint(1, 2))
    return {
        "seed": seed,
        "identity": [] if by_service else [_statement(chance, action, arn) for _ in range(chance.randint(1, 3))],
        "resource": _resource_policy(chance, action, arn),
        "principal": SERVICE if by_service else ROLE,
        "action": action,
        "arn": arn,
        "account": ACCOUNT,
        "context": context,
    }


def _resource_policy(chance: random.Random, action: str, arn: str) -> list[dict[str, Any]]:
    if action not in WITH_A_POLICY or chance.random() < 0.3:
        return []
    return [_statement(chance, action, arn) | {"Principal": _principal(chance)} for _ in range(chance.randint(1, 2))]


def _principal(chance: random.Random) -> Any:
    return chance.choice(
        ["*", {"AWS": "*"}, {"AWS": ROLE}, {"AWS": f"arn:aws:iam::{ACCOUNT}:role/reads"}, {"Service": SERVICE},
         {"Service": ["cloudwatch.amazonaws.com", SERVICE]}, {"AWS": ACCOUNT}]
    )  # fmt: skip


def _statement(chance: random.Random, action: str, arn: str) -> dict[str, Any]:
    found: dict[str, Any] = {"Effect": "Deny" if chance.random() < 0.2 else "Allow"}
    found |= _either(chance, "Action", [_like_action(chance, action) for _ in range(chance.randint(1, 3))])
    found |= _either(chance, "Resource", [_like_arn(chance, arn) for _ in range(chance.randint(1, 2))])
    if chance.random() < 0.5:
        found["Condition"] = dict(_condition(chance) for _ in range(chance.randint(1, 2)))
    return found


def _either(chance: random.Random, element: str, values: list[str]) -> dict[str, Any]:
    name = f"Not{element}" if chance.random() < 0.1 else element
    return {name: values[0] if len(values) == 1 else values}


def _like_action(chance: random.Random, action: str) -> str:
    service, name = action.split(":")
    other = chance.choice(list(CALLS))
    return chance.choice([action, action, f"{service}:*", f"{service}:{name[:4]}*", action.upper(), other, "*"])


def _like_arn(chance: random.Random, arn: str) -> str:
    if arn == "*":
        return "*"
    head, _, last = arn.rpartition(":")
    parts = arn.split(":")
    return chance.choice(
        [arn, "*", f"{head}:*", f"{head}:{last[:4]}*", ":".join((*parts[:3], "*", "*", *parts[5:])),
         arn.replace("eu-west-1", "eu-*"), arn[:-1] + "?", chance.choice(list(CALLS.values()))]
    )  # fmt: skip


def _condition(chance: random.Random) -> tuple[str, dict[str, Any]]:
    key = chance.choice(sorted(KNOWN))
    if chance.random() < 0.1:
        return "Null", {key: chance.choice(["true", "false"])}
    operators = ARNS if KNOWN[key][0].startswith("arn:") else NUMBERS if key == "autoscaling:MaxSize" else TEXTS
    if key == "aws:SecureTransport":
        operators = ("Bool",)
    operator = chance.choice(operators)
    if key == "aws:TagKeys":
        operator = chance.choice(["ForAnyValue:", "ForAllValues:"]) + operator
    elif chance.random() < 0.3:
        operator += "IfExists"
    wanted = [_like_value(chance, operator, chance.choice(KNOWN[key])) for _ in range(chance.randint(1, 2))]
    return operator, {chance.choice([key, key.lower()]): wanted[0] if len(wanted) == 1 else wanted}


def _like_value(chance: random.Random, operator: str, value: str) -> str:
    if "Like" in operator or operator.startswith("Arn"):
        return chance.choice([value, f"{value[:-3]}*", value[:-1] + "?"])
    return chance.choice([value, value.upper()]) if "IgnoreCase" in operator else value
