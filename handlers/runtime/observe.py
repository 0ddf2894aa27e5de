"""observe(): one reading of AWS, as the decision needs it.

Whole lists are read for the group and the cluster's container instances; tasks only on instances that drain or may
drain next and of services that keep theirs apart, so a pass costs calls in hundreds of instances, not in tasks.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from handlers.aws.autoscaling import Group, Member
from handlers.aws.ec2 import Launched
from handlers.aws.ecs import ContainerInstance
from handlers.domain.decision import distinct_instances, replacement, selection
from handlers.domain.decision.lost_agents import is_given_up, is_lost, without_stuck
from handlers.domain.decision.situation import Situation
from handlers.domain.decision.stranded import stranded
from handlers.domain.decision.zone_balance import may_balance, surplus, uneven
from handlers.domain.model.fleet import Fleet, Instance, Service
from handlers.domain.model.observation import FailedLaunch, Observation
from handlers.domain.model.plan import Plan
from handlers.domain.model.progress import Progress
from handlers.domain.model.task_failure import TaskFailure
from handlers.payloads import Direction, StepKind
from handlers.runtime.clients import AwsClients
from handlers.runtime.ghosts import ghosts

UNDER_TEST = (
    StepKind.BAKE,
    StepKind.WAIT_UNDER_LOAD,
    StepKind.WAIT_FOR_PROMOTION,
    StepKind.WAIT_WHILE_PAUSED,
    StepKind.WAIT_FOR_WINDOW,
)
"""Steps through which new instances run under load, and nothing else tells of a task that fails and comes back."""

LONG_WAIT_SECONDS = 60.0


def observe(
    clients: AwsClients, plan: Plan, progress: Progress, read: tuple[Service, ...] | None = None
) -> Observation:
    """Read the node group, its container instances, the services, the alarms and failed launches.

    `read` are the services with their targets, where they were read a moment ago.
    """
    groups = _groups(clients, plan)
    services = with_targets(clients, clients.services.of_cluster(plan.cluster)) if read is None else read
    places = {
        service.name: clients.services.hosts(plan.cluster, service.name) for service in services if service.distinct
    }
    services = distinct_instances.with_places(services, places)
    registered = clients.ecs.container_instances(plan.cluster)
    found = distinct_instances.taken(instances(clients, groups, registered), places)
    fleet = _fleet(groups, found, plan, progress, clients.now())
    failed = _failed_launches(clients, plan, progress, fleet)
    fleet = _with_tasks(clients, plan, fleet, progress, services, places)
    states = clients.cloudwatch.alarm_states(plan.policies.alarms) if plan.policies.alarms else {}
    observation = Observation(
        now=clients.now(),
        fleet=fleet,
        services=without_stuck(services, fleet.alive, progress, clients.now()),
        progress=progress,
        alarms_firing=tuple(name for name in plan.policies.alarms if states.get(name) == "ALARM"),
        alarms_without_data=tuple(name for name in plan.policies.alarms if states.get(name) == "INSUFFICIENT_DATA"),
        failed_launches=failed,
        launch_image=image_state(clients, plan.launches(progress.direction)) if failed else "",
        approval=clients.approvals.read((plan.cluster, plan.group)),
        command=clients.operator_commands.read((plan.cluster, plan.group)),
        task_failures=_task_failures(clients, plan, progress, services),
        ghosts=ghosts(clients, plan, groups, registered),
        unhealthy=tuple(instance for instance in found if not instance.healthy),
        default_strategy=clients.providers.of_cluster(plan.cluster).default if plan.recorded.default_strategy else (),
    )
    agreed = stranded(Situation(plan, observation)) & Counter(progress.capacity.stranded)
    return replace(observation, stranded=dict(agreed)) if agreed else observation


def with_targets(clients: AwsClients, services: tuple[Service, ...]) -> tuple[Service, ...]:
    """The services with how many targets are healthy behind each load balancer: its smallest target group counts."""
    return tuple(
        replace(service, healthy_targets=min(map(clients.load_balancers.healthy_targets, service.target_groups)))
        if service.target_groups
        else service
        for service in services
    )


def image_state(clients: AwsClients, image_id: str) -> str:
    """The state of an AMI as EC2 says it; `deregistered` for one that it does not know (any more)."""
    image = clients.ec2.image(image_id)
    return image.state if image is not None else "deregistered"


def present(clients: AwsClients, name: str) -> Group:
    """A node group of the rollout. Raises RuntimeError when another actor deleted it in mid-rollout."""
    group = clients.autoscaling.group(name)
    if group is None:
        raise RuntimeError(f"Auto Scaling group {name} is gone; the rollout cannot go on.")
    return group


def _groups(clients: AwsClients, plan: Plan) -> list[Group]:
    """The groups that the rollout holds; one that it makes or deletes may not be there yet, or not any more."""
    ours = [record.name for record in plan.topology.records if not record.exists]
    ours += [plan.group] if plan.topology.retires_old else []
    found = [clients.autoscaling.group(name) if name in ours else present(clients, name) for name in plan.groups]
    return [group for group in found if group is not None]


def instances(
    clients: AwsClients, groups: Sequence[Group], registered: Mapping[str, ContainerInstance]
) -> list[Instance]:
    """The groups' instances, each joined with its container instance or, until there is one, with what EC2 knows."""
    members = [(group.name, member) for group in groups for member in group.members]
    strangers = [one.instance_id for _name, one in members if one.instance_id not in registered]
    launched = clients.ec2.instances(strangers) if strangers else {}
    now = clients.now()
    return [
        _joined(name, member, registered[member.instance_id])
        if member.instance_id in registered
        else _unregistered(name, member, launched.get(member.instance_id), now)
        for name, member in members
    ]


def _unregistered(group: str, member: Member, launched: Launched | None, now: float) -> Instance:
    return Instance(
        instance_id=member.instance_id,
        lifecycle=member.lifecycle,
        availability_zone=member.availability_zone,
        protected=member.protected,
        healthy=member.healthy,
        group=group,
        ami=launched.image_id if launched else "",
        joined_at=launched.launched_at if launched else now,
    )


def _joined(group: str, member: Member, known: ContainerInstance) -> Instance:
    return Instance(
        instance_id=member.instance_id,
        lifecycle=member.lifecycle,
        availability_zone=member.availability_zone,
        protected=member.protected,
        healthy=member.healthy,
        group=group,
        ami=known.ami,
        joined_at=known.registered_at,
        arn=known.arn,
        status=known.status,
        connected=known.connected,
        free=known.free,
        whole=known.whole,
        task_count=known.task_count,
        pending=known.pending,
        attributes=known.attributes,
        agent=known.agent,
        docker=known.docker,
    )


def _fleet(groups: Sequence[Group], found: list[Instance], plan: Plan, progress: Progress, now: float) -> Fleet:
    alive = [instance for instance in found if not instance.is_terminating]
    outgoing, incoming = selection.split(plan, progress, alive)
    given_up = [instance for instance in incoming if is_given_up(plan, progress, instance, now)]
    outgoing, incoming = outgoing + given_up, _without(incoming, given_up)
    grows = plan.growing(progress.direction).name
    group = next((each for each in groups if each.name == grows), None)
    if group is None or not plan.topology.in_place:
        extra = [] if outgoing else _temporary(plan, progress, incoming)
        return Fleet(
            outgoing=tuple(outgoing + extra),
            incoming=tuple(instance for instance in incoming if instance not in extra),
            terminating=len(found) - len(alive),
            desired=group.desired if group else 0,
            minimum=group.minimum if group else 0,
            maximum=group.maximum if group else 0,
            zones=group.zones if group else (),
        )
    balancing = may_balance(plan, progress.capacity.balance_began_at, now)
    settled = {instance.instance_id for instance in outgoing} <= set(progress.drains.skipped)
    settled = settled and not progress.capacity.temporary
    extra = surplus(plan, incoming + outgoing, group.zones, balancing=balancing) if settled else []
    return Fleet(
        outgoing=tuple(outgoing + _without(extra, outgoing)),
        incoming=tuple(_without(incoming, extra)),
        terminating=len(found) - len(alive),
        desired=group.desired,
        minimum=group.minimum,
        maximum=group.maximum,
        zones=group.zones,
        uneven=settled and balancing and uneven(alive, group.zones),
    )


def _without(some: Sequence[Instance], others: Iterable[Instance]) -> list[Instance]:
    left_out = {instance.instance_id for instance in others}
    return [instance for instance in some if instance.instance_id not in left_out]


def _temporary(plan: Plan, progress: Progress, incoming: list[Instance]) -> list[Instance]:
    """Beside a second group: what the way back added to the old one for a time, newest first, when that is over."""
    if progress.direction is Direction.FORWARD or progress.capacity.temporary:
        return []
    mine = plan.topology.of_the_growing(incoming, Direction.BACK)
    newest = sorted(mine, key=lambda instance: (instance.draining, instance.joined_at, instance.instance_id))
    return newest[max(0, plan.topology.standing_size(Direction.BACK, plan.sizes)) :]


def _with_tasks(
    clients: AwsClients,
    plan: Plan,
    fleet: Fleet,
    progress: Progress,
    services: tuple[Service, ...],
    places: distinct_instances.Places,
) -> Fleet:
    """The fleet with the tasks of those instances that drain or may drain next, and of those that are lost."""
    lost = [instance for instance in fleet.alive if is_lost(progress, instance, clients.now())]
    wanted = (
        lost
        + [instance for instance in fleet.alive if instance.draining]
        + replacement.candidates(plan, fleet, progress)
    )
    daemons = frozenset(service.name for service in services if service.daemon)
    tasks = clients.ecs.tasks_on(plan.cluster, [instance.arn for instance in wanted if instance.arn], daemons)

    def read(instance: Instance) -> Instance:
        return (
            replace(instance, tasks=distinct_instances.placed(tasks[instance.arn], places))
            if instance.arn in tasks
            else instance
        )

    return replace(
        fleet,
        outgoing=tuple(read(instance) for instance in fleet.outgoing),
        incoming=tuple(read(instance) for instance in fleet.incoming),
    )


def _task_failures(
    clients: AwsClients, plan: Plan, progress: Progress, services: Sequence[Service]
) -> tuple[TaskFailure, ...]:
    """The failed tasks of services that are short, that were in flux or failing lately, or that are under test.

    At first of all of them: what failed in the hour before is what the new instances are compared with in the end. On
    the way back of those that keep it waiting.
    """
    health, waited = progress.health, clients.now() - progress.stall.last_progress_at
    if progress.direction is Direction.BACK:
        short = [service.name for service in services if service.serving < service.desired]
        read = short if waited >= LONG_WAIT_SECONDS or health.anyway else []
        return tuple(failure for name in read for failure in clients.services.failures(plan.cluster, name))
    tested = progress.figures.phase in UNDER_TEST or health.failed_before is None or bool(health.suspected)
    lately = {*health.unsettled, *health.failing}
    read = [
        service.name for service in services if tested or service.name in lately or service.serving < service.desired
    ]
    return tuple(failure for name in read for failure in clients.services.failures(plan.cluster, name))


def _failed_launches(clients: AwsClients, plan: Plan, progress: Progress, fleet: Fleet) -> tuple[FailedLaunch, ...]:
    grows = plan.growing(progress.direction).name
    missing = fleet.desired > sum(instance.group == grows for instance in fleet.alive)
    return clients.autoscaling.failed_launches(grows, progress.began_at) if missing else ()
