"""What services refuse of a request whose members are all as the model says: rules that stand in prose only.

Each has its source. Rules about the state of things are the services' own.
"""

from simulator.api.prose import alarms_and_targets, executions, groups, items, messages, parameters, templates
from simulator.api.prose.rule import Refused, Request, Rules

RULES: Rules = {
    **groups.RULES,
    **templates.RULES,
    **alarms_and_targets.RULES,
    **messages.RULES,
    **parameters.RULES,
    **executions.RULES,
    **items.RULES,
}


def refused_in_prose(service: str, operation: str, request: Request) -> Refused | None:
    """Code and message of the refusal; None where nothing is wrong."""
    rule = RULES.get((service, operation))
    return rule(request) if rule else None
