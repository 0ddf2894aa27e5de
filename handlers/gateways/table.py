"""The rollout table: locks, plans, progress. One DynamoDB table, partition key `pk`.

lock#<cluster>#<group>   owner (rollout id), expires_at (epoch seconds), token (grows with each taker)
rollout#<rollout id>     plan (JSON, zlib), progress (JSON)

A plan has a placement for each service and stage, and an item holds 400 KB, so it is packed.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

from handlers.contract import AlreadyRunning, LeaseLost
from handlers.domain.observation import Progress
from handlers.domain.plan import Plan

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LEASE_SECONDS = 3600


class Table:
    """Reads and writes the rollout table."""

    def __init__(self, client: DynamoDBClient, name: str) -> None:
        self._client = client
        self._name = name

    def save_plan(self, plan: Plan, progress: Progress) -> None:
        """Write a rollout's plan once; a second call of the same rollout keeps what the first wrote."""
        try:
            self._client.put_item(
                TableName=self._name,
                Item={**_rollout_key(plan.rollout_id), "plan": {"B": _packed(plan.to_json())}, **_progress(progress)},
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def load(self, rollout_id: str) -> tuple[Plan, Progress] | None:
        """A rollout's plan and progress."""
        item = self._item(_rollout_key(rollout_id))
        if item is None:
            return None
        return (
            Plan.from_json(json.loads(zlib.decompress(item["plan"]["B"]))),
            Progress.from_json(json.loads(item["progress"]["S"])),
        )

    def save_progress(self, rollout_id: str, progress: Progress) -> None:
        """Write a rollout's progress."""
        self._client.update_item(
            TableName=self._name,
            Key=_rollout_key(rollout_id),
            UpdateExpression="SET progress = :progress",
            ExpressionAttributeValues={":progress": _progress(progress)["progress"]},
        )

    def take_lock(self, plan: Plan, now: float) -> None:
        """Take the node groups for this rollout, or take them again: all of them or none.

        Raises AlreadyRunning when another rollout holds one.
        """
        for taken, group in enumerate(plan.groups):
            try:
                self._take(plan, group, now)
            except self._client.exceptions.ConditionalCheckFailedException:
                for mine in plan.groups[:taken]:
                    self._release(plan, mine)
                raise AlreadyRunning(
                    f"Rollout {self.owner(plan.cluster, group)} holds {group} of cluster {plan.cluster}. "
                    "Wait for it to end, then start again."
                ) from None

    def extend_lock(self, plan: Plan, now: float) -> None:
        """Keep the leases for another while. Raises LeaseLost when one is no longer this rollout's."""
        for group in plan.groups:
            try:
                self._client.update_item(
                    TableName=self._name,
                    Key=_lock_key(plan.cluster, group),
                    UpdateExpression="SET expires_at = :until",
                    ConditionExpression="#owner = :me",
                    ExpressionAttributeNames={"#owner": "owner"},
                    ExpressionAttributeValues=_lease(plan, now),
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                raise LeaseLost(
                    f"{group} is held by {self.owner(plan.cluster, group) or 'nobody'} now, not by {plan.rollout_id}. "
                    "This rollout changes nothing any more."
                ) from None

    def release_lock(self, plan: Plan) -> None:
        """Give the node groups back, where this rollout holds them."""
        for group in plan.groups:
            self._release(plan, group)

    def owner(self, cluster: str, group: str) -> str | None:
        """Which rollout holds the node group."""
        item = self._item(_lock_key(cluster, group))
        return item["owner"]["S"] if item else None

    def _take(self, plan: Plan, group: str, now: float) -> None:
        self._client.update_item(
            TableName=self._name,
            Key=_lock_key(plan.cluster, group),
            UpdateExpression="SET #owner = :me, expires_at = :until ADD #token :one",
            ConditionExpression="attribute_not_exists(pk) OR #owner = :me OR expires_at < :now",
            ExpressionAttributeNames={"#owner": "owner", "#token": "token"},
            ExpressionAttributeValues={**_lease(plan, now), ":now": {"N": str(int(now))}, ":one": {"N": "1"}},
        )

    def _release(self, plan: Plan, group: str) -> None:
        try:
            self._client.delete_item(
                TableName=self._name,
                Key=_lock_key(plan.cluster, group),
                ConditionExpression="attribute_not_exists(pk) OR #owner = :me",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues={":me": {"S": plan.rollout_id}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def _item(self, key: dict[str, Any]) -> dict[str, Any] | None:
        return self._client.get_item(TableName=self._name, Key=key, ConsistentRead=True).get("Item")


def _rollout_key(rollout_id: str) -> dict[str, Any]:
    return {"pk": {"S": f"rollout#{rollout_id}"}}


def _lock_key(cluster: str, group: str) -> dict[str, Any]:
    return {"pk": {"S": f"lock#{cluster}#{group}"}}


def _lease(plan: Plan, now: float) -> dict[str, Any]:
    return {":me": {"S": plan.rollout_id}, ":until": {"N": str(int(now) + LEASE_SECONDS)}}


def _progress(progress: Progress) -> dict[str, Any]:
    return _json("progress", progress.to_json())


def _packed(value: dict[str, Any]) -> bytes:
    return zlib.compress(json.dumps(value, sort_keys=True).encode())


def _json(name: str, value: dict[str, Any]) -> dict[str, Any]:
    return {name: {"S": json.dumps(value, sort_keys=True)}}
