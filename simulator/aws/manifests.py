"""OCI manifests of simulated images (the OCI image specification: `image-index.md`, `manifest.md`).

An image of several architectures is an index that names each one's platform and manifest. An image of one is a plain
manifest, which does not say its platform: that stands in its config, a blob that only a pull reads.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from simulator.scenario.model import Image

INDEX = "application/vnd.oci.image.index.v1+json"
SINGLE = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
GO_NAMES = {"x86_64": "amd64", "arm64": "arm64"}
"""Platforms are named as Go names them (`image-index.md`, `platform.architecture`: values of GOARCH)."""

CONFIG_BYTES, MANIFEST_BYTES = 1469, 1024


@dataclass(frozen=True)
class Platform:
    """One entry of an index."""

    architecture: str  # as Go names it
    digest: str
    media: str = SINGLE


def media_type(image: Image) -> str:
    """An index where it is built for several architectures."""
    return INDEX if len(image.architectures) > 1 else SINGLE


def manifest(image: Image, digest: str) -> str:
    """The manifest under that digest, as text."""
    if len(image.architectures) == 1:
        return platform_manifest(digest)
    entries = [_entry(each) for each in platforms(image, digest)]
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})


def platforms(image: Image, digest: str) -> list[Platform]:
    """What an index of that digest names; the digests are made of the index's."""
    names = [GO_NAMES[each] for each in image.architectures]
    return [Platform(name, _digest(f"{digest}/{name}")) for name in names]


def platform_manifest(digest: str) -> str:
    """The plain manifest of an image for one platform, as text."""
    config = {"mediaType": CONFIG, "digest": _digest(f"{digest}/config"), "size": CONFIG_BYTES}
    return json.dumps({"schemaVersion": 2, "mediaType": SINGLE, "config": config, "layers": []})


def _entry(platform: Platform) -> dict[str, Any]:
    where = {"architecture": platform.architecture, "os": "linux"}
    return {"mediaType": platform.media, "digest": platform.digest, "size": MANIFEST_BYTES, "platform": where}


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
