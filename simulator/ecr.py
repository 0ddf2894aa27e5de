"""Images in registries: what each is built for, its digest, and what Amazon ECR says of its own.

An image that the scenario does not name runs everywhere, and has a digest made of its name.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from simulator.scenario.model import Image

Answer = dict[str, Any]

PRIVATE = re.compile(
    r"^\d{12}\.dkr\.ecr\.[a-z0-9\-]+\.amazonaws\.com/(?P<name>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>.+))?$"
)
PLATFORM = {"x86_64": "amd64", "arm64": "arm64"}
INDEX, SINGLE = "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json"


class Images:
    """All images of the scenario, by name."""

    def __init__(self, images: Iterable[Image]) -> None:
        self._by_name = {one.image: one for one in images}

    def digest(self, name: str) -> str:
        """The digest that the name stands for."""
        if "@" in name:
            return name.partition("@")[2]
        known = self._by_name.get(name)
        if known is not None and known.digest:
            return known.digest
        return f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"

    def runs_on(self, name: str, architecture: str) -> bool:
        """Whether a container of that image can start there."""
        known = self._by_name.get(name) or self._by_digest(name)
        return known is None or architecture in known.architectures

    def in_repository(self, repository: str, image_id: dict[str, str]) -> Image | None:
        """The image of that tag or digest in a private repository of ECR."""
        for one in self._by_name.values():
            found = PRIVATE.match(one.image)
            if found is None or found["name"] != repository:
                continue
            if image_id.get("imageDigest") in (None, self.digest(one.image)) and image_id.get("imageTag") in (
                None,
                found["tag"] or "latest",
            ):
                return one
        return None

    def _by_digest(self, name: str) -> Image | None:
        digest = name.partition("@")[2]
        return next((one for one in self._by_name.values() if digest and self.digest(one.image) == digest), None)


class EcrApi:
    """One method per operation, the API's parameter names in, its members out."""

    def __init__(self, images: Images) -> None:
        self._images = images

    def batch_get_image(self, **request: Any) -> Answer:
        """Manifests: an index for an image of several architectures, else one that names none (botocore, `Image`)."""
        found, failures = [], []
        for image_id in request["imageIds"]:
            one = self._images.in_repository(request["repositoryName"], image_id)
            if one is None:
                reason = {"failureCode": "ImageNotFound", "failureReason": "Requested image not found"}
                failures.append({"imageId": image_id, **reason})
            else:
                found.append(self._shown(one, request))
        return {"images": found, "failures": failures}

    def _shown(self, one: Image, request: dict[str, Any]) -> Answer:
        digest = self._images.digest(one.image)
        named = PRIVATE.match(one.image)
        many = len(one.architectures) > 1
        return {
            "registryId": request.get("registryId", one.image[:12]),
            "repositoryName": request["repositoryName"],
            "imageId": {"imageDigest": digest, "imageTag": (named and named["tag"]) or "latest"},
            "imageManifest": json.dumps(_index(one, digest) if many else _manifest(digest)),
            "imageManifestMediaType": INDEX if many else SINGLE,
        }


def _index(one: Image, digest: str) -> Answer:
    entries = [
        {
            "mediaType": SINGLE,
            "digest": digest,
            "size": 1024,
            "platform": {"architecture": PLATFORM[each], "os": "linux"},
        }
        for each in one.architectures
    ]
    return {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}


def _manifest(digest: str) -> Answer:
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": 1024}
    return {"schemaVersion": 2, "mediaType": SINGLE, "config": config, "layers": []}
