"""The misfortunes that are played one at a time, when each strikes, and how a rollout may end by it.

What a misfortune may do to a rollout stands here and nowhere else: anything but these ends is a failure. `MOVING` is
when tasks move, `LAUNCHING` while instances come; on the way back the same states of that direction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from simulator.scenario.random_clusters import NEW_AMI

Document = dict[str, Any]
GROUP, WEB, WORKER = "nodes", "web", "worker"


class Moment(StrEnum):
    """When a misfortune strikes."""

    START = "start"
    LAUNCHING = "launching"
    MOVING = "moving"


@dataclass(frozen=True)
class Misfortune:
    """What happens, as a scenario's faults without their time. `turns`: it may turn a rollout back.

    `change` is what the cluster or the input is like from the beginning. A rollout that turned ends all old, whatever
    happens to it on the way back; with `stuck` it may need a human there.
    """

    name: str
    faults: tuple[Document, ...] = ()
    moment: Moment = Moment.MOVING
    turns: bool = False
    stuck: bool = False
    change: Callable[[Document], None] = lambda _document: None

    def ends(self, *, back: bool) -> frozenset[str]:
        """The ends that it may cause."""
        found = {"all_old"} if back or self.turns else set()
        return frozenset(found | (set() if back else {"all_new"}) | ({"needs_a_human"} if self.stuck else set()))


def fault(kind: str, **parameters: Any) -> Document:
    """A fault of a scenario, but for its time."""
    return {"kind": kind, "with": parameters}


def _shortage(seconds: int, **where: Any) -> Document:
    return fault("fail_launches", for_seconds=seconds, **where)


def _protected(document: Document) -> None:
    document["input"]["timeouts"] = {"drain_seconds": 3600}


def _standalone(document: Document) -> None:
    document["standalone_tasks"] = [{"family": "batch", "count": 2, "run_seconds": 900}]


def _others_deploy(document: Document) -> None:
    for service in document["services"]:
        service.setdefault("maximum_percent", 200)


NONE = Misfortune("none")
MISFORTUNES: tuple[Misfortune, ...] = (
    NONE,
    Misfortune("no capacity in one zone, 90 s", (_shortage(90, availability_zone="a"),), Moment.LAUNCHING),
    Misfortune("no capacity in one zone, 40 min", (_shortage(2400, availability_zone="a"),), Moment.LAUNCHING),
    Misfortune("no capacity anywhere, 90 s", (_shortage(90),), Moment.LAUNCHING),
    Misfortune("no capacity anywhere, 10 min", (_shortage(600),), Moment.LAUNCHING),
    Misfortune("no capacity anywhere, 40 min", (_shortage(2400),), Moment.LAUNCHING),
    Misfortune("a spot interruption, old", (fault("interrupt_instance", which="old"),)),
    Misfortune("a spot interruption, new", (fault("interrupt_instance", which="new"),)),
    Misfortune("a zone is lost", (fault("zone_outage", availability_zone="a"),), turns=True),
    Misfortune("an agent is gone, old", (fault("disconnect_agent", which="old"),)),
    Misfortune("an agent is gone, new", (fault("disconnect_agent", which="new"),), turns=True),
    Misfortune("half of the tasks more", (fault("scale_service", service=WEB, count=9),)),
    Misfortune("three times the tasks", (fault("scale_service", service=WEB, count=18),), turns=True),
    Misfortune("half of the tasks fewer", (fault("scale_service", service=WEB, count=3),)),
    Misfortune("desired capacity raised by one", (fault("set_desired", auto_scaling_group=GROUP, by=1),)),
    Misfortune("desired capacity lowered by one", (fault("set_desired", auto_scaling_group=GROUP, by=-1),)),
    Misfortune("somebody drains an old instance", (fault("drain_instance", which="old"),)),
    Misfortune("somebody drains a new instance", (fault("drain_instance", which="new"),)),
    Misfortune("somebody deploys a service", (fault("deploy_service", service=WEB),), change=_others_deploy),
    Misfortune("a new launch template version", (fault("edit_template", auto_scaling_group=GROUP),)),
    Misfortune("tasks crash once", (fault("stop_tasks", service=WEB, count=2),)),
    Misfortune("tasks crash on the new AMI", (fault("crash_tasks", service=WEB, ami=NEW_AMI),), turns=True),
    Misfortune("tasks crash everywhere", (fault("crash_tasks", service=WEB),), turns=True, stuck=True),
    Misfortune("slow pulls", (fault("slow_pulls", service=WEB, seconds=240),)),
    Misfortune("slow stops", (fault("slow_stops", service=WEB, seconds=600),)),
    Misfortune("protected tasks, 30 min", (fault("protect_tasks", service=WORKER, count=2, minutes=30),),
               Moment.START, change=_protected),
    Misfortune("standalone tasks, 15 min", (), change=_standalone),
    Misfortune("reads 2 s old, one in three", (fault("stale_reads", for_seconds=7200, seconds=2, probability=0.33),),
               Moment.START),
    Misfortune("reads 20 s old, half", (fault("stale_reads", for_seconds=1800, seconds=20, probability=0.5),),
               Moment.START),
    Misfortune("all calls throttled at 90 %, 4 min", (fault("throttle", for_seconds=240, probability=0.9),),
               turns=True),
    Misfortune("all calls throttled at 50 %, 10 min", (fault("throttle", for_seconds=600, probability=0.5),)),
    Misfortune("a reply is lost: UpdateService",
               (fault("fail_api", service="ecs", operation="UpdateService", code="ServerException", after=True),)),
    Misfortune("a reply is lost: SetDesiredCapacity", (
        fault("fail_api", service="autoscaling", operation="SetDesiredCapacity", code="InternalFailure", after=True),
    ), Moment.START),
    Misfortune("a reply is lost: CreateAutoScalingGroup", (
        fault("fail_api", service="autoscaling", operation="CreateAutoScalingGroup", code="InternalFailure",
              after=True),
    ), Moment.START),
    Misfortune("a handler dies", (fault("kill_handler", call=2, after=True),)),
    Misfortune("the execution is stopped", (fault("stop_execution"),), turns=True),
    Misfortune("the old AMI is deregistered", (fault("deregister_ami", image_id="ami-0aaaaaaaaaaaaaaa1"),),
               stuck=True),
    Misfortune("UpdateService is denied for good", (
        fault("take_permission", action="ecs:UpdateService"),
    ), turns=True, stuck=True),
)  # fmt: skip
"""Every one of them; the first is none."""
