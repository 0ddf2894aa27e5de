"""EC2 Image Builder: what a pipeline made last."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_imagebuilder import ImagebuilderClient


class Pipelines:
    """Reads pipelines."""

    def __init__(self, client: Callable[[], ImagebuilderClient]) -> None:
        self._client = client

    def newest_image(self, arn: str, region: str) -> str | None:
        """The AMI that the pipeline's latest AVAILABLE image put into that Region; None where there is none."""
        pages = self._client().get_paginator("list_image_pipeline_images").paginate(imagePipelineArn=arn)
        made = [each for page in pages for each in page["imageSummaryList"] if each["state"]["status"] == "AVAILABLE"]
        for item in sorted(made, key=lambda each: each["dateCreated"], reverse=True):
            for ami in item["outputResources"]["amis"]:
                if ami["region"] == region:
                    return ami["image"]
        return None
