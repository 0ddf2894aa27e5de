"""AWS Systems Manager Parameter Store: where AMI ids are published."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


class Ssm:
    """Reads parameters, and publishes AMI ids in some."""

    def __init__(self, client: SSMClient) -> None:
        self._client = client

    def image_id(self, name: str) -> str | None:
        """The AMI id in a parameter, plain or as `image_id` of a JSON object; None where there is no such parameter."""
        found = self.parameter(name)
        return found[0] if found else None

    def version(self, name: str) -> int:
        """Which version a parameter is at; 0 where there is none."""
        found = self.parameter(name)
        return found[1] if found else 0

    def parameter(self, name: str) -> tuple[str, int] | None:
        """The AMI id in a parameter, and the parameter's version."""
        try:
            found = self._client.get_parameter(Name=name)["Parameter"]
        except self._client.exceptions.ParameterNotFound:
            return None
        return _image_id(found["Value"]), found["Version"]

    def below(self, path: str) -> dict[str, str]:
        """The values of all parameters below a path, by name."""
        pages = self._client.get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True)
        return {parameter["Name"]: parameter["Value"] for page in pages for parameter in page["Parameters"]}

    def publish(self, name: str, image_id: str) -> bool:
        """Give a parameter that AMI id; False, and no new version, where it has it."""
        found = self.parameter(name)
        if found is not None and found[0] == image_id:
            return False
        self._client.put_parameter(Name=name, Value=image_id, Type="String", Overwrite=True)
        return True


def _image_id(value: str) -> str:
    """The text itself where it is no JSON object: what is wrong with it, whoever looks for such an AMI says."""
    try:
        found = json.loads(value)
    except ValueError:
        return value.strip()
    return str(found.get("image_id", "")) if isinstance(found, dict) else value.strip()
