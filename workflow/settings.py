"""The settings file: what is deployed where, which node groups follow which AMI, and who is told.

Checked twice: its shape by `settings.schema.json`, each rollout's input by the code that will read it.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from handlers.domain.input.rollout_input import read_input
from handlers.errors import InputInvalid
from workflow.reach import Reach

SCHEMA = Path(__file__).with_name("settings.schema.json")
PUBLIC = "/aws/service/"
SUBSCRIPTION_BYTES = 4096  # of a standard parameter
PERMITTED_BYTES = 3072  # a function's whole environment takes 4 KB ("Lambda quotas", Lambda developer guide)
NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_\-]+")
RULES = ("owners", "deny", "soak_days")
FIELDS = {"auto_scaling_groups": "groups", "parameters": "published"}
"""Of `Reach`, where a key of `[permissions]` is called otherwise."""


class SettingsInvalid(Exception):
    """The settings file says something that cannot be deployed."""


@dataclass(frozen=True)
class Environment:
    """Where a stack goes; None: where the CDK command line is logged in."""

    name: str
    account: str | None = None
    region: str | None = None


@dataclass(frozen=True)
class Source:
    """Where AMIs appear: what the watch is told (`look`), and the parameter that it writes."""

    name: str
    writes: str
    look: dict[str, Any]


@dataclass(frozen=True)
class Subscription:
    """Node groups that follow a parameter: the value of the SSM parameter by which the functions know of it."""

    name: str
    value: dict[str, Any]
    environments: tuple[str, ...]

    @property
    def parameter(self) -> str:
        """The parameter that is followed."""
        return str(self.value["parameter"])


@dataclass(frozen=True)
class Settings:
    """All of it, resolved."""

    stack: str
    environments: tuple[Environment, ...]
    watch_minutes: int
    subscribers: tuple[str, ...]
    event_bus: str
    sources: tuple[Source, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    permitted: Reach = Reach()  # as `[permissions]` says it

    @property
    def reach(self) -> Reach:
        """How far the roles reach: what is permitted by name, and what the rollouts themselves write and look at."""
        published = {name for each in self.subscriptions if (name := each.value["input"].get("publish_to"))}
        return replace(
            self.permitted,
            published=tuple(dict.fromkeys([*self.permitted.published, *sorted(published)])),
            watched=(f"/{self.stack}/amis/*",) if self.sources else (),
            pipelines=tuple(sorted({each.look["pipeline"] for each in self.sources if "pipeline" in each.look})),
        )

    def within(self, environment: Environment) -> "Settings":
        """The same with what is meant for that environment only."""
        mine = tuple(
            subscription
            for subscription in self.subscriptions
            if not subscription.environments or environment.name in subscription.environments
        )
        followed = {subscription.parameter for subscription in mine}
        sources = tuple(source for source in self.sources if source.writes in followed)
        return replace(self, environments=(environment,), sources=sources, subscriptions=mine)


def read_settings(path: Path) -> Settings:
    """The settings in that file. Raises SettingsInvalid with one message that names everything wrong."""
    try:
        data = tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsInvalid(f"{path.name} cannot be read: {error}") from None
    problems = [
        f"{'.'.join(map(str, service.absolute_path)) or 'the file'}: {service.message}"
        for service in Draft202012Validator(json.loads(SCHEMA.read_text())).iter_errors(data)
    ]
    if not problems:
        problems = _wrong_inputs(data)
    if problems:
        raise SettingsInvalid(f"{path.name} has {len(problems)} problem(s): " + "; ".join(problems))
    return _resolved(data)


def _wrong_inputs(data: dict[str, Any]) -> list[str]:
    found = []
    names = [_name(one, number) for number, one in enumerate(data.get("rollouts", ()))]
    found += [
        f"rollouts: two are called {name!r}" for name in sorted({each for each in names if names.count(each) > 1})
    ]
    known = {environment["name"] for environment in data.get("environments", ())}
    allowed = data.get("permissions", {})
    for number, one in enumerate(data.get("rollouts", ())):
        try:
            read_input({"cluster": "any", **one.get("input", {})})
        except InputInvalid as error:
            found.append(f"rollouts.{number}.input: {error}")
        found += [
            f"rollouts.{number}.environments: there is no {each!r}"
            for each in one.get("environments", ())
            if each not in known
        ]
        found += [
            f"rollouts.{number}.{key}: {one[key]!r} is not among permissions.{key}s"
            for key in ("cluster", "auto_scaling_group")
            if key in one and not _within(one[key], allowed.get(f"{key}s", ("*",)))
        ]
        if "cluster_tags" in one and "clusters" in allowed:
            found.append(f"rollouts.{number}.cluster_tags looks at all clusters, and permissions.clusters names some")
    return found


def _within(name: str, allowed: Iterable[str]) -> bool:
    """Whether a cluster's name or ARN, or a group's name, is one of those."""
    return any(fnmatchcase(name.rsplit("/", 1)[-1], each) for each in allowed)


def _resolved(data: dict[str, Any]) -> Settings:
    stack = data.get("stack", "EcsAmiRollout")
    sources: dict[str, Source] = {}
    subscriptions = []
    for number, one in enumerate(data.get("rollouts", ())):
        source = _source(stack, one)
        if source:
            sources[source.name] = source
        subscriptions.append(_subscription(_name(one, number), one, source.writes if source else one["ami"]))
    environments = [Environment(**environment) for environment in data.get("environments", ())] or [
        Environment("default")
    ]
    watch, notify = (data.get(part, {}) for part in ("watch", "notify"))
    settings = Settings(
        stack=stack,
        environments=tuple(environments),
        watch_minutes=watch.get("every_minutes", 60),
        subscribers=tuple(notify.get("subscribers", ())),
        event_bus=notify.get("event_bus", "default"),
        sources=tuple(sources.values()),
        subscriptions=tuple(subscriptions),
        tags=data.get("tags", {}),
        permitted=_permitted(stack, data.get("permissions", {})),
    )
    if len(settings.reach.told().encode()) > PERMITTED_BYTES:
        raise SettingsInvalid(
            f"permissions, and publish_to of all rollouts, take more than {PERMITTED_BYTES} bytes in a function's "
            "environment. Shorten them by patterns with *."
        )
    return settings


def _permitted(stack: str, given: dict[str, list[str]]) -> Reach:
    named = {FIELDS.get(key, key): tuple(names) for key, names in given.items()}
    return Reach(**{"published": (f"/{stack}/published/*",), **named})


def _name(each: dict[str, Any], number: int) -> str:
    parts = [each.get("cluster"), each.get("capacity_provider") or each.get("auto_scaling_group")]
    named = "-".join(part for part in parts if part) or f"rollout-{number + 1}"
    return str(each.get("name") or NOT_IN_A_NAME.sub("-", named))


def _source(stack: str, each: dict[str, Any]) -> Source | None:
    """The source that has to be watched for this rollout; None where it follows a parameter that an operator writes."""
    ami = each["ami"]
    if isinstance(ami, str) and not ami.startswith(PUBLIC):
        return None
    look = {"parameter": ami} if isinstance(ami, str) else {key: ami[key] for key in ami if key not in RULES}
    rules = _rules(each)
    digest = hashlib.sha256(json.dumps([look, rules], sort_keys=True).encode()).hexdigest()[:8]
    told = next(iter(look.values())).rstrip("/").split("/")
    words = NOT_IN_A_NAME.sub("-", "-".join(told[-2:])).strip("-")
    name = f"{words}-{digest}"
    writes = f"/{stack}/amis/{name}"
    return Source(name, writes, {"name": name, "writes": writes, "rules": rules, **look})


def _rules(each: dict[str, Any]) -> dict[str, Any]:
    """Which AMIs are taken: as the rollout says, or its source; those of Amazon where the parameter is Amazon's."""
    ami = each["ami"]
    given = {key: ami[key] for key in RULES if isinstance(ami, dict) and key in ami}
    given |= {key: each[key] for key in RULES if key in each}
    if isinstance(ami, str) and ami.startswith(PUBLIC):
        given.setdefault("owners", ["amazon"])
    return given


def _subscription(name: str, each: dict[str, Any], parameter: str) -> Subscription:
    target = ("cluster", "cluster_tags", "capacity_provider", "auto_scaling_group")
    value = {
        "parameter": parameter,
        **{key: each[key] for key in target if key in each},
        "rules": _rules(each),
        "starts": each.get("starts", True),
        "input": each.get("input", {}),
    }
    size = len(json.dumps(value).encode())
    if size > SUBSCRIPTION_BYTES:
        raise SettingsInvalid(
            f"rollouts: {name} takes {size} bytes as a parameter, {SUBSCRIPTION_BYTES} are allowed. Shorten its input."
        )
    return Subscription(name, value, tuple(each.get("environments", ())))
