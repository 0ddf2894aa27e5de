"""The launch template operations of EC2's API, by the API's own parameter names."""

from typing import Any

from simulator.api.dispatch import ApiError
from simulator.api.pages import page
from simulator.aws.ec2.errors import dry_run, image_not_found, invalid_value, missing, template_version_not_found
from simulator.aws.ec2.filters import Reader, matching
from simulator.aws.ec2.network import ACCOUNT
from simulator.aws.ec2.region import Ec2
from simulator.aws.ec2.templates import Data, LaunchTemplate, TemplateVersion

Answer = dict[str, Any]

LONGEST_TOKEN = 128
"""botocore (ClientToken): "Constraint: Maximum 128 ASCII characters."."""
MOST_VERSIONS = 10_000
"""EC2 guide, "Launch template restrictions": 10,000 versions a launch template."""
DEFAULT_PAGE = 200

_CREATOR = f"arn:aws:iam::{ACCOUNT}:root"


class TemplateOperations:
    """CreateLaunchTemplate and its kin."""

    ec2: Ec2

    def create_launch_template(self, **request: Any) -> Answer:
        """A template with version 1."""
        _refuse_dry_run(request)
        if not request.get("LaunchTemplateName"):
            raise missing("The request must contain the parameter LaunchTemplateName")
        template = self.ec2.templates.create(
            request["LaunchTemplateName"],
            _data(request),
            request.get("VersionDescription"),
            _tags(request, "launch-template"),
            _token(request),
        )
        return {"LaunchTemplate": _template(template)} | self._warning(template.version("$Latest").data)

    def create_launch_template_version(self, **request: Any) -> Answer:
        """A version; `Warning` says what in it would not launch.

        (botocore: "If the new version ... contains
        parameters or parameter combinations that are not valid, an error code and an error message are returned").
        """
        template = self._named(request)
        _refuse_dry_run(request)
        if len(template.versions) >= MOST_VERSIONS:
            raise ApiError("VersionLimitExceeded", f"{template.template_id} has {MOST_VERSIONS} versions.")
        version = self.ec2.templates.create_version(
            template, _data(request), request.get("SourceVersion"), request.get("VersionDescription"), _token(request)
        )
        shown = self._version(template, version, resolve=bool(request.get("ResolveAlias")))
        return {"LaunchTemplateVersion": shown} | self._warning(version.data)

    def modify_launch_template(self, **request: Any) -> Answer:
        """Another default version."""
        _refuse_dry_run(request)
        template = self._named(request)
        wanted = request.get("SetDefaultVersion") or request.get("DefaultVersion")
        if wanted:
            template.default = template.version(str(wanted)).number
        return {"LaunchTemplate": _template(template)}

    def delete_launch_template(self, **request: Any) -> Answer:
        """The template and all its versions go."""
        _refuse_dry_run(request)
        template = self._named(request)
        self.ec2.templates.delete(template)
        return {"LaunchTemplate": _template(template)}

    def delete_launch_template_versions(self, **request: Any) -> Answer:
        """Each version by itself: what could not be deleted is listed, with HTTP 200."""
        _refuse_dry_run(request)
        template = self._named(request)
        gone: list[Answer] = []
        kept: list[Answer] = []
        for wanted in request.get("Versions", []):
            number = int(wanted) if str(wanted).isdecimal() else 0
            entry = {"LaunchTemplateId": template.template_id, "LaunchTemplateName": template.name}
            if refusal := _why_not(template, number, str(wanted)):
                kept.append({**entry, "VersionNumber": number, "ResponseError": refusal})
            else:
                del template.versions[number]
                gone.append({**entry, "VersionNumber": number})
        return {
            "SuccessfullyDeletedLaunchTemplateVersions": gone,
            "UnsuccessfullyDeletedLaunchTemplateVersions": kept,
        }

    def describe_launch_templates(self, **request: Any) -> Answer:
        """All, or those of the ids and names: an unknown one is an error."""
        _refuse_dry_run(request)
        templates = self.ec2.templates
        chosen = [templates.find(template_id, None) for template_id in request.get("LaunchTemplateIds", [])]
        chosen += [templates.find(None, name) for name in request.get("LaunchTemplateNames", [])]
        if not (request.get("LaunchTemplateIds") or request.get("LaunchTemplateNames")):
            chosen = list(templates)
        chosen = matching(chosen, request.get("Filters", []), _TEMPLATE_READERS, lambda template: template.tags)
        shown, token = page(chosen, request.get("NextToken"), int(request.get("MaxResults") or DEFAULT_PAGE))
        return {"LaunchTemplates": [_template(template) for template in shown], "NextToken": token}

    def describe_launch_template_versions(self, **request: Any) -> Answer:
        """Versions of one template, newest first; or, without a template, every template's $Latest or $Default."""
        _refuse_dry_run(request)
        chosen = self._chosen(request)
        chosen = matching(chosen, request.get("Filters", []), _VERSION_READERS, lambda _pair: {})
        shown, token = page(chosen, request.get("NextToken"), int(request.get("MaxResults") or DEFAULT_PAGE))
        resolve = bool(request.get("ResolveAlias"))
        versions = [self._version(template, version, resolve=resolve) for template, version in shown]
        return {"LaunchTemplateVersions": versions, "NextToken": token}

    def _chosen(self, request: dict[str, Any]) -> list[tuple[LaunchTemplate, TemplateVersion]]:
        wanted = [str(version) for version in request.get("Versions", [])]
        if not (request.get("LaunchTemplateId") or request.get("LaunchTemplateName")):
            if not wanted or not {"$Latest", "$Default"}.issuperset(wanted):
                raise missing("Specify a launch template, or $Latest or $Default for the versions of all of them.")
            return [(template, template.version(version)) for template in self.ec2.templates for version in wanted]
        template = self._named(request)
        if wanted:
            return [(template, template.version(version)) for version in wanted]
        low, high = int(request.get("MinVersion") or 1), int(request.get("MaxVersion") or template.latest)
        return [(template, template.versions[n]) for n in sorted(template.versions, reverse=True) if low <= n <= high]

    def _named(self, request: dict[str, Any]) -> LaunchTemplate:
        return self.ec2.templates.find(request.get("LaunchTemplateId"), request.get("LaunchTemplateName"))

    def _version(self, template: LaunchTemplate, version: TemplateVersion, *, resolve: bool) -> Answer:
        data = version.data
        if resolve and "ImageId" in data:
            data = {**data, "ImageId": self.ec2.images.resolve(data["ImageId"])}
        return {
            "LaunchTemplateId": template.template_id,
            "LaunchTemplateName": template.name,
            "VersionNumber": version.number,
            "VersionDescription": version.description,
            "CreateTime": version.created,
            "CreatedBy": _CREATOR,
            "DefaultVersion": version.number == template.default,
            "LaunchTemplateData": data,
        }

    def _warning(self, data: Data) -> Answer:
        image = data.get("ImageId")
        if not image or image.startswith("resolve:") or self.ec2.images.exists(image):
            return {}
        error = image_not_found([image])
        return {"Warning": {"Errors": [{"Code": error.code, "Message": error.message}]}}


_TEMPLATE_READERS: dict[str, Reader[LaunchTemplate]] = {"launch-template-name": lambda template: template.name}

_VERSION_READERS: dict[str, Reader[tuple[LaunchTemplate, TemplateVersion]]] = {
    "image-id": lambda pair: pair[1].data.get("ImageId"),
    "instance-type": lambda pair: pair[1].data.get("InstanceType"),
    "is-default-version": lambda pair: str(pair[1].number == pair[0].default).lower(),
}


def _template(template: LaunchTemplate) -> Answer:
    return {
        "LaunchTemplateId": template.template_id,
        "LaunchTemplateName": template.name,
        "CreateTime": template.created,
        "CreatedBy": _CREATOR,
        "DefaultVersionNumber": template.default,
        "LatestVersionNumber": max(template.versions),
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(template.tags.items())],
    }


def _why_not(template: LaunchTemplate, number: int, wanted: str) -> Answer | None:
    """Why this version cannot be deleted. botocore: "You can't delete the default version of a launch template"."""
    if number not in template.versions:
        error = template_version_not_found(template.template_id, wanted)
        return {"Code": "launchTemplateVersionDoesNotExist", "Message": error.message}
    if number == template.default:
        return {"Code": "unexpectedError", "Message": "Cannot delete the default version of the launch template."}
    return None


def _data(request: dict[str, Any]) -> Data:
    if not request.get("LaunchTemplateData") and not request.get("SourceVersion"):
        raise missing("The request must contain the parameter LaunchTemplateData")
    return dict(request.get("LaunchTemplateData") or {})


def _token(request: dict[str, Any]) -> str | None:
    token = request.get("ClientToken")
    if token is not None and len(token) > LONGEST_TOKEN:
        raise invalid_value(f"The client token is longer than {LONGEST_TOKEN} characters.")
    return token


def _tags(request: dict[str, Any], kind: str) -> dict[str, str]:
    specifications = request.get("TagSpecifications", [])
    return {tag["Key"]: tag["Value"] for item in specifications if item["ResourceType"] == kind for tag in item["Tags"]}


def _refuse_dry_run(request: dict[str, Any]) -> None:
    if request.get("DryRun"):
        raise dry_run()
