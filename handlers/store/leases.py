"""Leases: which rollout has a node group, and which execution may act for it. In the rollout table, one item a group.

lock#<cluster>#<group>   owner (rollout id), holder (execution name), token (grows with each holder), expires_at (epoch)

An execution that was stopped leaves its lease behind. Another one takes it over: the rollout stays the owner, the
holder and the token change, and whoever held it before changes nothing any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.domain.model.plan import Plan
from handlers.errors import AlreadyRunning, LeaseLost

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


LEASE_SECONDS = 3600
LOCK = "lock#"
NAMES = {"#owner": "owner", "#holder": "holder"}


@dataclass(frozen=True)
class Lease:
    """A lease as it stands; `expires_at` is epoch seconds."""

    owner: str
    holder: str
    token: int
    expires_at: float

    @property
    def extended_at(self) -> float:
        """When its holder was last heard of, as epoch seconds."""
        return self.expires_at - LEASE_SECONDS


class Leases:
    """Takes, extends, hands over and releases leases, each by a conditional write."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, cluster: str, group: str) -> Lease | None:
        """The lease of a node group; None where nobody has it."""
        key = _key(cluster, group)
        item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return None if item is None else _read(item)

    def locks(self, plan: Plan) -> tuple[str, list[dict[str, Any]]]:
        """The table's name, and the keys of the items that hold the rollout's node groups."""
        return self._table, [_key(plan.cluster, group) for group in plan.groups]

    def all(self) -> dict[str, Lease]:
        """The leases of all node groups, by cluster and group."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            ConsistentRead=True,
            FilterExpression="begins_with(pk, :lock)",
            ExpressionAttributeValues={":lock": {"S": LOCK}},
        )
        items = [item for page in pages for item in page["Items"]]
        return {item["pk"]["S"].removeprefix(LOCK).replace("#", "/"): _read(item) for item in items}

    def owner(self, cluster: str, group: str) -> str | None:
        """Which rollout has the node group."""
        lease = self.read(cluster, group)
        return lease.owner if lease else None

    def take(self, plan: Plan, holder: str, now: float) -> None:
        """Take the node groups for this rollout, or take them again: all of them or none.

        Raises AlreadyRunning when another rollout has one.
        """
        for taken, group in enumerate(plan.groups):
            try:
                self._change(
                    plan, group,
                    "SET #owner = :me, #holder = :holder, expires_at = :until ADD #token :one",
                    "attribute_not_exists(pk) OR (#owner = :me AND #holder = :holder)",
                    {**_lease(plan, holder, now), ":one": {"N": "1"}},
                    {"#token": "token"},
                )  # fmt: skip
            except self._client.exceptions.ConditionalCheckFailedException:
                for mine in plan.groups[:taken]:
                    self._release(plan, mine, holder)
                raise AlreadyRunning(
                    f"Rollout {self.owner(plan.cluster, group)} holds {group} of cluster {plan.cluster}. "
                    "Wait for it to end, then start again."
                ) from None

    def extend(self, plan: Plan, holder: str, now: float) -> None:
        """Keep the leases for another while. Raises LeaseLost when one is no longer this execution's."""
        for group in plan.groups:
            try:
                mine = "#owner = :me AND #holder = :holder"
                self._change(plan, group, "SET expires_at = :until", mine, _lease(plan, holder, now))
            except self._client.exceptions.ConditionalCheckFailedException:
                raise LeaseLost(self._lost(plan, group, holder)) from None

    def take_over(self, plan: Plan, observation: Lease, holder: str, now: float) -> None:
        """Act for the rollout from now on, instead of the holder that was seen; done twice equals done once.

        Raises AlreadyRunning when another actor was quicker, or the old holder lives after all.
        """
        for group in plan.groups:
            try:
                self._change(
                    plan, group,
                    "SET #owner = :me, #holder = :holder, expires_at = :until, #token = :next",
                    "attribute_not_exists(pk) OR (#owner = :me AND (#holder = :before OR #holder = :holder))",
                    {
                        **_lease(plan, holder, now),
                        ":before": {"S": observation.holder},
                        ":next": {"N": str(observation.token + 1)},
                    },
                    {"#token": "token"},
                )  # fmt: skip
            except self._client.exceptions.ConditionalCheckFailedException:
                raise AlreadyRunning(
                    f"{group} of cluster {plan.cluster} was taken over by another actor meanwhile. "
                    "Look at the executions that run."
                ) from None

    def check(self, plan: Plan, holder: str) -> None:
        """Raise LeaseLost unless the rollout and this execution have the first of its node groups still."""
        lease = self.read(plan.cluster, plan.group)
        if lease is None or (lease.owner, lease.holder) != (plan.rollout_id, holder):
            raise LeaseLost(self._lost(plan, plan.group, holder))

    def release(self, plan: Plan, holder: str) -> None:
        """Give the node groups back, where this execution has them."""
        for group in plan.groups:
            self._release(plan, group, holder)

    def _lost(self, plan: Plan, group: str, holder: str) -> str:
        lease = self.read(plan.cluster, group)
        if lease is None:
            return (
                f"{group} is held by nobody now: rollout {plan.rollout_id} has ended. A redrive cannot revive it; "
                "start a new execution with the same input."
            )
        return (
            f"{group} is held by rollout {lease.owner}, execution {lease.holder}, now, not by {holder}. "
            "This execution changes nothing any more."
        )

    def _release(self, plan: Plan, group: str, holder: str) -> None:
        try:
            self._client.delete_item(
                TableName=self._table,
                Key=_key(plan.cluster, group),
                ConditionExpression="attribute_not_exists(pk) OR (#owner = :me AND #holder = :holder)",
                ExpressionAttributeNames=NAMES,
                ExpressionAttributeValues={":me": {"S": plan.rollout_id}, ":holder": {"S": holder}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def _change(
        self,
        plan: Plan,
        group: str,
        change: str,
        condition: str,
        values: dict[str, Any],
        names: dict[str, str] | None = None,
    ) -> None:
        self._client.update_item(
            TableName=self._table,
            Key=_key(plan.cluster, group),
            UpdateExpression=change,
            ConditionExpression=condition,
            ExpressionAttributeNames={**NAMES, **(names or {})},
            ExpressionAttributeValues=values,
        )


def _key(cluster: str, group: str) -> dict[str, Any]:
    return {"pk": {"S": f"{LOCK}{cluster}#{group}"}}


def _read(item: dict[str, Any]) -> Lease:
    token, expires_at = int(item["token"]["N"]), float(item["expires_at"]["N"])
    return Lease(item["owner"]["S"], item["holder"]["S"], token, expires_at)


def _lease(plan: Plan, holder: str, now: float) -> dict[str, Any]:
    return {
        ":me": {"S": plan.rollout_id},
        ":holder": {"S": holder},
        ":until": {"N": str(int(now) + LEASE_SECONDS)},
    }
