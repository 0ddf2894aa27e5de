"""ECS's error codes as exceptions that moto's serialiser sends out.

They live outside of moto's modules on purpose: a ServiceException of moto's own cannot be raised by a foreign class.
The codes are those of botocore's ECS model.
"""

from moto.core.exceptions import ServiceException


class EcsError(ServiceException):
    """An error the client sees as botocore's ClientError with `code`."""

    code = "ClientException"

    def __init__(self, message: str) -> None:
        super().__init__(self.code, message)


class ClientError(EcsError):
    """The request cannot be carried out on the resource as it is."""

    code = "ClientException"


class InvalidParameter(EcsError):
    """A parameter is wrong, or wrong for the state that the resource is in."""

    code = "InvalidParameterException"


class ClusterNotFound(EcsError):
    """No ACTIVE cluster has that name."""

    code = "ClusterNotFoundException"

    def __init__(self) -> None:
        super().__init__("Cluster not found.")


class ServiceNotFound(EcsError):
    """The cluster has no such service."""

    code = "ServiceNotFoundException"

    def __init__(self) -> None:
        super().__init__("Service not found.")


class ServiceNotActive(EcsError):
    """The service was deleted."""

    code = "ServiceNotActiveException"

    def __init__(self) -> None:
        super().__init__("Service was not ACTIVE.")


class TargetNotFound(EcsError):
    """The attribute's target is no container instance of this cluster."""

    code = "TargetNotFoundException"


class AttributeLimitExceeded(EcsError):
    """More than ten custom attributes on one resource."""

    code = "AttributeLimitExceededException"


class ResourceInUse(EcsError):
    """Tasks or services still use it."""

    code = "ResourceInUseException"


class ClusterContainsContainerInstances(EcsError):
    """A cluster is deleted only when no container instance is registered."""

    code = "ClusterContainsContainerInstancesException"


class ClusterContainsServices(EcsError):
    """A cluster is deleted only when no service is left."""

    code = "ClusterContainsServicesException"


class UpdateInProgress(EcsError):
    """The cluster's capacity providers are being updated."""

    code = "UpdateInProgressException"


class Conflict(EcsError):
    """The resource's state does not allow it."""

    code = "ConflictException"


class ServiceDeploymentNotFound(EcsError):
    """No service has that service deployment."""

    code = "ServiceDeploymentNotFoundException"

    def __init__(self) -> None:
        super().__init__("The specified service deployment was not found.")


class NotSimulated(EcsError):
    """ECS has this operation, this region does not."""

    code = "UnsupportedFeatureException"

    def __init__(self, operation: str) -> None:
        super().__init__(f"The simulated region does not have ecs:{operation}.")
