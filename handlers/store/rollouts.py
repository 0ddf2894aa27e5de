"""The rollout table: what rollouts planned and how far they are. One DynamoDB table, partition key `pk`.

rollout#<rollout id>         plan (JSON, zlib), progress (JSON), holder (execution name), asked (the input as JSON)
execution#<execution name>   rollout: which rollout an execution took over, or is to take over
start#<execution name>       an execution of that name was started by itself: Step Functions forgets it, this does not

A plan has a placement for each service and stage, and an item holds 400 KB, so it is packed.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from handlers.domain.model.plan import Plan
from handlers.domain.model.progress import Progress
from handlers.errors import LeaseLost

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class Saved:
    """A rollout as the table has it. `asked` is the input that it was started with."""

    plan: Plan
    progress: Progress
    holder: str
    asked: dict[str, Any]


class Table:
    """Reads and writes the rollout table."""

    def __init__(self, client: DynamoDBClient, name: str) -> None:
        self._client = client
        self._name = name

    def save_plan(self, plan: Plan, progress: Progress, asked: dict[str, Any]) -> None:
        """Write a rollout's plan once; a second call of the same rollout keeps what the first wrote."""
        item = {
            **_rollout_key(plan.rollout_id),
            "plan": {"B": zlib.compress(as_json(plan).encode())},
            "holder": {"S": plan.rollout_id},
            "asked": {"S": as_json(asked)},
            **_progress(progress),
        }
        try:
            self._client.put_item(TableName=self._name, Item=item, ConditionExpression="attribute_not_exists(pk)")
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def load(self, rollout_id: str) -> Saved | None:
        """A rollout as it was saved."""
        item = self._item(_rollout_key(rollout_id))
        if item is None:
            return None
        return Saved(
            _plan(item["plan"]["B"]),
            Progress.from_json(json.loads(item["progress"]["S"])),
            item["holder"]["S"],
            json.loads(item["asked"]["S"]),
        )

    def save_progress(self, rollout_id: str, progress: Progress, holder: str) -> None:
        """Write a rollout's progress. Raises LeaseLost where another execution acts for it now."""
        try:
            self._client.update_item(
                TableName=self._name,
                Key=_rollout_key(rollout_id),
                UpdateExpression="SET progress = :progress",
                ConditionExpression="holder = :holder",
                ExpressionAttributeValues={":progress": _progress(progress)["progress"], ":holder": {"S": holder}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise LeaseLost(
                f"Another execution acts for rollout {rollout_id} now; {holder} changes nothing any more."
            ) from None

    def take_over(self, rollout_id: str, holder: str) -> None:
        """From now on that execution acts for the rollout, and is found by its name."""
        self._client.update_item(
            TableName=self._name,
            Key=_rollout_key(rollout_id),
            UpdateExpression="SET holder = :holder",
            ExpressionAttributeValues={":holder": {"S": holder}},
        )
        self.announce(rollout_id, holder)

    def announce(self, rollout_id: str, execution: str) -> None:
        """An execution of that name acts for the rollout, or is to: it is found by its name, whatever becomes of it."""
        pointer = {"pk": {"S": f"execution#{execution}"}, "rollout": {"S": rollout_id}}
        self._client.put_item(TableName=self._name, Item=pointer)

    def pass_on(self, rollout_id: str, holder: str, successor: str) -> None:
        """From now on the successor acts for the rollout, in place of that holder; where it does already, it does."""
        try:
            self._client.update_item(
                TableName=self._name,
                Key=_rollout_key(rollout_id),
                UpdateExpression="SET holder = :successor",
                ConditionExpression="holder = :holder",
                ExpressionAttributeValues={":holder": {"S": holder}, ":successor": {"S": successor}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def rollout_of(self, execution: str) -> str:
        """Which rollout an execution acts or acted for: the one that it took over, else its own."""
        item = self._item({"pk": {"S": f"execution#{execution}"}})
        return item["rollout"]["S"] if item else execution

    def was_started(self, execution: str) -> bool:
        """Whether an execution of that name was started by itself once."""
        return self._item(_start_key(execution)) is not None

    def note_start(self, execution: str) -> None:
        """Write down that an execution of that name was started by itself; done twice equals done once."""
        self._client.put_item(TableName=self._name, Item=_start_key(execution))

    def _item(self, key: dict[str, Any]) -> dict[str, Any] | None:
        return self._client.get_item(TableName=self._name, Key=key, ConsistentRead=True).get("Item")


def _rollout_key(rollout_id: str) -> dict[str, Any]:
    return {"pk": {"S": f"rollout#{rollout_id}"}}


def _start_key(execution: str) -> dict[str, Any]:
    return {"pk": {"S": f"start#{execution}"}}


def _progress(progress: Progress) -> dict[str, Any]:
    return {"progress": {"S": as_json(progress)}}


@lru_cache(maxsize=4)
def _plan(packed: bytes) -> Plan:
    """A plan never changes once it is written, so a function that stays warm reads it once."""
    return Plan.from_json(json.loads(zlib.decompress(packed)))


def as_json(value: object) -> str:
    """What the table keeps of a plan or a progress: parts by their fields."""
    return json.dumps(value, default=_parts, sort_keys=True)


def _parts(value: Any) -> dict[str, Any]:
    """The fields of a part of a plan or of a progress."""
    return {field.name: getattr(value, field.name) for field in fields(value)}
