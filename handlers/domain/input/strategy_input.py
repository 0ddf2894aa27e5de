"""The `strategy` of an input: which of the three ways, and its keys. Anything it does not say has a default."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.domain.input.strategy_keys import LEAVE_ALONE, TYPES
from handlers.domain.model.amount import Amount
from handlers.domain.model.placement import Share


@dataclass(frozen=True)
class Stop:
    """Where a rolling rollout stops to bake: at so many replaced instances."""

    instances: Amount
    bake_seconds: int = 0
    promotion: bool = False


@dataclass(frozen=True)
class Rolling:
    """`surge` and `max_unavailable` as given: a count of instances, or a percentage of the group's size."""

    surge: Amount = 1
    max_unavailable: Amount = 0
    cordon: str | None = None
    prepare_cordon: bool = False
    canary: Stop | None = None
    checkpoints: tuple[Stop, ...] = ()
    promotion: bool = False


@dataclass(frozen=True)
class MadeGroup:
    """The second node group where the rollout makes it: a copy of the first."""

    name: str | None = None
    instance_types: tuple[str, ...] = ()


Target = str | MadeGroup


@dataclass(frozen=True)
class BlueGreen:
    """`target` None: the one group doubles."""

    target: Target | None = None
    target_size: int | None = None
    burn_in_seconds: int = 0
    hold: bool = False
    pin: str = "service"
    after: str = "keep_empty"


@dataclass(frozen=True)
class ProviderStep:
    """One step: so many canary tasks, a percentage, or a strategy in full."""

    percent: int = 100
    canary_tasks: int | None = None
    strategy: tuple[Share, ...] = ()
    bake_seconds: int = 0
    promotion: bool = False


@dataclass(frozen=True)
class ByProvider:
    """`target` is a provider's name, or a copy that the rollout makes. `steps_of` overrides the steps of a service."""

    target: Target = MadeGroup()
    target_size: int | None = None
    steps: tuple[ProviderStep, ...] = (ProviderStep(),)
    steps_of: Mapping[str, tuple[ProviderStep, ...]] = field(default_factory=dict)
    left_alone: tuple[str, ...] = ()
    scale: str = "ahead"
    after: str = "keep_empty"
    adopt_launch_type_services: bool = False
    pin_images: str = "no"
    require_image_check: bool = False


Strategy = Rolling | ByProvider | BlueGreen


def strategy_type(data: object) -> str:
    """Which strategy the input names; rolling where it names none or none that there is."""
    named = data.get("type", "rolling") if isinstance(data, dict) else "rolling"
    return named if isinstance(named, str) and named in TYPES else "rolling"


def contradictions(data: dict[str, Any]) -> list[str]:
    """What each key allows and all together do not."""
    found = []
    if strategy_type(data) == "rolling":
        if data.get("surge", 1) == 0 and data.get("max_unavailable", 0) == 0:
            found.append(
                "strategy.surge and strategy.max_unavailable are both 0, so nothing could ever move; "
                "allowed is at least 1 for one of them"
            )
        if data.get("prepare_cordon") is True and "cordon" not in data:
            found.append(
                "strategy.prepare_cordon is true without strategy.cordon, allowed is with the attribute's name"
            )
    return found


def read_strategy(data: dict[str, Any]) -> Strategy:
    """The checked strategy."""
    given = {key: value for key, value in data.items() if key != "type"}
    kind = strategy_type(data)
    if kind == "blue-green":
        return BlueGreen(**{**given, **({"target": _target(given["target"])} if "target" in given else {})})
    if kind == "capacity-provider":
        return _by_provider(given)
    if "canary" in given:
        given["canary"] = Stop(**given["canary"])
    stops = [{**each, "instances": f"{each['percent']}%"} for each in given.get("checkpoints", ())]
    given["checkpoints"] = tuple(Stop(**{k: v for k, v in each.items() if k != "percent"}) for each in stops)
    return Rolling(**given)


def _by_provider(given: dict[str, Any]) -> ByProvider:
    services = given.pop("services", {})
    target = _target(given.pop("target", {}))
    if "steps" in given:
        given["steps"] = tuple(_step(each) for each in given["steps"])
    return ByProvider(
        **given,
        target=target,
        steps_of={
            name: tuple(_step(each) for each in one["steps"]) for name, one in services.items() if one != LEAVE_ALONE
        },
        left_alone=tuple(sorted(name for name, one in services.items() if one == LEAVE_ALONE)),
    )


def _target(data: Any) -> Target:
    made = isinstance(data, dict)
    return MadeGroup(data.get("name"), tuple(data.get("instance_types", ()))) if made else str(data)


def _step(data: Any) -> ProviderStep:
    if data == "all":
        return ProviderStep()
    shares = tuple(
        Share(each["capacity_provider"], each.get("base", 0), each.get("weight", 0))
        for each in data.get("strategy", ())
    )
    return ProviderStep(**{**data, "strategy": shares})
