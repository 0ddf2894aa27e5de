"""Capacity providers: of which groups they are, how they scale them, and which ones a cluster has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from handlers.aws.batches import batches
from handlers.domain.model.group_record import ProviderSettings
from handlers.domain.model.placement import Share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_ecs import ECSClient

DESCRIBE = 100
REFUSED = "ClientException"
UPDATING = "UPDATE_IN_PROGRESS"
IN_PROGRESS = "_IN_PROGRESS"


@dataclass(frozen=True)
class Associated:
    """The capacity providers of a cluster, and its default strategy.

    `updating`: ECS is at it still; PutClusterCapacityProviders answers before it has done it (`attachmentsStatus`).
    """

    names: tuple[str, ...]
    default: tuple[Share, ...]
    updating: bool = False


class CapacityProviders:
    """What a rollout reads of capacity providers and asks of them."""

    def __init__(self, client: ECSClient) -> None:
        self._client = client

    def of_cluster(self, cluster: str) -> Associated:
        """The capacity providers of the cluster, and its default strategy."""
        answer = self._client.describe_clusters(clusters=[cluster], include=["ATTACHMENTS"])  # shown only if asked for
        found: dict[str, Any] = dict(answer["clusters"][0])
        return Associated(
            tuple(found.get("capacityProviders", [])),
            strategy_of(found.get("defaultCapacityProviderStrategy", [])),
            updating=found.get("attachmentsStatus") == UPDATING,
        )

    def put(self, cluster: str, names: Sequence[str], default: Sequence[Share]) -> None:
        """Associate exactly these providers with the cluster; the call drops what it does not name."""
        self._client.put_cluster_capacity_providers(
            cluster=cluster,
            capacityProviders=list(names),
            defaultCapacityProviderStrategy=[item_of(share) for share in default],  # type: ignore[misc]
        )

    def create(self, settings: ProviderSettings, group_arn: str, like: str | None) -> None:
        """A provider for that group, with the managed draining and the tags of `like`; one that is there stays."""
        found = self._client.describe_capacity_providers(capacityProviders=[like], include=["TAGS"]) if like else None
        model: dict[str, Any] = dict(found["capacityProviders"][0]) if found else {}
        tags = [tag for tag in model.get("tags", []) if not tag["key"].startswith("aws:")]
        tagged: dict[str, Any] = {"tags": tags} if tags else {}
        provider: dict[str, Any] = {
            "autoScalingGroupArn": group_arn,
            "managedScaling": settings.managed_scaling,
            "managedTerminationProtection": settings.managed_termination_protection,
            "managedDraining": model.get("autoScalingGroupProvider", {}).get("managedDraining", "ENABLED"),
        }
        try:
            self._client.create_capacity_provider(
                name=settings.name,
                autoScalingGroupProvider=provider,  # type: ignore[arg-type]
                **tagged,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != REFUSED or self.find(settings.name) is None:
                raise

    def delete(self, name: str) -> None:
        """Ask for a provider's deletion; read back whether it is gone.

        ECS answers before it has deleted it, and HTTP 200 with `updateStatus` DELETE_FAILED for one in use. For one
        that is gone already it refuses.
        """
        try:
            self._client.delete_capacity_provider(capacityProvider=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != REFUSED:
                raise

    def groups(self, names: Sequence[str]) -> dict[str, str]:
        """The Auto Scaling group's name of each of those capacity providers that has one."""
        found: dict[str, str] = {}
        for some in batches(names, DESCRIBE):
            for provider in self._client.describe_capacity_providers(capacityProviders=some)["capacityProviders"]:
                group = provider.get("autoScalingGroupProvider")
                if group and provider["status"] != "INACTIVE":
                    found[provider["name"]] = group["autoScalingGroupArn"].rsplit("/", 1)[-1]
        return found

    def changing(self, name: str) -> bool:
        """Whether ECS is making, changing or deleting the provider; one that is not there is not."""
        found = self._client.describe_capacity_providers(capacityProviders=[name])["capacityProviders"]
        return any(
            each["status"] in ("PROVISIONING", "DEPROVISIONING") or each.get("updateStatus", "").endswith(IN_PROGRESS)
            for each in found
        )

    def settings(self, name: str) -> ProviderSettings:
        """How a capacity provider scales and protects its group. Raises RuntimeError where there is none."""
        found = self.find(name)
        if found is None:
            raise RuntimeError(f"ECS does not show the capacity provider {name}. Was it deleted? Start anew if not.")
        return found

    def find(self, name: str) -> ProviderSettings | None:
        """The same; None where there is none, or where ECS does not show it yet."""
        found = self._client.describe_capacity_providers(capacityProviders=[name])["capacityProviders"]
        if not found:
            return None
        group = found[0]["autoScalingGroupProvider"]
        return ProviderSettings(
            name=name,
            managed_scaling=dict(group.get("managedScaling", {})),
            managed_termination_protection=group.get("managedTerminationProtection", "DISABLED"),
        )

    def set(self, settings: ProviderSettings) -> None:
        """Bring a capacity provider to those settings; one that is not there needs none, which reading back shows."""
        protection: Any = settings.managed_termination_protection
        scaling: Any = settings.managed_scaling
        try:
            self._client.update_capacity_provider(
                name=settings.name,
                autoScalingGroupProvider={"managedScaling": scaling, "managedTerminationProtection": protection},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != REFUSED or self.find(settings.name) is not None:
                raise


def strategy_of(items: Sequence[dict[str, Any]]) -> tuple[Share, ...]:
    """A capacity provider strategy in our own type, in one order."""
    return tuple(sorted(Share(item["capacityProvider"], item.get("base", 0), item.get("weight", 0)) for item in items))


def item_of(share: Share) -> dict[str, Any]:
    """One of its items as the API has it."""
    return {"capacityProvider": share.provider, "base": share.base, "weight": share.weight}
