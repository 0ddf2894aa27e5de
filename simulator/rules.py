"""EventBridge rules of the deployed stack that listen to executions: they start the state machine.

Only what the stack needs is simulated: the event of an execution that ended, patterns of exact values, the state
machine as the target, and an input transformer with paths into the event.
"""

import json
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from simulator.core.draws import Range
from simulator.ecs.context import ACCOUNT
from simulator.engine.events import ExecutionEnded

if TYPE_CHECKING:
    from simulator.engine import Execution
    from simulator.engine.template import Rule
    from simulator.region import Region

DELIVERY_SECONDS: Range = (0.5, 3.0)
PLACE = re.compile(r"<([A-Za-z0-9_\-]+)>")


@dataclass(frozen=True)
class RuleMatched:
    """A rule matched an event and is about to start its target."""

    rule: str
    execution: str


class Rules:
    """Listens to the bus, while it is `enabled`."""

    def __init__(self, region: "Region", rules: tuple["Rule", ...]) -> None:
        self._region, self._rules = region, rules
        self.enabled = True
        self._started = 0
        region.bus.subscribe(ExecutionEnded, self._ended)

    def _ended(self, event: ExecutionEnded) -> None:
        said = self._said(event)
        for rule in self._rules:
            if self.enabled and _matches(rule.pattern, said):
                seconds = self._region.draws.seconds("rule-delivery", DELIVERY_SECONDS)
                self._region.expect(seconds, partial(self._start, rule, said))

    def _said(self, event: ExecutionEnded) -> dict[str, Any]:
        """The event as Step Functions sends it ("Automating Step Functions event delivery", developer guide)."""
        machine = self._region.engine.machine_arn
        execution = f"{machine.replace(':stateMachine:', ':execution:')}:{event.execution}"
        return {
            "source": "aws.states",
            "detail-type": "Step Functions Execution Status Change",
            "account": ACCOUNT,
            "region": self._region.scenario.region,
            "resources": [execution],
            "detail": {
                "executionArn": execution,
                "stateMachineArn": machine,
                "name": event.execution,
                "status": event.status,
                "error": event.error,
                "cause": event.cause,
            },
        }

    def _start(self, rule: "Rule", said: dict[str, Any]) -> "Execution":
        self._started += 1
        name = f"{rule.name}-{self._started}"
        self._region.bus.emit(RuleMatched(rule.name, name))
        return self._region.engine.start(name, json.loads(_input(rule, said)))


def _matches(pattern: Any, said: Any) -> bool:
    if isinstance(pattern, list):
        return said in pattern
    return isinstance(said, dict) and all(key in said and _matches(each, said[key]) for key, each in pattern.items())


def _input(rule: "Rule", said: dict[str, Any]) -> str:
    """The template with each `<name>` replaced by what its path leads to: as JSON, within quotes as it is."""

    def value(found: re.Match[str]) -> str:
        quoted = rule.template.count('"', 0, found.start()) % 2
        leads_to = _at(rule.paths[found[1]], said)
        return str(leads_to) if quoted else json.dumps(leads_to)

    return PLACE.sub(value, rule.template)


def _at(path: str, said: Any) -> Any:
    for step in path.removeprefix("$.").split("."):
        said = said[step]
    return said
