"""What AWS's documentation leaves open, as switches of the region: the rollout has to be right both ways.

The first of the two is what the region does where a scenario says nothing. `docs/unverified.md` says of each what is
known; the sweep draws all of them.
"""

from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Literal, get_args, get_type_hints

from simulator.scenario.part import Part
from simulator.scenario.values import SecondsRange


@dataclass(frozen=True)
class Aws(Part):
    """How AWS behaves where its documentation does not say."""

    constraints_bind: Literal["next_deployment", "at_once"] = "next_deployment"
    """When a service's changed placement constraints bind the tasks that are placed: from its next deployment on, as
    AWS announced it (What's New, March 2020), or from then on, as the words of UpdateService may be read."""
    rolled_back_constraints: Literal["stay", "return"] = "stay"
    """What becomes of placement constraints that came with a deployment when ECS rolls it back: a service revision
    records none."""
    protected_tasks_on_draining: Literal["stay", "stop"] = "stay"
    """What tasks with scale-in protection do on an instance that is set to DRAINING."""
    batch_with_one_gone: Literal["refused", "others_end"] = "refused"
    """TerminateInstanceInAutoScalingGroup with several ids of which one is no member any more: all are refused, or the
    others are terminated and the answer tells of those only."""
    denied_launches: Literal["named", "encoded"] = "named"
    """Whether EC2 names in a denial what was denied, or says it in an encoded text only."""
    inactive_definitions: Literal["deploy", "refused"] = "deploy"
    """A forced deployment of a service whose task definition is INACTIVE."""
    other_architecture: Literal["exits", "cannot_start"] = "exits"
    """What a container does whose image is built for another architecture: it exits at once (an image of one), or is
    never started (a list of images without the one that is asked for)."""
    dead_functions: Literal["told_apart", "unknown"] = "told_apart"
    """The error of a function that dies: one for memory and one for time, or Lambda.Unknown for both."""
    ended_event_seconds: SecondsRange = (0.5, 3.0)
    """How long after its end an execution's event comes."""
    provider_change_seconds: SecondsRange = (5.0, 15.0)
    """How long ECS takes to attach and detach capacity providers."""
    terminated_without_agent: Literal["stay", "deregistered"] = "stay"
    """What becomes of the container instance when its machine is terminated and its agent was gone before: ECS keeps
    it, and its tasks, until it is deregistered, as DeregisterContainerInstance's page says; or it goes with it."""


RANGES: dict[str, tuple[list[float], ...]] = {
    "ended_event_seconds": ([0.5, 3.0], [30.0, 120.0]),
    "provider_change_seconds": ([5.0, 15.0], [0.0, 1.0], [60.0, 180.0]),
}
"""What is drawn of the keys that are not one of a few words."""


@cache
def alternatives() -> dict[str, tuple[Any, ...]]:
    """Every key and the values that are drawn of it, the region's own first."""
    hints = get_type_hints(Aws)
    return {key.name: RANGES.get(key.name) or get_args(hints[key.name]) for key in fields(Aws)}
