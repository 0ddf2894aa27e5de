"""EC2's error codes (documentation page "Error codes for the Amazon EC2 API") as the region raises them."""

from collections.abc import Sequence

from simulator.api.dispatch import ApiError


def template_id_not_found(template_id: str) -> ApiError:
    """No launch template has this id."""
    message = f"The specified launch template, with template ID {template_id}, does not exist."
    return ApiError("InvalidLaunchTemplateId.NotFound", message)


def template_name_not_found(name: str) -> ApiError:
    """No launch template has this name."""
    message = f"The specified launch template, with template name {name}, does not exist."
    return ApiError("InvalidLaunchTemplateName.NotFoundException", message)


def template_version_not_found(template_id: str, version: str) -> ApiError:
    """The launch template has no such version, or not any more."""
    message = f"Could not find the specified version {version} for the launch template with ID {template_id}."
    return ApiError("InvalidLaunchTemplateId.VersionNotFound", message)


def template_name_taken(name: str) -> ApiError:
    """Names of launch templates are unique."""
    message = f"Launch template name already in use: {name}."
    return ApiError("InvalidLaunchTemplateName.AlreadyExistsException", message)


def token_reused(token: str) -> ApiError:
    """A client token came again with other parameters."""
    message = f"Client token already used before: {token}, with different parameters."
    return ApiError("IdempotentParameterMismatch", message)


def image_not_found(image_ids: Sequence[str]) -> ApiError:
    """The image was never there, or it was deregistered."""
    several = f"ids '[{', '.join(image_ids)}]' do" if len(image_ids) > 1 else f"id '[{image_ids[0]}]' does"
    return ApiError("InvalidAMIID.NotFound", f"The image {several} not exist")


def instance_not_found(instance_ids: Sequence[str]) -> ApiError:
    """No instance has these ids."""
    several = f"IDs '{', '.join(instance_ids)}' do" if len(instance_ids) > 1 else f"ID '{instance_ids[0]}' does"
    return ApiError("InvalidInstanceID.NotFound", f"The instance {several} not exist")


def malformed_id(kind: str, given: str) -> ApiError:
    """An id that cannot be one: `kind` is EC2's prefix of the code, such as InvalidInstanceID."""
    return ApiError(f"{kind}.Malformed", f'Invalid id: "{given}"')


def invalid_value(message: str) -> ApiError:
    """A parameter's value is out of its range."""
    return ApiError("InvalidParameterValue", message)


def invalid_combination(message: str) -> ApiError:
    """Two parameters exclude each other."""
    return ApiError("InvalidParameterCombination", message)


def missing(message: str) -> ApiError:
    """A parameter is required."""
    return ApiError("MissingParameter", message)


def not_simulated(what: str) -> ApiError:
    """EC2 has it, this region does not."""
    return ApiError("UnsupportedOperation", f"The simulated region does not have {what}.")


def dry_run() -> ApiError:
    """What every call with DryRun answers when it would have worked."""
    return ApiError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
