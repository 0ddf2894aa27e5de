"""How far the functions' roles reach: names that the settings permit, and what is permitted where they name nothing.

Decision 0025 says why these are the defaults.
"""

import json
from dataclasses import dataclass

from handlers.catalogue import SERVICE

ANYTHING = ("*",)
TAG = SERVICE
"""Launch templates that carry this tag, whatever its value, may be used by a rollout."""

_OF_ECS = ("*ecs*", "*Ecs*", "*ECS*")
INSTANCE_ROLES = (*_OF_ECS, "*Instance*", "*instance*")
"""`ecsInstanceRole` is the console's, `…InstanceRole…` is CDK's; Terraform modules are told what to call theirs."""
TASK_ROLES = (*_OF_ECS, "*Task*", "*task*", "*Execution*", "*execution*")
"""`ecsTaskExecutionRole` is the console's, `…TaskRole…` and `…ExecutionRole…` are CDK's and Copilot's."""
HOOK_ROLES = ("*Hook*", "*hook*", "*AutoScaling*")
"""`…LifecycleHook…Role…` is CDK's, `AutoScalingNotification…` the Auto Scaling user guide's."""


@dataclass(frozen=True)
class Reach:
    """Names that the roles may touch, `*` in them as in IAM; roles with their path, parameters with or without a slash.

    `launch_templates` are ids, permitted beside those that carry the tag. `published` are the parameters that rollouts
    may write, `watched` those that the watch writes, `pipelines` the ARNs of Image Builder's that it looks at.
    """

    clusters: tuple[str, ...] = ANYTHING
    groups: tuple[str, ...] = ANYTHING
    instance_roles: tuple[str, ...] = INSTANCE_ROLES
    task_roles: tuple[str, ...] = TASK_ROLES
    hook_roles: tuple[str, ...] = HOOK_ROLES
    launch_templates: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    watched: tuple[str, ...] = ()
    pipelines: tuple[str, ...] = ()

    def told(self) -> str:
        """What the plan's function is told: JSON, by the keys of the settings' `[permissions]`."""
        return json.dumps(
            {
                "instance_roles": self.instance_roles,
                "task_roles": self.task_roles,
                "hook_roles": self.hook_roles,
                "launch_templates": self.launch_templates,
                "parameters": self.published,
            },
            separators=(",", ":"),
        )
