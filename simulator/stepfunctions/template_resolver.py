"""CloudFormation's intrinsics of one template, resolved for one account and Region.

Names that CloudFormation would make up are the logical ids.
"""

import re
from collections.abc import Mapping
from typing import Any

ACCOUNT = "123456789012"
PARTITION = "aws"
# Resource type -> service and the ARN's last part. Where Ref gives the ARN and not the name, the type is in BY_ARN.
ARNS = {
    "AWS::Lambda::Function": ("lambda", "function:{}"),
    "AWS::StepFunctions::StateMachine": ("states", "stateMachine:{}"),
    "AWS::DynamoDB::GlobalTable": ("dynamodb", "table/{}"),
    "AWS::DynamoDB::Table": ("dynamodb", "table/{}"),
    "AWS::IAM::Role": ("iam", "role/{}"),
    "AWS::Logs::LogGroup": ("logs", "log-group:{}:*"),
    "AWS::SNS::Topic": ("sns", "{}"),
    "AWS::SQS::Queue": ("sqs", "{}"),
    "AWS::Events::EventBus": ("events", "event-bus/{}"),
    "AWS::Events::Rule": ("events", "rule/{}"),
}
VERSION, FIRST = "AWS::Lambda::Version", "1"  # the simulated Lambda has one version of each function
BY_ARN = ("AWS::StepFunctions::StateMachine", "AWS::SNS::Topic")


class Resolver:
    """Resolves intrinsics of one template. `physical` are ids by logical ids, where somebody has deployed it."""

    def __init__(
        self, template: dict[str, Any], stack: str, region: str, physical: Mapping[str, str] | None = None
    ) -> None:
        self._physical = physical or {}
        self._resources = template["Resources"]
        self._parameters = template.get("Parameters", {})
        self._region = region
        self._pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::Region": region,
            "AWS::Partition": PARTITION,
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": stack,
        }

    def arn(self, name: str) -> str:
        """The ARN of a resource of the template."""
        kind = self._kind(name)
        if kind not in ARNS:
            raise ValueError(f"{name}: the ARN of a {kind} is not known here")
        service, last = ARNS[kind]
        where = "" if service == "iam" else self._region
        return f"arn:{PARTITION}:{service}:{where}:{ACCOUNT}:{last.format(self._name(name))}"

    def _name(self, name: str) -> str:
        """What it is called: the last part of what CloudFormation gave it, be that a name, a URL or an ARN."""
        return re.split(r"[:/]", self._physical.get(name) or name)[-1]

    def value(self, value: Any) -> Any:
        """The value with its intrinsics resolved."""
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((key, argument),) = value.items()
            if key == "Ref":
                return self._ref(argument)
            if key.startswith("Fn::"):
                return self._function(key, argument)
        return {key: self.value(item) for key, item in value.items()}

    def _ref(self, name: str) -> str:
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._parameters:
            return str(self._parameters[name].get("Default", ""))
        if self._kind(name) == VERSION:
            return f"{self.arn(self._resources[name]['Properties']['FunctionName']['Ref'])}:{FIRST}"
        return self.arn(name) if self._kind(name) in BY_ARN else name

    def _function(self, key: str, argument: Any) -> str:
        if key == "Fn::Join":
            return str(argument[0]).join(str(self.value(item)) for item in argument[1])
        if key == "Fn::GetAtt":
            name, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
            if attribute == "Name" and self._kind(name) in BY_ARN:
                return self._name(name)
            return self.arn(name) if attribute.endswith("Arn") else f"{name}.{attribute}"
        if key == "Fn::Sub":
            text, given = (argument, {}) if isinstance(argument, str) else argument
            return re.sub(r"\$\{([^}!]+)\}", lambda found: self._substitute(found[1], given), text)
        raise ValueError(f"the intrinsic {key} is not known here: {argument!r}")

    def _substitute(self, name: str, given: dict[str, Any]) -> str:
        if name in given:
            return str(self.value(given[name]))
        return self._function("Fn::GetAtt", name) if "." in name else self._ref(name)

    def _kind(self, name: str) -> str:
        if name not in self._resources:
            raise ValueError(f"the template refers to {name}, which it does not have")
        return str(self._resources[name]["Type"])
