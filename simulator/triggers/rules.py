"""EventBridge rules of the deployed stack: they start the state machine, or invoke a function.

Only what the stack needs is simulated: the events of an execution that ended and of a parameter that changed, and an
input transformer with paths into the event.
"""

import json
import re
from dataclasses import dataclass
from functools import partial
from typing import Any

from simulator.aws.ecs.context import ACCOUNT
from simulator.iam.evaluation import Principal
from simulator.kernel.random_streams import Range
from simulator.region import INVOKE, Region
from simulator.stepfunctions.deployed_stack import Rule
from simulator.stepfunctions.engine import Execution
from simulator.stepfunctions.events import ExecutionEnded, ExecutionStarted, ParameterChanged
from simulator.triggers.dead_letters import Undelivered, bury
from simulator.triggers.event_patterns import load_pattern
from simulator.triggers.invocations import invoke

DELIVERY_SECONDS: Range = (0.5, 3.0)
"""How long a changed parameter's event takes."""
SERVICE, START = "events.amazonaws.com", "states:StartExecution"
PLACE = re.compile(r"<([A-Za-z0-9_\-]+)>")


@dataclass(frozen=True)
class RuleMatched:
    """A rule matched an event and is about to start an execution, or to invoke a function, of that name."""

    rule: str
    target: str


class Rules:
    """Listens to the bus, while the region's rules are enabled."""

    def __init__(self, region: Region, rules: tuple[Rule, ...]) -> None:
        self._region = region
        self._rules = [(load_pattern(rule.pattern), rule) for rule in rules]
        self._started = 0
        self._inputs: dict[str, dict[str, Any]] = {}
        region.bus.subscribe(ExecutionStarted, self._began)
        region.bus.subscribe(ExecutionEnded, self._ended)
        region.bus.subscribe(ParameterChanged, self._changed)
        region.dispatch.after.append(self._put)

    def _began(self, event: ExecutionStarted) -> None:
        self._inputs[event.execution] = event.input

    def _ended(self, event: ExecutionEnded) -> None:
        self._deliver(self._said(event), self._region.scenario.aws.ended_event_seconds)

    def _put(self, service: str, operation: str, request: dict[str, Any]) -> None:
        if (service, operation) == ("ssm", "PutParameter"):
            self._region.announce_parameter(str(request.get("Name")))

    def _changed(self, event: ParameterChanged) -> None:
        """The event as Parameter Store sends it ("Reference: EventBridge event patterns", Systems Manager guide)."""
        region = self._region.scenario.region
        self._deliver(
            {
                "source": "aws.ssm",
                "detail-type": "Parameter Store Change",
                "account": ACCOUNT,
                "region": region,
                "resources": [f"arn:aws:ssm:{region}:{ACCOUNT}:parameter/{event.name.lstrip('/')}"],
                "detail": {"operation": event.operation, "name": event.name, "type": "String"},
            }
        )

    def _deliver(self, said: Any, takes: Range = DELIVERY_SECONDS) -> None:
        for pattern, rule in self._rules:
            if self._region.rules_enabled and pattern.matches_event(said):
                seconds = self._region.random_streams.seconds("rule-delivery", takes)
                self._reach(rule, said, seconds)

    def _reach(self, rule: Rule, said: Any, seconds: float) -> None:
        """The rule's target, where the rule may: the machine by the rule's role, a function by its own policy."""
        region = self._region
        arn = f"arn:aws:events:{region.scenario.region}:{ACCOUNT}:rule/{rule.name}"
        by_service = Principal(ACCOUNT, service=SERVICE)
        if rule.target == region.engine.machine_arn:
            if region.may(rule.name, Principal(ACCOUNT, role=rule.role), START, rule.target):
                region.expect(seconds, partial(self._start, rule, said))
                return
        elif region.may(rule.name, by_service, INVOKE, rule.target, arn):
            region.engine.later(seconds, partial(self._invoke, rule, said))
            return
        bury(region, Undelivered(rule.name, rule.dead_letters, by_service, arn))

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
                "input": json.dumps(self._inputs.get(event.execution, {})),
                "error": event.error,
                "cause": event.cause,
            },
        }

    def _invoke(self, rule: Rule, said: dict[str, Any]) -> None:
        self._region.bus.emit(RuleMatched(rule.name, rule.target.rsplit(":", 1)[-1]))
        invoke(self._region, rule.name, rule.target, _input(rule, said))

    def _start(self, rule: Rule, said: dict[str, Any]) -> Execution:
        self._started += 1
        name = f"{rule.name}-{self._started}"
        self._region.bus.emit(RuleMatched(rule.name, name))
        return self._region.engine.start(name, json.loads(_input(rule, said)))


def _input(rule: Rule, said: dict[str, Any]) -> str:
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
