"""connect(): the only place that builds AWS clients, once per process."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial

import boto3
from botocore.config import Config

from handlers.aws.autoscaling import AutoScaling
from handlers.aws.capacity_providers import CapacityProviders
from handlers.aws.cloudwatch import CloudWatch
from handlers.aws.ec2 import Ec2
from handlers.aws.ecr import Ecr
from handlers.aws.ecs import Ecs
from handlers.aws.executions import Executions
from handlers.aws.load_balancers import LoadBalancers
from handlers.aws.messages import Messages
from handlers.aws.pipelines import Pipelines
from handlers.aws.services import Services
from handlers.aws.ssm import Ssm
from handlers.aws.task_definitions import TaskDefinitions
from handlers.aws.trigger_settings import Triggers
from handlers.domain.model.permitted import Permitted
from handlers.runtime import throttling
from handlers.store.approvals import ApprovalStore
from handlers.store.fence import Fence
from handlers.store.leases import Leases
from handlers.store.operator_commands import OperatorCommands
from handlers.store.rollouts import Table

CALLS = Config(
    retries={"mode": "standard", "total_max_attempts": 8},
    connect_timeout=5,
    read_timeout=30,
    user_agent_extra="ecs-ami-rollout",
)


@dataclass(frozen=True)
class AwsClients:
    """AWS as a rollout uses it. What changes something there stands behind the fence."""

    fence: Fence
    ecs: Ecs
    services: Services
    providers: CapacityProviders
    definitions: TaskDefinitions
    autoscaling: AutoScaling
    ec2: Ec2
    ssm: Ssm
    cloudwatch: CloudWatch
    rollouts: Table
    leases: Leases
    approvals: ApprovalStore
    operator_commands: OperatorCommands
    messages: Messages
    executions: Executions
    load_balancers: LoadBalancers
    ecr: Ecr
    pipelines: Pipelines
    triggers: Triggers
    permitted: Permitted

    def now(self) -> float:
        """Epoch seconds."""
        return datetime.now(UTC).timestamp()


@cache
def build_clients() -> AwsClients:
    """Build the clients of this process. Raises KeyError at once where the function's environment lacks a name."""
    table, topic, bus = (os.environ[name] for name in ("TABLE_NAME", "TOPIC_ARN", "EVENT_BUS"))
    session = boto3.session.Session()
    throttling.install(session)
    fence = Fence()
    dynamodb, ecs = session.client("dynamodb", config=CALLS), fence.wrap(session.client("ecs", config=CALLS))
    definitions, ssm = TaskDefinitions(ecs), Ssm(session.client("ssm", config=CALLS))
    return AwsClients(
        fence=fence,
        ecs=Ecs(ecs, definitions),
        services=Services(ecs, definitions),
        providers=CapacityProviders(ecs),
        definitions=definitions,
        autoscaling=AutoScaling(fence.wrap(session.client("autoscaling", config=CALLS))),
        ec2=Ec2(fence.wrap(session.client("ec2", config=CALLS))),
        ssm=ssm,
        cloudwatch=CloudWatch(session.client("cloudwatch", config=CALLS)),
        rollouts=Table(dynamodb, table),
        leases=Leases(dynamodb, table),
        approvals=ApprovalStore(dynamodb, table),
        operator_commands=OperatorCommands(dynamodb, table),
        messages=Messages(
            partial(session.client, "sns", config=CALLS), partial(session.client, "events", config=CALLS), topic, bus
        ),
        executions=Executions(partial(session.client, "stepfunctions", config=CALLS)),
        load_balancers=LoadBalancers(cache(partial(session.client, "elbv2", config=CALLS))),
        ecr=Ecr(cache(partial(session.client, "ecr", config=CALLS))),
        pipelines=Pipelines(partial(session.client, "imagebuilder", config=CALLS)),
        triggers=Triggers(ssm, os.environ.get("MACHINE_ARN", ""), os.environ.get("SUBSCRIPTIONS", "")),
        permitted=Permitted.from_json(os.environ.get("PERMITTED", "{}")),
    )
