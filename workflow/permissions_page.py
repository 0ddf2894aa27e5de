"""`python -m workflow.permissions_page > docs/permissions.md`: who may do what on what, and why."""

from collections.abc import Iterator

from workflow.permissions import ACTIONS, ANY, OF_THE_STACK, RESOURCES, ROLES, UNSEEN, Role, passes
from workflow.reach import TAG, Reach
from workflow.reviewed_errors import HANDLED, HANDLED_ALL, REVIEWED

HEAD = """\
# Permissions

The functions have three roles (decision 0024). This page is written from `workflow/permissions.py`; a test
compares it with the template. Every simulated run is held to these roles, so nothing is missing; and
`python -m tests.permissions.statements` takes each statement away once, so nothing is idle.
"""
ON_WHAT = f"""
In braces stands what the settings name (`[permissions]`, docs/settings.md; decision 0025 says why the rest is as
it is):

- `{{cluster}}` and `{{group}}` are `*`, because a rollout may be started by hand for any. Where clusters are named,
  ECS calls on container instances, services and tasks have the condition `ecs:cluster`, too.
- `{{template}}` are ids, none unless named. Beside those the three actions are granted on launch templates with the
  tag `{TAG}` (`aws:ResourceTag/{TAG}`).
- `{{parameter}}` are for *Acts* those that `publish_to` of the settings' rollouts names, and
  `/<stack>/published/*`; for *Starts* `/<stack>/amis/*`, where something is watched.
- `{{pipeline}}` are the Image Builder pipelines that the settings watch.

Where nothing is named, the action is not granted. Which actions take which resources is held against the Service
Authorization Reference, as cfn-lint carries it, by a test.
"""
BY_ITSELF = """
What Auto Scaling does itself (launching from the new version) it does under its own service-linked role; where the
AMI's snapshots are encrypted under a key of yours, that role has to be in the key's policy, as before.
"""
ERRORS = """
## Errors of these calls that are not tried again

Every error that botocore models for a call above is retried by each Task (workflow/tasks.py), handled by
its name, or here, with the reason why neither is done. EC2 models none: all of its errors are
`ClientError`, which is retried. What happens all the same turns the rollout back.

| error | why it is not tried again |
|---|---|"""


def page() -> Iterator[str]:
    """The lines of docs/permissions.md."""
    yield HEAD
    yield from _roles()
    yield from _resources()
    yield ON_WHAT
    yield from _passed_roles()
    yield from _unseen()
    yield BY_ITSELF.rstrip()
    yield ERRORS
    yield from _errors()


def _roles() -> Iterator[str]:
    yield "| role | functions | may |"
    yield "|---|---|---|"
    for role, actions in ACTIONS.items():
        services = [service for service, _names in passes(role)]
        passing = [f"`iam:PassRole` to {' and '.join(services)}"] if services else []
        may = [*(f"`{name}`" for name in sorted(set(actions))), *passing]
        named = ", ".join(f"`{state.handler}`" for state in ROLES[role])
        yield f"| {role} | {named} | {', '.join(may)} |"
    yield ""
    yield "All three read and write items of the rollout table, *Starts* also scans it; they publish to the stack's"
    yield "topic only. The state machine's role invokes any version of the functions behind its states, and sends its"
    yield "logs and traces."


def _resources() -> Iterator[str]:
    yield ""
    yield "## On what"
    yield ""
    yield "| action | resources |"
    yield "|---|---|"
    for action in sorted({*RESOURCES, *ANY}):
        named = "<br>".join(f"`arn:aws:{name}`" for name in RESOURCES.get(action, ()))
        yield f"| `{action}` | {named or f'`*`: {ANY[action]}'} |"
    yield from (f"| `{action}` | {resource} |" for action, resource in OF_THE_STACK.items())


def _passed_roles() -> Iterator[str]:
    yield "| `iam:PassRole` to | roles, unless `[permissions]` names others |"
    yield "|---|---|"
    for service, key in passes(Role.ACTS):
        names = ", ".join(f"`{name}`" for name in getattr(Reach(), key))
        yield f"| {service} | `{key}`: {names} |"
    yield ""
    yield "A role, a launch template or a parameter that is not permitted is a finding of the plan"
    yield "(`PERMISSION_MISSING`), with the line that permits it."


def _unseen() -> Iterator[str]:
    yield ""
    yield "## What no handler calls by itself"
    yield ""
    for action, why in UNSEEN.items():
        yield f"- `{action}`: {why}."


def _errors() -> Iterator[str]:
    for error, why in REVIEWED.items():
        yield f"| `{error}` | {why} |"
    for error, module in HANDLED.items():
        yield f"| `{error}` | handled in `{module}` |"
    for service, module in HANDLED_ALL.items():
        yield f"| all of `{service}` | handled in `{module}` |"


if __name__ == "__main__":
    print("\n".join(page()))
