"""Amazon ECR over the scenario's images: those of this account's registry in this region.

Botocore, `BatchGetImage` and `DescribeImages`: the first answers an image that is not there as one of its `failures`,
the second by ImageNotFoundException; both answer a repository that is not there by RepositoryNotFoundException. A
repository is there as soon as the scenario names an image in it.
"""

from collections.abc import Iterator
from typing import Any

from simulator.api.dispatch import ApiError
from simulator.api.pages import page
from simulator.aws.container_images import ContainerImages
from simulator.aws.manifests import manifest, media_type, platform_manifest, platforms
from simulator.kernel.clock import EPOCH
from simulator.scenario.model import Image

Answer = dict[str, Any]

DESCRIBED_AT_ONCE = 100
"""Botocore, `DescribeImages`: `maxResults` where it is not given."""

SIZE_BYTES = 52_428_800
"""Made up: every image is as large."""


class _Missing(Exception):
    """Why an image id finds nothing: a code of botocore's `ImageFailureCode`, and its words."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class EcrApi:
    """One method per operation, the API's parameter names in, its members out."""

    def __init__(self, images: ContainerImages, account: str, region: str) -> None:
        self._images = images
        self._account, self._registry = account, f"{account}.dkr.ecr.{region}.amazonaws.com"

    def batch_get_image(self, **request: Any) -> Answer:
        """The manifests of images by tag or digest, the one for a single platform by the digest that an index gives."""
        repository = self._repository(request)
        found, failures = [], []
        for image_id in request["imageIds"]:
            try:
                found.append(self._shown(repository, request["repositoryName"], image_id))
            except _Missing as missing:
                failure = {"failureCode": missing.code, "failureReason": missing.reason}
                failures.append({"imageId": image_id, **failure})
        return {"images": found, "failures": failures}

    def describe_images(self, **request: Any) -> Answer:
        """What the repository holds, or the images of those ids; untagged ones, which a push left behind, too."""
        repository = self._repository(request)
        digests = list(self._images.in_repository(repository))
        if asked := request.get("imageIds"):
            digests = list(dict.fromkeys(self._described(repository, request, each) for each in asked))
        digests = [each for each in digests if self._wanted(repository, each, request.get("filter") or {})]
        shown, more = page(digests, request.get("nextToken"), request.get("maxResults") or DESCRIBED_AT_ONCE)
        details = [self._detail(repository, request["repositoryName"], each) for each in shown]
        return {"imageDetails": details} | ({"nextToken": more} if more else {})

    def _repository(self, request: Answer) -> str:
        """The repository as image names begin with it."""
        name, account = request["repositoryName"], request.get("registryId") or self._account
        repository = f"{self._registry}/{name}"
        if account == self._account and self._images.in_repository(repository):
            return repository
        message = f"The repository with name '{name}' does not exist in the registry with id '{account}'"
        raise ApiError("RepositoryNotFoundException", message)

    def _described(self, repository: str, request: Answer, image_id: dict[str, str]) -> str:
        try:
            return self._digest(repository, image_id)
        except _Missing:
            asked = ", ".join(f"{key}:'{value}'" for key, value in sorted(image_id.items()))
            message = (
                f"The image with imageId {{{asked}}} does not exist within the repository with name "
                f"'{request['repositoryName']}' in the registry with id '{self._account}'"
            )
            raise ApiError("ImageNotFoundException", message) from None

    def _digest(self, repository: str, image_id: dict[str, str]) -> str:
        """The digest of what the id means. Raises _Missing."""
        tag, digest = image_id.get("imageTag"), image_id.get("imageDigest")
        if not tag and not digest:
            raise _Missing("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null")
        known = self._images.in_repository(repository)
        meant = self._images.digest(f"{repository}:{tag}") if tag else str(digest)
        if meant not in known:
            raise _Missing("ImageNotFound", "Requested image not found")
        if digest and meant != digest:
            raise _Missing("ImageTagDoesNotMatchDigest", "Requested tag does not map to specified digest")
        return meant

    def _shown(self, repository: str, name: str, image_id: dict[str, str]) -> Answer:
        if answer := self._platform(repository, name, image_id):
            return answer
        digest = self._digest(repository, image_id)
        tag = image_id.get("imageTag") or next(iter(self._images.tags(repository, digest)), None)
        shown = {"imageDigest": digest} | ({"imageTag": tag} if tag else {})
        image = self._images.in_repository(repository)[digest]
        return self._image(name, shown, manifest(image, digest), media_type(image))

    def _platform(self, repository: str, name: str, image_id: dict[str, str]) -> Answer | None:
        """The image for one platform of an index, which has a digest of its own and no tag."""
        for digest, image in self._indexes(repository):
            for each in platforms(image, digest):
                if each.digest == image_id.get("imageDigest"):
                    return self._image(name, {"imageDigest": each.digest}, platform_manifest(each.digest), each.media)
        return None

    def _indexes(self, repository: str) -> Iterator[tuple[str, Image]]:
        known = self._images.in_repository(repository)
        yield from ((digest, image) for digest, image in known.items() if len(image.architectures) > 1)

    def _image(self, name: str, image_id: dict[str, str], text: str, media: str) -> Answer:
        return {
            "registryId": self._account,
            "repositoryName": name,
            "imageId": image_id,
            "imageManifest": text,
            "imageManifestMediaType": media,
        }

    def _wanted(self, repository: str, digest: str, chosen: dict[str, str]) -> bool:
        tagged = "TAGGED" if self._images.tags(repository, digest) else "UNTAGGED"
        return chosen.get("tagStatus", "ANY") in ("ANY", tagged)

    def _detail(self, repository: str, name: str, digest: str) -> Answer:
        tags = self._images.tags(repository, digest)
        return {
            "registryId": self._account,
            "repositoryName": name,
            "imageDigest": digest,
            "imageSizeInBytes": SIZE_BYTES,
            "imagePushedAt": EPOCH,
            "imageManifestMediaType": media_type(self._images.in_repository(repository)[digest]),
        } | ({"imageTags": tags} if tags else {})
