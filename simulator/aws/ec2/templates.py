"""Launch templates and their versions: EC2's state, and the rules by which a version comes from another one."""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.aws.ec2.errors import (
    malformed_id,
    missing,
    template_id_not_found,
    template_name_not_found,
    template_name_taken,
    template_version_not_found,
    token_reused,
)
from simulator.kernel.clock import Clock
from simulator.kernel.random_streams import RandomStreams, fingerprint

TEMPLATE_ID = re.compile(r"lt-(?:[0-9a-f]{8}|[0-9a-f]{17})")
"""EC2 user guide, "Resource IDs": eight hexadecimal digits, or seventeen."""

Data = dict[str, Any]
"""LaunchTemplateData by the API's own names."""


@dataclass(frozen=True)
class TemplateVersion:
    """One version; it never changes."""

    template_id: str
    number: int
    data: Data
    description: str | None
    created: datetime


@dataclass
class LaunchTemplate:
    """A launch template: its versions by number, never renumbered, deleted ones missing."""

    template_id: str
    name: str
    created: datetime
    tags: dict[str, str] = field(default_factory=dict)
    versions: dict[int, TemplateVersion] = field(default_factory=dict)
    default: int = 1
    latest: int = 0

    def version(self, wanted: str | None) -> TemplateVersion:
        """The version called `wanted`: a number, `$Latest`, or `$Default` (also meant by None or an empty text).

        Raises InvalidLaunchTemplateId.VersionNotFound.
        """
        number = self._number(wanted or "$Default")
        if number not in self.versions:
            raise template_version_not_found(self.template_id, str(wanted))
        return self.versions[number]

    def _number(self, wanted: str) -> int:
        if wanted.lower() == "$latest":
            return max(self.versions)
        if wanted.lower() == "$default":
            return self.default
        return int(wanted) if wanted.isdecimal() else -1


class LaunchTemplates:
    """All launch templates of the region, by id and by name."""

    def __init__(self, clock: Clock, random_streams: RandomStreams) -> None:
        self._clock = clock
        self._random_streams = random_streams
        self._by_id: dict[str, LaunchTemplate] = {}
        self._id_of: dict[str, str] = {}
        self._answered: dict[str, tuple[str, TemplateVersion]] = {}

    def __iter__(self) -> Iterator[LaunchTemplate]:
        """In the order they were created."""
        return iter(self._by_id.values())

    def create(
        self,
        name: str,
        data: Data,
        description: str | None = None,
        tags: dict[str, str] | None = None,
        token: str | None = None,
    ) -> LaunchTemplate:
        """A new launch template with its version 1; the same token again answers the same template."""
        request = fingerprint({"name": name, "data": _ordered(data), "description": description, "tags": tags})
        if earlier := self._earlier(token, request):
            return self._by_id[earlier.template_id]
        if name in self._id_of:
            raise template_name_taken(name)
        template = LaunchTemplate(
            f"lt-{self._random_streams.hex('launch-template', 17)}", name, self._clock.today(), tags or {}
        )
        self._by_id[template.template_id] = template
        self._id_of[name] = template.template_id
        self._remember(token, request, self._append(template, data, description))
        return template

    def create_version(
        self,
        template: LaunchTemplate,
        data: Data,
        source: str | None = None,
        description: str | None = None,
        token: str | None = None,
    ) -> TemplateVersion:
        """A new version of `template`, the same one again for the same token.

        With a source the version inherits all of it and `data` overwrites member by member; without a source it
        inherits nothing (botocore: "If you omit this parameter, the new version contains only the launch parameters
        that you specify for the new version").
        """
        request = fingerprint(
            {"id": template.template_id, "data": _ordered(data), "source": source, "description": description}
        )
        if earlier := self._earlier(token, request):
            return earlier
        merged = merge(template.version(source).data, data) if source else data
        version = self._append(template, merged, description)
        self._remember(token, request, version)
        return version

    def find(self, template_id: str | None, name: str | None) -> LaunchTemplate:
        """The launch template of this id or else this name; raises the error that EC2 answers when there is none."""
        if template_id:
            if not TEMPLATE_ID.fullmatch(template_id):
                raise malformed_id("InvalidLaunchTemplateId", template_id)
            if template_id not in self._by_id:
                raise template_id_not_found(template_id)
            return self._by_id[template_id]
        if not name:
            raise missing("You must specify either a launch template ID or a launch template name in the request.")
        if name not in self._id_of:
            raise template_name_not_found(name)
        return self._by_id[self._id_of[name]]

    def delete(self, template: LaunchTemplate) -> None:
        """The template with all its versions; running instances stay."""
        del self._by_id[template.template_id]
        del self._id_of[template.name]

    def _append(self, template: LaunchTemplate, data: Data, description: str | None) -> TemplateVersion:
        template.latest += 1
        version = TemplateVersion(
            template.template_id, template.latest, deepcopy(data), description, self._clock.today()
        )
        template.versions[version.number] = version
        return version

    def _earlier(self, token: str | None, request: str) -> TemplateVersion | None:
        """What this token was answered before (EC2 guide, "Ensuring idempotency"); None when it is new."""
        if token is None or token not in self._answered:
            return None
        before, version = self._answered[token]
        if before != request:
            raise token_reused(token)
        return version

    def _remember(self, token: str | None, request: str, version: TemplateVersion) -> None:
        if token is not None:
            self._answered[token] = (request, version)


def merge(source: Data, given: Data) -> Data:
    """What a version with a source contains: each member given overwrites the source's, whole.

    botocore (SourceVersion): "Snapshots applied to the block device mapping are ignored when creating a new version
    unless they are explicitly included."
    """
    inherited = deepcopy(source)
    for device in inherited.get("BlockDeviceMappings", []):
        device.get("Ebs", {}).pop("SnapshotId", None)
    return {**inherited, **deepcopy(given)}


def _ordered(value: Any) -> Any:
    """The value with the keys of all its objects sorted, for comparing requests."""
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(item) for item in value] if isinstance(value, list) else value
