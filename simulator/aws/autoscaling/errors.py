"""Auto Scaling's errors as the region raises them (botocore `autoscaling/2011-01-01` for the codes)."""

from collections.abc import Iterable

from simulator.api.dispatch import ApiError


def invalid(message: str) -> ApiError:
    """A parameter that Auto Scaling does not accept."""
    return ApiError("ValidationError", message)


def group_not_found(name: str) -> ApiError:
    """No group of this name."""
    return invalid(f"AutoScalingGroup name not found - AutoScalingGroup {name} not found")


def group_exists(name: str) -> ApiError:
    """Names of groups are unique."""
    message = f"AutoScalingGroup by this name already exists - A group with the name {name} already exists"
    return ApiError("AlreadyExists", message)


def instance_not_found(instance_ids: Iterable[str]) -> ApiError:
    """No group manages such an instance."""
    return invalid(f"Instance Id not found - No managed instance found for instance ID: {', '.join(instance_ids)}")


def target_not_reached(target: str | None, role: str | None) -> ApiError:
    """A hook's notification target takes no test message (aws-cdk issue 1212)."""
    return invalid(
        f"Unable to publish test message to notification target {target} using IAM role {role}. "
        "Please check your target and role configuration and try to put lifecycle hook again."
    )


def activity_in_progress(message: str) -> ApiError:
    """The group is busy or cools down."""
    return ApiError("ScalingActivityInProgress", message)


def in_use(message: str) -> ApiError:
    """The resource still has instances or activities."""
    return ApiError("ResourceInUse", message)
