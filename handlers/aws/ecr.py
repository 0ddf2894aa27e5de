"""Amazon ECR: which platforms an image is built for, as its manifest says."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecr.type_defs import ImageIdentifierTypeDef

PRIVATE = re.compile(
    r"^(?P<account>\d{12})\.dkr\.ecr\.[a-z0-9\-]+\.amazonaws\.com(?:\.cn)?/(?P<name>[^:@]+)(?P<rest>.*)$"
)
INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
SINGLE = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
# Of another Region, or deleted; of another account, whose policy does not let us read.
NOT_SHOWN = ("RepositoryNotFoundException", "AccessDeniedException")


class Ecr:
    """Reads manifests."""

    def __init__(self, client: Callable[[], ECRClient]) -> None:
        self._client = client

    def platforms(self, image: str) -> set[str] | None:
        """The architectures (amd64, arm64) of an image index; empty for an image of one architecture.

        None for an image of another registry, or one that ECR does not show. A single manifest does not say its
        architecture: it stands in a blob that only a pull reads.
        """
        found = PRIVATE.match(image)
        if found is None:
            return None
        try:
            answer = self._client().batch_get_image(
                registryId=found["account"],
                repositoryName=found["name"],
                imageIds=[_image_id(found["rest"])],
                acceptedMediaTypes=[*INDEXES, *SINGLE],
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in NOT_SHOWN:
                return None
            raise
        if not answer["images"]:
            return None
        manifest = json.loads(answer["images"][0]["imageManifest"])
        return {each["platform"]["architecture"] for each in manifest.get("manifests", []) if "platform" in each}


def _image_id(rest: str) -> ImageIdentifierTypeDef:
    """`:tag`, `@sha256:…`, both, or nothing, which means latest."""
    tag, _, digest = rest.partition("@")
    return {"imageDigest": digest} if digest else {"imageTag": tag.removeprefix(":") or "latest"}
