"""Fault schedules drawn from a seed: a random cluster, a strategy, and what goes wrong on it, as a scenario.

There is nothing that such a scenario is expected to come to but an honest end: all new and green, or failed and all
old, or failed and a human is told what is left. Nothing that the invariants forbid may happen on the way.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from handlers import catalogue
from simulator.kernel.random_streams import RandomStreams
from simulator.scenario.aws import alternatives
from simulator.scenario.load import from_json
from simulator.scenario.model import Scenario
from simulator.scenario.random_clusters import NEW_AMI, OLD_AMI
from simulator.scenario.random_scenarios import random_document

Document = dict[str, Any]
STRATEGIES = ("rolling", "rolling", "capacity-provider", "blue-green")
INSTANCES_AT_MOST, SERVICES_AT_MOST, FAULTS_AT_MOST = 6, 3, 4
ALARM = "errors"
GONE_AGENTS = 0.1
REFUSED_INVOCATIONS = 0.1
DENIED_LAUNCHES, DEREGISTERED, FOREIGN_IMAGE, BREAKERS = 0.03, 0.08, 0.2, 0.3
REBALANCED = 0.5
HANDED_OVER, BAD_SUCCESSORS = 0.2, 0.25
TURNED = 0.22
ZONE_SPREAD = {"type": "spread", "field": "attribute:ecs.availability-zone"}
LAMBDA_ERRORS = (
    "TooManyRequestsException", "TooManyRequestsException", "ServiceException", "AWSLambdaException",
    "SdkClientException", "ClientExecutionTimeoutException",
)  # fmt: skip
"""Those that a Retry names. A function that does not exist is a broken deployment: nothing in it could report."""

FORWARD_STATES = tuple(
    state.forward
    for state in (
        catalogue.PLAN, catalogue.LOCK, catalogue.CREATE_VERSION, catalogue.PREPARE, catalogue.ASSESS,
        catalogue.SCALE_OUT, catalogue.WAIT_FOR_AGENTS, catalogue.UPDATE_SERVICE_STRATEGY,
        catalogue.WAIT_FOR_SERVICES, catalogue.CORDON, catalogue.DRAIN, catalogue.WAIT_FOR_DRAIN, catalogue.SCALE_IN,
        catalogue.WAIT_FOR_TERMINATION, catalogue.START_BAKE, catalogue.BAKE, catalogue.ALL_REPLACED,
        catalogue.FINISH,
    )
)  # fmt: skip
STATES_ON_THE_WAY_BACK = tuple(
    state.back
    for state in (
        catalogue.BEGIN_ROLL_BACK, catalogue.PREPARE, catalogue.ASSESS, catalogue.REACTIVATE,
        catalogue.UPDATE_SERVICE_STRATEGY, catalogue.SCALE_OUT, catalogue.WAIT_FOR_AGENTS, catalogue.DRAIN,
        catalogue.WAIT_FOR_DRAIN, catalogue.SCALE_IN, catalogue.WAIT_FOR_TERMINATION, catalogue.ALL_REPLACED,
        catalogue.FINISH,
    )
)  # fmt: skip
MIDDLE_STATES = tuple(
    state.forward
    for state in (
        catalogue.WAIT_FOR_AGENTS, catalogue.UPDATE_SERVICE_STRATEGY, catalogue.WAIT_FOR_SERVICES, catalogue.DRAIN,
        catalogue.WAIT_FOR_DRAIN, catalogue.SCALE_IN, catalogue.WAIT_FOR_TERMINATION, catalogue.BAKE,
    )
)  # fmt: skip
VISITED_ON_THE_WAY_BACK = tuple(
    state.back
    for state in (
        catalogue.BEGIN_ROLL_BACK, catalogue.PREPARE, catalogue.ASSESS, catalogue.WAIT_FOR_AGENTS, catalogue.DRAIN,
        catalogue.WAIT_FOR_DRAIN, catalogue.SCALE_IN, catalogue.WAIT_FOR_TERMINATION, catalogue.FINISH,
    )
)  # fmt: skip
CALLS = (
    ("autoscaling", "DescribeAutoScalingGroups"), ("autoscaling", "SetDesiredCapacity"),
    ("autoscaling", "TerminateInstanceInAutoScalingGroup"), ("autoscaling", "UpdateAutoScalingGroup"),
    ("autoscaling", "SuspendProcesses"), ("autoscaling", "ResumeProcesses"), ("dynamodb", "GetItem"),
    ("dynamodb", "PutItem"), ("dynamodb", "UpdateItem"), ("dynamodb", "DeleteItem"),
    ("ec2", "CreateLaunchTemplateVersion"), ("ec2", "DescribeLaunchTemplateVersions"),
    ("ec2", "DeleteLaunchTemplateVersions"), ("ecs", "DescribeContainerInstances"), ("ecs", "DescribeServices"),
    ("ecs", "DescribeTasks"), ("ecs", "ListTasks"), ("ecs", "UpdateContainerInstancesState"), ("ecs", "UpdateService"),
    ("ecs", "UpdateCapacityProvider"), ("ecs", "PutClusterCapacityProviders"), ("ecs", "CreateCapacityProvider"),
    ("autoscaling", "CreateAutoScalingGroup"), ("ecs", "PutAttributes"),
)  # fmt: skip
CODES = {
    "autoscaling": ("Throttling", "ServiceUnavailable", "AccessDenied", "ResourceContention", "InternalFailure"),
    "dynamodb": ("ProvisionedThroughputExceededException", "InternalServerError", "AccessDeniedException"),
    "ec2": ("RequestLimitExceeded", "InternalError", "UnauthorizedOperation", "Unavailable"),
    "ecs": ("ThrottlingException", "ServerException", "AccessDeniedException", "ServiceUnavailable"),
}
CAPACITY = (
    "We currently do not have sufficient capacity (InsufficientInstanceCapacity)",
    "You have requested more vCPU capacity than your current vCPU limit (VcpuLimitExceeded)",
    "The specified subnet does not have enough free addresses (InsufficientFreeAddressesInSubnet)",
    "The AMI or snapshot is encrypted with a key that is not accessible (Client.InternalError)",
)


def sweep_scenario(seed: int) -> Scenario:
    """The scenario of this seed, the same in any process."""
    return from_json(sweep_document(seed), f"sweep seed {seed}")


def sweep_document(seed: int) -> Document:
    """The same as a JSON object: what a seed has always drawn, and what is drawn beside it since."""
    document = first_document(seed)
    streams = RandomStreams(seed)
    document["aws"] = _aws(streams.stream("aws"))
    document["faults"] += _denied_launches(streams.stream("denied-launches"))
    _deregistered(streams.stream("deregistered"), document)
    _foreign_image(streams.stream("foreign-image"), document)
    _circuit_breakers(streams.stream("circuit-breakers"), document)
    _zone_rebalancing(streams.stream("zone-rebalancing"), document)
    _turned(streams.stream("turned"), document)
    _handed_over(streams.stream("handed-over"), document)
    return document


def first_document(seed: int) -> Document:
    """What a seed has always drawn: seeds that once found a bug are named by it."""
    chance = RandomStreams(seed).stream("faults")
    document = _small(chance)
    document |= {"name": f"sweep-{seed}", "description": "Drawn from a seed."}
    document["timings"] = _timings(chance)
    _input(chance, document)
    document["faults"] = [_fault(chance, document) for _ in range(chance.randint(0, FAULTS_AT_MOST))]
    document["faults"] += _gone_agents(RandomStreams(seed).stream("gone-agents"))
    document["faults"] += _refused_invocations(RandomStreams(seed).stream("refused-invocations"))
    return document


def _aws(chance: Random) -> Document:
    """What AWS leaves open, one way or another."""
    return {key: chance.choice(ways) for key, ways in alternatives().items()}


def _gone_agents(chance: Random) -> list[Document]:
    """An agent that is gone for good, now and then: from a stream of its own, so that seeds mean what they meant."""
    if chance.random() >= GONE_AGENTS:
        return []
    return [{"kind": "disconnect_agent", **_when(chance), "with": {"which": chance.choice(("old", "new"))}}]


def _refused_invocations(chance: Random) -> list[Document]:
    """Lambda that refuses, now and then: from a stream of its own, too."""
    if chance.random() >= REFUSED_INVOCATIONS:
        return []
    given = {"error": chance.choice(LAMBDA_ERRORS), "times": chance.choice((1, 1, 2, 5, 12))}
    return [{"kind": "refuse_invocations", **_when(chance), "with": given}]


def _denied_launches(chance: Random) -> list[Document]:
    """An organization that denies launches, now and then: the dry run of the plan hears of it."""
    if chance.random() >= DENIED_LAUNCHES:
        return []
    return [{"kind": "take_permission", "at": 0, "with": {"action": "ec2:RunInstances"}}]


def _deregistered(chance: Random, document: Document) -> None:
    """A service whose task definition is INACTIVE, now and then; half of the inputs accept it."""
    service = _replica(chance, document)
    if service is None or chance.random() >= DEREGISTERED:
        return
    service["task_definition_deregistered"] = True
    if chance.random() < 0.5:
        document["input"]["accept"] = ["TASK_DEFINITION_INACTIVE"]


def _foreign_image(chance: Random, document: Document) -> None:
    """A service whose image is not built for the new architecture, where there is one."""
    service = _replica(chance, document)
    if service is not None and document["amis"][-1].get("architecture") == "arm64" and chance.random() < FOREIGN_IMAGE:
        document["images"] = [{"image": f"{service['name']}:1", "architectures": ["x86_64"]}]


def _circuit_breakers(chance: Random, document: Document) -> None:
    """Services with a deployment circuit breaker; most of them roll back by it."""
    for service in document["services"]:
        if service.get("scheduling") != "DAEMON" and chance.random() < BREAKERS:
            service |= {"circuit_breaker": True, "circuit_breaker_rollback": chance.random() < 0.7}


def _zone_rebalancing(chance: Random, document: Document) -> None:
    """Services that ECS keeps even over the zones, of those that it does that for."""
    for service in document["services"]:
        first = next(iter(service.get("placement_strategy", ())), ZONE_SPREAD)
        eligible = service.get("scheduling") != "DAEMON" and first == ZONE_SPREAD
        if eligible and service.get("maximum_percent", 200) > 100 and chance.random() < REBALANCED:
            service["availability_zone_rebalancing"] = True


def _turned(chance: Random, document: Document) -> None:
    """An alarm that turns the rollout, now and then, and something more that happens on the way back."""
    if chance.random() >= TURNED:
        return
    document["alarms"], document["input"]["alarms"] = [{"name": ALARM}], [ALARM]
    when = {"state": chance.choice(MIDDLE_STATES), "nth": chance.choice((1, 1, 2))}
    document["faults"].append({"kind": "set_alarm", **when, "with": {"name": ALARM, "state": "ALARM"}})
    more = _fault(chance, document)
    del more["at" if "at" in more else "state"]
    document["faults"].append(more | {"state": chance.choice(VISITED_ON_THE_WAY_BACK), "nth": chance.choice((1, 1, 2))})


def _handed_over(chance: Random, document: Document) -> None:
    """Executions that hand over early, now and then; and what those after a deployment meet."""
    if chance.random() < HANDED_OVER:
        document["input"]["hand_over_at"] = chance.choice((100, 100, 150, 300))
    for fault in document["faults"]:
        if fault["kind"] == "other_version" and chance.random() < BAD_SUCCESSORS:
            fault["with"]["successors"] = "bad"


def _small(chance: Random) -> Document:
    """A random cluster that is small, so that thousands of them can be run."""
    strategy = chance.choice(STRATEGIES)
    while True:
        document = random_document(chance.getrandbits(32), strategy)
        small = document["node_groups"][0]["size"] <= INSTANCES_AT_MOST
        if small and len(document["services"]) <= SERVICES_AT_MOST:
            return document


def _timings(chance: Random) -> Document:
    slow = chance.random() < 0.2
    return {
        "agent_seconds": [60, 240] if slow else [30, 60],
        "start_seconds": [30, 120] if chance.random() < 0.2 else [15, 40],
        "agent_flap_seconds": 600.0 if chance.random() < 0.1 else 0.0,
    }


def _input(chance: Random, document: Document) -> None:
    """Time-outs are short, so that what has to be given up is given up soon."""
    given = document["input"]
    given["timeouts"] = {"register_seconds": 600, "stable_seconds": 900, "drain_seconds": 900, "scale_in_seconds": 1800}
    if chance.random() < 0.4:
        document["alarms"] = [{"name": ALARM}]
        given["alarms"] = [ALARM]
    if chance.random() < 0.15:
        given["standalone_tasks"] = chance.choice(("stop", "skip"))
    if given["strategy"]["type"] == "rolling" and chance.random() < 0.25:
        given["strategy"] |= {"cordon": "rollout.cordoned", "prepare_cordon": True}


def _fault(chance: Random, document: Document) -> Document:
    while True:
        kind = chance.choice(tuple(KINDS))
        with_ = KINDS[kind](chance, document)
        if with_ is None:
            continue
        return {"kind": kind, **_when(chance), **({"with": with_} if with_ or kind not in BARE else {})}


def _when(chance: Random) -> Document:
    if chance.random() < 0.3:
        return {"at": round(chance.uniform(0, 900), 1)}
    states = FORWARD_STATES if chance.random() < 0.7 else STATES_ON_THE_WAY_BACK
    return {"state": chance.choice(states), "nth": chance.choice((1, 1, 1, 2, 3))}


def _service(chance: Random, document: Document) -> str:
    return str(chance.choice(document["services"])["name"])


def _replica(chance: Random, document: Document) -> Document | None:
    replicas = [service for service in document["services"] if service.get("scheduling") != "DAEMON"]
    return chance.choice(replicas) if replicas else None


def _group(chance: Random, document: Document) -> str:
    return str(chance.choice(document["node_groups"])["name"])


def _set_alarm(chance: Random, document: Document) -> Document | None:
    if not document.get("alarms"):
        return None
    return {"name": ALARM, "state": chance.choice(("ALARM", "ALARM", "INSUFFICIENT_DATA"))}


def _fail_api(chance: Random, _document: Document) -> Document:
    service, operation = chance.choice(CALLS)
    times = chance.choice((1, 1, 2, 5, 12, 1000))
    code = chance.choice(CODES[service])
    return {"service": service, "operation": operation, "code": code, "times": times, "after": chance.random() < 0.4}


def _fail_launches(chance: Random, _document: Document) -> Document:
    given: Document = {"message": chance.choice(CAPACITY)}
    if chance.random() < 0.5:
        given["times"] = chance.randint(1, 4)
    else:
        given["for_seconds"] = chance.choice((120, 600, 3600))
    return given | ({"availability_zone": chance.choice("abc")} if chance.random() < 0.4 else {})


def _crash_tasks(chance: Random, document: Document) -> Document:
    which = chance.choice(({"ami": NEW_AMI}, {"ami": NEW_AMI}, {"ami": OLD_AMI}, {}))
    return {"service": _service(chance, document), **which}


def _never_healthy(chance: Random, document: Document) -> Document | None:
    balanced = [service["name"] for service in document["services"] if "load_balancer" in service]
    return {"service": chance.choice(balanced), "ami": NEW_AMI} if balanced else None


def _scale_service(chance: Random, document: Document) -> Document | None:
    one = _replica(chance, document)
    return {"service": one["name"], "count": max(0, one["count"] + chance.choice((-1, 1, 2)))} if one else None


def _stop_tasks(chance: Random, document: Document) -> Document | None:
    one = _replica(chance, document)
    return {"service": one["name"], "count": chance.randint(1, 3)} if one else None


def _protect_tasks(chance: Random, document: Document) -> Document | None:
    one = _replica(chance, document)
    return {"service": one["name"], "minutes": chance.choice((5, 10, 120))} if one else None


def _deploy(chance: Random, document: Document) -> Document | None:
    one = _replica(chance, document)
    return {"service": one["name"]} if one else None


def _percentages(chance: Random, document: Document) -> Document | None:
    one = _replica(chance, document)
    changes = {"deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": chance.choice((101, 200))}}
    return {"service": one["name"], "changes": changes} if one else None


def _set_desired(chance: Random, document: Document) -> Document:
    group = chance.choice(document["node_groups"])
    return {"auto_scaling_group": group["name"], "by": chance.choice((1, 1, 2))}


def _edit_group(chance: Random, document: Document) -> Document:
    group = chance.choice(document["node_groups"])
    return {"auto_scaling_group": group["name"], "max": max(group["max"], 2 * group["size"]) + chance.choice((1, 2, 3))}


def _kill_handler(chance: Random, _document: Document) -> Document:
    return {
        "call": chance.randint(1, 40),
        "times": chance.choice((1, 1, 3)),
        "after": chance.random() < 0.5,
        "error": chance.choice(("out_of_memory", "timed_out")),
    }


def _stop_execution(chance: Random, _document: Document) -> Document:
    if chance.random() < 0.5:
        return {}
    return {"recover": False, "start_again_after": chance.choice((10, 120, 4000))}


Parameters = Callable[[Random, Document], Document | None]
KINDS: dict[str, Parameters] = {
    "set_alarm": _set_alarm,
    "fail_api": _fail_api,
    "fail_launches": _fail_launches,
    "interrupt_instance": lambda chance, _: {"which": chance.choice(("old", "new", "oldest", "newest"))},
    "stop_tasks": _stop_tasks,
    "deregister_ami": lambda chance, _: {"image_id": chance.choice((OLD_AMI, NEW_AMI))},
    "scale_service": _scale_service,
    "deploy_service": _deploy,
    "update_service": _percentages,
    "set_desired": _set_desired,
    "drain_instance": lambda chance, _: {"which": chance.choice(("old", "new"))},
    "never_healthy": _never_healthy,
    "crash_tasks": _crash_tasks,
    "stop_execution": _stop_execution,
    "throttle": lambda chance, _: {"for_seconds": chance.choice((30, 120)), "probability": chance.choice((0.2, 0.6))},
    "stale_reads": lambda chance, _: {"for_seconds": chance.choice((120, 1800)), "seconds": chance.choice((5, 20))},
    "zone_outage": lambda chance, _: {"availability_zone": chance.choice("abc")},
    "slow_pulls": lambda chance, document: {"service": _service(chance, document), "seconds": 240},
    "slow_stops": lambda chance, document: {"service": _service(chance, document), "seconds": 300},
    "kill_handler": _kill_handler,
    "invoke_twice": lambda chance, _: {"seconds": chance.choice((0, 2, 30, 280))},
    "other_version": lambda chance, _: {"times": chance.choice((1, 1, 40))},
    "protect_tasks": _protect_tasks,
    "run_task": lambda chance, _: {"seconds": chance.choice((60, 600, 10_000))},
    "edit_template": lambda chance, document: {"auto_scaling_group": _group(chance, document)},
    "edit_group": _edit_group,
    "start_again": lambda chance, _: {"seconds": chance.choice((0, 1, 100))},
}
BARE = ("stop_execution", "kill_handler", "invoke_twice", "other_version", "run_task", "start_again")
