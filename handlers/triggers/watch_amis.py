"""Watch AMIs: compare where new ones appear with our own parameter, and write what may be taken there.

Writing it is all: the parameter's change starts the rollouts, as it does when another actor writes it.
"""

from typing import Any

from handlers.aws.ec2 import Image
from handlers.catalogue import WATCH_AMIS
from handlers.domain.input.subscription import Source
from handlers.runtime.clients import AwsClients
from handlers.runtime.task_handler import logger, task_handler
from handlers.triggers.follower_failures import FollowerFailures
from handlers.triggers.report_ami_lag import report_ami_lag


@task_handler(WATCH_AMIS)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """`{"source": {...}}`, as the schedule says it -> what was found, and whether it was written."""
    return watch_amis(Source.from_json(event["source"]), clients)


def watch_amis(source: Source, clients: AwsClients) -> dict[str, Any]:
    """Done twice equals done once: the parameter gets no new version for the value that it has.

    Raises FollowersFailed where it could not be told how far a follower is behind, once all else is done.
    """
    found = _newest(source, clients)
    refused = {image.image_id: _objection(source, image, clients) for image in found}
    taken = next((image for image in found if not refused[image.image_id]), None)
    for image_id, why in refused.items():
        if why:
            logger.info("not taken", extra={"source": source.name, "ami": image_id, "why": why})
    written = taken is not None and clients.ssm.publish(source.writes, taken.image_id)
    current = clients.ec2.image(clients.ssm.image_id(source.writes) or "")
    followers = [
        subscription for subscription in clients.triggers.subscriptions() if subscription.parameter == source.writes
    ]
    failures, late = FollowerFailures(source.writes), 0
    for subscription in followers:
        if current is None:
            break
        with failures.of(subscription.name):
            late += report_ami_lag(subscription, current, clients, notify=False)
    failures.check("The AMI was looked for all the same.")
    return {
        "source": source.name,
        "ami": taken.image_id if taken else "",
        "written": written,
        "refused": {image_id: why for image_id, why in refused.items() if why},
        "behind": late,
    }


def _newest(source: Source, clients: AwsClients) -> list[Image]:
    """Candidates, the newest first; a parameter names one."""
    if source.image:
        return clients.ec2.images(source.image, source.rules.owners)
    _account, region = clients.triggers.account_and_region
    image_id = clients.pipelines.newest_image(source.pipeline, region) if source.pipeline else None
    if source.parameter:
        image_id = clients.ssm.image_id(source.parameter)
    image = clients.ec2.image(image_id) if image_id else None
    return [image] if image else []


def _objection(source: Source, image: Image, clients: AwsClients) -> str:
    if image.state != "available":
        return f"{image.image_id} is {image.state}"
    return source.rules.objection(image.image_id, image.owners, image.made_at, clients.now())
