"""What the roles may pass, use and write by default, and what the settings make of that: in the template."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, assertions

from simulator.iam.evaluation import AccessRequest, Decision, Principal
from simulator.iam.roles import Policies
from simulator.stepfunctions.stack_policies import policies_of
from simulator.stepfunctions.template_resolver import ACCOUNT, Resolver
from workflow.reach import HOOK_ROLES, INSTANCE_ROLES, TASK_ROLES, Reach
from workflow.settings import SettingsInvalid, read_settings
from workflow.stack import stacks

FOLLOWS = """
[[rollouts]]
cluster = "prod"
ami = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended"
[rollouts.input]
publish_to = "/prod/ecs/ami"
[[rollouts]]
name = "of-a-pipeline"
cluster = "prod"
ami = { pipeline = "arn:aws:imagebuilder:eu-west-1:123456789012:image-pipeline/golden" }
"""
NAMED = """
[permissions]
instance_roles = ["nodes/prod-*"]
task_roles = []
hook_roles = ["drain"]
launch_templates = ["lt-0123456789abcdef0"]
parameters = ["/stage/*"]
"""
TAGGED = {"aws:ResourceTag/ecs-ami-rollout": ""}
EC2, TASKS, HOOKS = "ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "autoscaling.amazonaws.com"


class Roles:
    """The roles of the stack that those settings deploy."""

    def __init__(self, text: str, tmp_path: Path) -> None:
        file = tmp_path / "rollouts.toml"
        file.write_text(text)
        self.settings = read_settings(file)
        (stack,) = stacks(App(), self.settings)
        self.template: dict[str, Any] = assertions.Template.from_stack(stack).to_json()
        found = policies_of(self.template["Resources"], Resolver(self.template, "EcsAmiRollout", "eu-west-1"))
        self._policies = Policies(found.roles, found.resources)
        self._names = list(found.roles)

    def may(self, role: str, action: str, rest: str, /, **context: str) -> bool:
        """Whether the role whose name has that in it may do it on `arn:aws:<rest>`."""
        (arn,) = [name for name in self._names if role in name]
        asked = AccessRequest(Principal(ACCOUNT, role=arn), action, f"arn:aws:{rest}", context)
        return self._policies.decide(asked) is Decision.ALLOWED

    def pass_role(self, name: str, service: str) -> bool:
        """Whether the role that acts may pass a role to a service."""
        return self.may("Acts", "iam:PassRole", f"iam::{ACCOUNT}:role/{name}", **{"iam:PassedToService": service})

    def use(self, action: str, template: str, tags: dict[str, str]) -> bool:
        """Whether it may do that with a launch template."""
        return self.may("Acts", action, f"ec2:eu-west-1:{ACCOUNT}:launch-template/{template}", **tags)

    def write(self, role: str, parameter: str) -> bool:
        """Whether a role may write a parameter."""
        return self.may(role, "ssm:PutParameter", f"ssm:eu-west-1:{ACCOUNT}:parameter{parameter}")


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Roles:
    return Roles("", tmp_path_factory.mktemp("default"))


@pytest.fixture(scope="module")
def following(tmp_path_factory: pytest.TempPathFactory) -> Roles:
    return Roles(FOLLOWS, tmp_path_factory.mktemp("following"))


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Roles:
    return Roles(NAMED + FOLLOWS, tmp_path_factory.mktemp("named"))


@pytest.mark.parametrize(
    ("role", "service"),
    [
        ("ecsInstanceRole", EC2),
        ("Prod-ClusterDefaultAutoScalingGroupInstanceRole3C02-1A2B", EC2),
        ("team/eu/prod-ecs-nodes", EC2),
        ("ecsTaskExecutionRole", TASKS),
        ("Prod-WebTaskDefTaskRoleC5A5-1A2B", TASKS),
        ("Prod-ClusterAutoScalingGroupLifecycleHookDrainHookRoleA38E-1A2B", HOOKS),
    ],
)
def test_what_the_console_and_cdk_make_is_passed_to_its_own_service_only(
    role: str, service: str, default: Roles
) -> None:
    assert default.pass_role(role, service)
    assert not default.pass_role(role, "lambda.amazonaws.com")


@pytest.mark.parametrize("service", [EC2, TASKS, HOOKS])
@pytest.mark.parametrize("role", ["Administrator", "OrganizationAccountAccessRole", "ci-deploy", "EC2-Admin-Role"])
def test_other_roles_are_not_passed(role: str, service: str, default: Roles) -> None:
    assert not default.pass_role(role, service)


def test_a_role_of_one_kind_is_not_passed_as_another(named: Roles) -> None:
    assert named.pass_role("drain", HOOKS)
    assert not named.pass_role("drain", EC2)
    assert named.pass_role("nodes/prod-1", EC2)
    assert not named.pass_role("nodes/prod-1", TASKS)
    assert not named.pass_role("ecsTaskExecutionRole", TASKS), "an empty list permits none"


@pytest.mark.parametrize(
    "action", ["ec2:CreateLaunchTemplateVersion", "ec2:DeleteLaunchTemplateVersions", "ec2:RunInstances"]
)
def test_launch_templates_are_used_that_are_tagged_or_named(action: str, default: Roles, named: Roles) -> None:
    for roles in (default, named):
        assert roles.use(action, "lt-0fedcba9876543210", TAGGED)
        assert not roles.use(action, "lt-0fedcba9876543210", {"aws:ResourceTag/team": "web"})
    assert named.use(action, "lt-0123456789abcdef0", {})
    assert not default.use(action, "lt-0123456789abcdef0", {})


def test_parameters_are_written_that_the_settings_name(default: Roles, following: Roles, named: Roles) -> None:
    assert default.write("Acts", "/EcsAmiRollout/published/prod")
    assert following.write("Acts", "/prod/ecs/ami")
    assert named.write("Acts", "/prod/ecs/ami"), "what a rollout of the settings publishes to is written in any case"
    assert named.write("Acts", "/stage/ami")
    for roles in (default, following, named):
        for parameter in ("/anything", "/EcsAmiRollout/rollouts/prod", "/EcsAmiRollout/amis/recommended-1"):
            assert not roles.write("Acts", parameter)


def test_the_watch_writes_what_it_watches_and_nothing_else(default: Roles, following: Roles) -> None:
    assert following.write("Starts", following.settings.sources[0].writes)
    assert not following.write("Starts", "/prod/ecs/ami")
    assert not default.write("Starts", "/EcsAmiRollout/amis/any"), "nothing is watched"


def test_pipelines_are_looked_at_that_are_watched(default: Roles, following: Roles) -> None:
    call, golden = "imagebuilder:ListImagePipelineImages", "imagebuilder:eu-west-1:123456789012:image-pipeline/golden"
    assert following.may("Starts", call, golden)
    assert not following.may("Starts", call, f"{golden}-2")
    assert not default.may("Starts", call, golden)


def test_a_parameter_of_another_environment_is_not_written(tmp_path: Path) -> None:
    where = '[[environments]]\nname = "{}"\naccount = "{}"\nregion = "eu-west-1"\n'
    file = tmp_path / "rollouts.toml"
    file.write_text(
        where.format("eu", "123456789012") + where.format("us", "210987654321")
        + FOLLOWS.replace('cluster = "prod"\nami = "/aws', 'cluster = "prod"\nenvironments = ["us"]\nami = "/aws')
    )  # fmt: skip
    settings = read_settings(file)
    eu, us = (settings.within(environment).reach for environment in settings.environments)
    assert "/prod/ecs/ami" in us.published
    assert "/prod/ecs/ami" not in eu.published


def test_the_plan_is_told_what_the_role_is_granted(named: Roles) -> None:
    functions = [each for each in named.template["Resources"].values() if each["Type"] == "AWS::Lambda::Function"]
    told = [each["Properties"]["Environment"]["Variables"].get("PERMITTED") for each in functions]
    (said,) = [json.loads(each) for each in told if each]
    assert said == {
        "instance_roles": ["nodes/prod-*"],
        "task_roles": [],
        "hook_roles": ["drain"],
        "launch_templates": ["lt-0123456789abcdef0"],
        "parameters": ["/stage/*", "/prod/ecs/ami"],
    }


def test_the_schema_names_the_defaults() -> None:
    schema = json.loads((Path(__file__).parents[2] / "workflow" / "settings.schema.json").read_text())
    described = schema["properties"]["permissions"]["properties"]
    for key, names in (("instance_roles", INSTANCE_ROLES), ("task_roles", TASK_ROLES), ("hook_roles", HOOK_ROLES)):
        assert f"Default: {', '.join(names)}." in described[key]["description"]
        assert getattr(Reach(), key) == names


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('launch_templates = ["web"]', "permissions.launch_templates.0"),
        ('instance_roles = ["arn:aws:iam::123456789012:role/x"]', "permissions.instance_roles.0"),
        ('parameters = ["/a:3"]', "permissions.parameters.0"),
        (f"parameters = {['/' + 'a' * 900 + str(number) for number in range(4)]}", "take more than 3072 bytes"),
    ],
)
def test_what_cannot_be_granted_is_named(line: str, wrong: str, tmp_path: Path) -> None:
    file = tmp_path / "rollouts.toml"
    file.write_text(f"[permissions]\n{line}\n")
    with pytest.raises(SettingsInvalid, match=wrong):
        read_settings(file)
