"""Guard deletion: CloudFormation asks before it deletes anything of the stack; not while a rollout runs.

A custom resource that depends on all the rest is deleted first. What it says ends the deletion there, with everything
else still in place (CloudFormation user guide, "Custom resource request and response reference").
"""

import json
import urllib.request
from typing import Any

from handlers.catalogue import GUARD_DELETION
from handlers.runtime.clients import AwsClients
from handlers.runtime.task_handler import task_handler
from handlers.store.leases import Lease

NAMED = 5
SUCCESS, FAILED = "SUCCESS", "FAILED"
PHYSICAL_ID = "no-rollout-runs"


@task_handler(GUARD_DELETION)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """CloudFormation's request -> what it was answered, at the address that came with it."""
    reason = objection(clients) if event["RequestType"] == "Delete" else ""
    answer = {
        "Status": FAILED if reason else SUCCESS,
        "Reason": reason,
        "PhysicalResourceId": event.get("PhysicalResourceId", PHYSICAL_ID),
        **{key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")},
    }
    _put(event["ResponseURL"], answer)
    return {"status": answer["Status"], "reason": reason}


def objection(clients: AwsClients) -> str:
    """Why nothing may be deleted now; empty where no rollout runs. A lease that lapsed holds nothing up."""
    held = {group: lease for group, lease in clients.leases.all().items() if lease.expires_at > clients.now()}
    if not held:
        return ""
    named = "; ".join(_words(group, lease) for group, lease in sorted(held.items())[:NAMED])
    return (
        f"Node groups that a rollout has, {len(held)} in all: {named}. Wait for them to end, or start the machine "
        'with {"action": "abort", "cluster": "..."}; then delete the stack again.'
    )


def _words(group: str, lease: Lease) -> str:
    return f"{group} by execution {lease.holder}"


def _put(url: str, answer: dict[str, Any]) -> None:
    """To the pre-signed address, which wants no content type."""
    body = json.dumps(answer).encode()
    request = urllib.request.Request(url, body, {"Content-Type": ""}, method="PUT")  # noqa: S310  CloudFormation's own
    urllib.request.urlopen(request).close()  # noqa: S310
