"""What a capacity provider strategy and placement rules must satisfy before anything is changed by them."""

from typing import Any

from simulator.aws.ecs.context import EcsContext, require, short
from simulator.aws.ecs.fargate import PROVIDERS
from simulator.aws.ecs.placement import member_of
from simulator.aws.ecs.state import Cluster

MAX_STRATEGY_ITEMS = 20
MAX_CONSTRAINTS = 10
MAX_PLACEMENT_RULES = 5
MIXED = (
    "A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and Fargate "
    "providers. Specify one or the other and try again."
)
"""ECS's words (terraform-aws-modules/terraform-aws-ecs issue 68)."""
STRATEGY_FIELDS = {"binpack": ("cpu", "memory")}


def checked_strategy(context: EcsContext, cluster: Cluster, strategy: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The strategy with its defaults (weight 0, base 0) and short names.

    Raises InvalidParameterException when an item is not associated with the cluster, when several have a base or
    when no weight is above zero (botocore, `CapacityProviderStrategyItem`).
    """
    require(len(strategy) <= MAX_STRATEGY_ITEMS, f"A strategy can have at most {MAX_STRATEGY_ITEMS} items.")
    items = [_item(item) for item in strategy]
    for item in items:
        name = item["capacityProvider"]
        require(
            name in cluster.capacity_providers and context.provider(name),
            f"The specified capacity provider strategy cannot contain a capacity provider that is not associated "
            f"with the cluster: {name}.",
        )
    names = [item["capacityProvider"] for item in items]
    require(len(names) == len({*names}), "A capacity provider can be specified only once in a strategy.")
    require(len({name in PROVIDERS for name in names}) <= 1, MIXED)
    require(sum(item["base"] > 0 for item in items) <= 1, "Only one capacity provider can have a base defined.")
    require(
        not items or any(item["weight"] > 0 for item in items),
        "At least one capacity provider of the strategy must have a weight greater than 0.",
    )
    return items


def checked_constraints(*groups: list[dict[str, str]]) -> None:
    """At most ten constraints in all, every expression well-formed; else InvalidParameterException."""
    constraints = [item for group in groups for item in group]
    require(len(constraints) <= MAX_CONSTRAINTS, f"A task can have at most {MAX_CONSTRAINTS} placement constraints.")
    for item in constraints:
        has = bool(item.get("expression"))
        require(has == (item["type"] == "memberOf"), f"A {item['type']} constraint {_EXPRESSION[has]} expression.")
    member_of(constraints)


def checked_rules(rules: list[dict[str, str]]) -> list[dict[str, str]]:
    """At most five rules, with fields that their type knows; else InvalidParameterException."""
    require(len(rules) <= MAX_PLACEMENT_RULES, f"At most {MAX_PLACEMENT_RULES} placement strategy rules.")
    kept = [rule for rule in rules if rule]
    for rule in kept:
        name = rule.get("field", "")
        if rule["type"] == "binpack":
            require(name.lower() in STRATEGY_FIELDS["binpack"], f"Invalid binpack field '{name}'.")
        if rule["type"] == "spread":
            known = name in ("instanceId", "host") or name.startswith("attribute:")
            require(known, f"Invalid spread field '{name}'.")
    return kept


_EXPRESSION = {True: "takes no", False: "needs an"}
"""Botocore, `PlacementConstraint.expression`: "can't be specified if the constraint type is distinctInstance"."""


def _item(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "capacityProvider": short(item["capacityProvider"]),
        "weight": int(item.get("weight", 0)),
        "base": int(item.get("base", 0)),
    }
