"""Container images in their registries: what each name means now, what is built under each digest.

A name means another image after a push; what was pushed before stays under its digest. An image that the scenario does
not name runs everywhere, and has a digest made of its name. Digests are made up: no manifest hashes to them.
"""

import hashlib
from collections.abc import Iterable

from simulator.scenario.model import Image


class ContainerImages:
    """All images that the scenario names, by name and by digest."""

    def __init__(self, images: Iterable[Image]) -> None:
        self._pushed = 0
        self._digests: dict[str, str] = {}  # name with its tag -> digest, the newest push
        self._built: dict[tuple[str, str], Image] = {}  # (repository, digest) -> image, everything ever pushed
        for image in images:
            self._put(image, _own(image) or _made_of(named(image.image)))

    def push(self, image: Image) -> str:
        """Let the image's name mean this image from now on; its digest."""
        self._pushed += 1
        digest = _own(image) or _made_of(f"{named(image.image)}#{self._pushed}")
        self._put(image, digest)
        return digest

    def digest(self, name: str) -> str:
        """What the name means now: its own digest where it has one, else that of its tag, else one made of it."""
        if "@" in name:
            return name.partition("@")[2]
        return self._digests.get(named(name)) or _made_of(named(name))

    def runs_on(self, name: str, digest: str, architecture: str) -> bool:
        """Whether a container of that image can start there; an image that nobody named can."""
        known = self._built.get((repository_of(name), digest))
        return known is None or architecture in known.architectures

    def in_repository(self, repository: str) -> dict[str, Image]:
        """By digest, what was ever pushed there, oldest first."""
        return {digest: one for (owner, digest), one in self._built.items() if owner == repository}

    def tags(self, repository: str, digest: str) -> list[str]:
        """The tags that mean that digest now."""
        known = [name for name, meant in self._digests.items() if meant == digest and repository_of(name) == repository]
        return [name.removeprefix(f"{repository}:") for name in known]

    def _put(self, image: Image, digest: str) -> None:
        if "@" not in image.image:
            self._digests[named(image.image)] = digest
        self._built[repository_of(image.image), digest] = image


def named(name: str) -> str:
    """The name with its tag: none means latest (Docker's rule, which ECS and ECR follow)."""
    bare = name.partition("@")[0]
    return bare if ":" in bare.rpartition("/")[2] else f"{bare}:latest"


def repository_of(name: str) -> str:
    """The name without tag and digest; a port in the registry's name is no tag."""
    return named(name).rpartition(":")[0]


def _own(image: Image) -> str:
    return image.digest or image.image.partition("@")[2]


def _made_of(name: str) -> str:
    return f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"
