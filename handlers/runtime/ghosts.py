"""Ghosts: container instances whose machines are gone, and that ECS keeps with their tasks: no agent was there to tell.

Source: DeregisterContainerInstance, Amazon ECS API reference ("instances with disconnected agents aren't automatically
deregistered when terminated").
"""

from collections.abc import Mapping, Sequence

from handlers.aws.autoscaling import Group
from handlers.aws.ecs import ContainerInstance
from handlers.domain.model.fleet import GONE, Instance
from handlers.domain.model.plan import Plan
from handlers.runtime.clients import AwsClients


def ghosts(
    clients: AwsClients, plan: Plan, groups: Sequence[Group], registered: Mapping[str, ContainerInstance]
) -> tuple[Instance, ...]:
    """Those on the rollout's AMIs. EC2 is asked only where there may be some."""
    members = {member.instance_id for group in groups for member in group.members}
    silent = [
        known
        for known in registered.values()
        if not known.connected
        and known.instance_id not in members
        and known.ami in (plan.original_ami, plan.target_ami)
    ]
    if not silent:
        return ()
    standing = clients.ec2.standing([known.instance_id for known in silent])
    return tuple(
        Instance(known.instance_id, GONE, "", known.ami, known.registered_at, arn=known.arn, status=known.status)
        for known in silent
        if known.instance_id not in standing
    )
