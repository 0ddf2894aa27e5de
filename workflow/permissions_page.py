"""`python -m workflow.permissions_page > docs/permissions.md`: who may do what on what, and why."""

from collections.abc import Iterator

from workflow.permissions import ACTIONS, ANY, RESOURCES, ROLES, UNSEEN, passes_to
from workflow.reviewed_errors import HANDLED, HANDLED_ALL, REVIEWED


def page() -> Iterator[str]:
    """The lines of docs/permissions.md."""
    yield "# Permissions"
    yield ""
    yield "The functions have three roles (decision 0024). This page is written from `workflow/permissions.py`; a test"
    yield "compares it with the template. Every simulated run is held to these roles, so nothing is missing; and"
    yield "`python -m tests.permissions.statements` takes each statement away once, so nothing is idle."
    yield ""
    yield "| role | functions | may |"
    yield "|---|---|---|"
    for role, actions in ACTIONS.items():
        services = passes_to(role)
        passes = [f"`iam:PassRole` to {' and '.join(services)}"] if services else []
        may = [*(f"`{name}`" for name in sorted(set(actions))), *passes]
        named = ", ".join(f"`{state.handler}`" for state in ROLES[role])
        yield f"| {role} | {named} | {', '.join(may)} |"
    yield ""
    yield "All three read and write items of the rollout table, *Starts* also scans it; they publish to the stack's"
    yield "topic only."
    yield ""
    yield "## On what"
    yield ""
    yield "| action | resources |"
    yield "|---|---|"
    for action in sorted({*RESOURCES, *ANY}):
        named = "<br>".join(f"`arn:aws:{name}`" for name in RESOURCES.get(action, ()))
        yield f"| `{action}` | {named or f'`*`: {ANY[action]}'} |"
    yield ""
    yield "`{cluster}` and `{group}` are `*`, because a rollout may be started by hand for any, unless the settings"
    yield "name some (`[permissions]`, docs/settings.md). Then ECS calls on container instances, services and tasks"
    yield "have the condition `ecs:cluster`, too. Which actions take which resources is held against the Service"
    yield "Authorization Reference, as cfn-lint carries it, by a test."
    yield ""
    yield "## What no handler calls by itself"
    yield ""
    for action, why in UNSEEN.items():
        yield f"- `{action}`: {why}."
    yield ""
    yield "`iam:PassRole` goes to the named services only. What Auto Scaling does itself (launching from the new"
    yield "version) it does under its own service-linked role; where the AMI's snapshots are encrypted under a key of"
    yield "yours, that role has to be in the key's policy, as before."
    yield ""
    yield "## Errors of these calls that are not tried again"
    yield ""
    yield "Every error that botocore models for a call above is retried by each Task (workflow/tasks.py), handled by"
    yield "its name, or here, with the reason why neither is done. EC2 models none: all of its errors are"
    yield "`ClientError`, which is retried. What happens all the same turns the rollout back."
    yield ""
    yield "| error | why it is not tried again |"
    yield "|---|---|"
    for error, why in REVIEWED.items():
        yield f"| `{error}` | {why} |"
    for error, module in HANDLED.items():
        yield f"| `{error}` | handled in `{module}` |"
    for service, module in HANDLED_ALL.items():
        yield f"| all of `{service}` | handled in `{module}` |"


if __name__ == "__main__":
    print("\n".join(page()))
