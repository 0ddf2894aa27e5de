"""AWS Systems Manager Parameter Store: where AMI ids are published."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


class Ssm:
    """Reads parameters."""

    def __init__(self, client: SSMClient) -> None:
        self._client = client

    def image_id(self, name: str) -> str | None:
        """The AMI id in a parameter, plain or as `image_id` of a JSON object; None where there is no such parameter."""
        try:
            value = self._client.get_parameter(Name=name)["Parameter"]["Value"]
        except self._client.exceptions.ParameterNotFound:
            return None
        if value.lstrip().startswith("{"):
            return str(json.loads(value).get("image_id", ""))
        return value.strip()
