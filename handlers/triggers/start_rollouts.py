"""Start rollouts: a parameter that node groups follow has a new value. One rollout for each group, or a report.

The event carries no value: it is read again. What it says of account and Region is held against where this runs.
"""

from typing import Any

from handlers.aws.ec2 import Image
from handlers.catalogue import START_ROLLOUTS
from handlers.domain.input.subscription import Subscription, execution_name_for
from handlers.planning.ami_lag import meant
from handlers.runtime.clients import AwsClients
from handlers.runtime.task_handler import logger, task_handler
from handlers.triggers.follower_failures import FollowerFailures
from handlers.triggers.report_ami_lag import report_ami_lag


@task_handler(START_ROLLOUTS)
def handler(event: dict[str, Any], clients: AwsClients) -> dict[str, Any]:
    """`{"parameter": name, "account": id, "region": name}` -> what was started, and what was not and why.

    With `"again": true` nothing has changed, as far as anybody knows: then people are told nothing.
    """
    if (event["account"], event["region"]) != clients.triggers.account_and_region:
        return _nothing(event["parameter"], f"the event is of {event['account']} in {event['region']}")
    return start_rollouts(event["parameter"], clients, news=not event.get("again"))


def start_rollouts(parameter: str, clients: AwsClients, *, news: bool) -> dict[str, Any]:
    """Done twice equals done once: an execution's name is made of what it is for.

    Each follower by itself; raises FollowersFailed at the end, where one could not be started or looked at.
    """
    followers = [
        subscription for subscription in clients.triggers.subscriptions() if subscription.parameter == parameter
    ]
    if not followers:
        return _nothing(parameter, "nobody follows it")
    image_id, version = clients.ssm.parameter(parameter) or ("", 0)
    image = clients.ec2.image(image_id) if image_id else None
    if image is None:
        return _nothing(parameter, f"it holds {image_id!r}, and DescribeImages knows no such AMI here")
    started: list[str] = []
    refused: dict[str, str] = {}
    failures = FollowerFailures(parameter)
    for each in followers:
        objection = each.rules.objection(image.image_id, image.owners, image.made_at, clients.now())
        if objection:
            refused[each.name] = objection
        else:
            with failures.of(each.name):
                if each.starts:
                    started += _start(each, image, version, clients)
                else:
                    report_ami_lag(each, image, clients, notify=news)
    for name, why in refused.items():
        logger.warning("not taken", extra={"subscription": name, "why": why})
    failures.check(f"Started all the same: {', '.join(started) or 'none'}.")
    return {"parameter": parameter, "version": version, "ami": image_id, "started": started, "refused": refused}


def _start(subscription: Subscription, image: Image, version: int, clients: AwsClients) -> list[str]:
    """The names of the executions that were started now.

    Step Functions refuses a name for 90 days after the execution's end; the table remembers for ever. Else a rollout
    that was rolled back would be tried again by itself when its name is free.
    """
    started = []
    for cluster, group in meant(subscription, clients):
        name = execution_name_for(cluster, group, image.image_id, version)
        published = {"name": subscription.parameter, "version": version}
        given = {"cluster": cluster, "auto_scaling_group": group, "ami": image.image_id, "while_parameter": published}
        if clients.rollouts.was_started(name):
            continue
        if clients.executions.start(clients.triggers.machine_arn, name, {**subscription.input, **given}):
            started.append(name)
        clients.rollouts.note_start(name)
    return started


def _nothing(parameter: str, why: str) -> dict[str, Any]:
    logger.warning("nothing to start", extra={"parameter": parameter, "why": why})
    return {"parameter": parameter, "started": [], "refused": {"*": why}}
