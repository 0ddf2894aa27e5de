"""The cluster that each misfortune strikes, for a strategy and a direction."""

import copy

from handlers import catalogue
from simulator.runs.misfortunes.catalogue import GROUP, WEB, WORKER, Document, Misfortune, Moment
from simulator.scenario.load import from_json
from simulator.scenario.model import Scenario
from simulator.scenario.random_clusters import NEW_AMI, OLD_AMI

STRATEGIES = ("rolling", "capacity-provider", "blue-green")
ALARM = "errors"
INPUTS: dict[str, Document] = {
    "rolling": {"type": "rolling", "surge": 2},
    "capacity-provider": {"type": "capacity-provider", "steps": [{"percent": 50, "bake_seconds": 120}, "all"]},
    "blue-green": {"type": "blue-green", "burn_in_seconds": 300},
}
MOVES = {
    "rolling": catalogue.WAIT_FOR_DRAIN,
    "capacity-provider": catalogue.WAIT_FOR_SERVICES,
    "blue-green": catalogue.WAIT_FOR_SERVICES,
}
"""Where tasks move."""
TURNS_AT = {
    "rolling": (catalogue.SCALE_IN.forward, 2),
    "capacity-provider": (catalogue.WAIT_FOR_SERVICES.forward, 2),
    "blue-green": (catalogue.WAIT_FOR_SERVICES.forward, 2),
}
"""Where the alarm turns a rollout whose way back is to be struck: in the middle of it."""


def misfortune_scenario(misfortune: Misfortune, strategy: str, *, back: bool) -> Scenario:
    """What is played: six instances in three zones, a service behind a load balancer, one without, a daemon."""
    return from_json(misfortune_document(misfortune, strategy, back=back), f"{misfortune.name}, {strategy}")


def misfortune_document(misfortune: Misfortune, strategy: str, *, back: bool) -> Document:
    """The same as a JSON object."""
    document: Document = {
        "name": f"{strategy}-{'back' if back else 'forward'}",
        "description": misfortune.name,
        "cluster": "prod",
        "amis": [{"image_id": OLD_AMI, "name": "golden-1"}, {"image_id": NEW_AMI, "name": "golden-2"}],
        "node_groups": [{"name": GROUP, "ami": OLD_AMI, "size": 6, "max": 14, "capacity_provider": "old"}],
        "services": [
            {"name": WEB, "count": 6, "load_balancer": {"deregistration_delay_seconds": 30}},
            {"name": WORKER, "count": 6, "cpu": 512, "memory": 1024, "minimum_healthy_percent": 50},
            {"name": "logs", "scheduling": "DAEMON", "cpu": 64, "memory": 64},
        ],
        "alarms": [{"name": ALARM}],
        "input": {"ami": NEW_AMI, "alarms": [ALARM], "strategy": copy.deepcopy(INPUTS[strategy]), "bake_seconds": 60},
        "faults": [],
    }
    if strategy == "capacity-provider":
        for service in document["services"][:2]:
            service["capacity_provider_strategy"] = [{"capacityProvider": "old", "weight": 1}]
    if back:
        state, nth = TURNS_AT[strategy]
        alarm = {"kind": "set_alarm", "state": state, "nth": nth, "with": {"name": ALARM, "state": "ALARM"}}
        document["faults"].append(alarm)
    document["faults"] += [each | _when(misfortune.moment, strategy, back=back) for each in misfortune.faults]
    misfortune.change(document)
    return document


def _when(moment: Moment, strategy: str, *, back: bool) -> Document:
    if moment is Moment.START:
        return {"state": catalogue.BEGIN_ROLL_BACK.back} if back else {"state": catalogue.CREATE_VERSION.forward}
    if moment is Moment.LAUNCHING:
        return {"state": catalogue.BEGIN_ROLL_BACK.back if back else catalogue.PREPARE.forward}
    if back:
        return {"state": catalogue.ASSESS.back, "nth": 2}
    return {"state": MOVES[strategy].forward}
