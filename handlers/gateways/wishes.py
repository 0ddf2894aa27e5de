"""Wishes: what somebody wants of a rollout that runs. In the rollout table, one item for each node group.

wish#<cluster>#<group>   rollout, wish, by, at, execution (that asked for it), history (of all wishes)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.domain.wish import Wish

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Key = tuple[str, str]


class Wishes:
    """Reads and writes them; the latest counts."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, key: Key) -> Wish | None:
        """The latest wish."""
        item = self._item(key)
        if item is None:
            return None
        words = {name: item[name]["S"] for name in ("wish", "by", "execution")}
        return Wish(item["rollout"]["S"], at=float(item["at"]["N"]), **words)

    def make(self, key: Key, wish: Wish) -> None:
        """Write a wish down; done twice by the same execution equals done once."""
        before = self.read(key)
        if before is not None and before.execution == wish.execution:
            return
        told = {name: {"S": value} for name, value in (("wish", wish.wish), ("by", wish.by))}
        self._client.update_item(
            TableName=self._table,
            Key=_key(key),
            UpdateExpression="SET rollout = :rollout, wish = :wish, #by = :by, #at = :at, execution = :execution, "
            "history = list_append(if_not_exists(history, :none), :told)",
            ExpressionAttributeNames={"#by": "by", "#at": "at"},
            ExpressionAttributeValues={
                ":rollout": {"S": wish.rollout_id},
                ":wish": told["wish"],
                ":by": told["by"],
                ":at": {"N": str(wish.at)},
                ":execution": {"S": wish.execution},
                ":none": {"L": []},
                ":told": {"L": [{"M": {**told, "at": {"N": str(wish.at)}, "rollout": {"S": wish.rollout_id}}}]},
            },
        )

    def made(self, key: Key, rollout_id: str) -> list[dict[str, str]]:
        """All wishes of that rollout: wish, by, at."""
        history = [one["M"] for one in (self._item(key) or {}).get("history", {"L": []})["L"]]
        mine = [one for one in history if one["rollout"]["S"] == rollout_id]
        return [{"wish": one["wish"]["S"], "by": one["by"]["S"], "at": one["at"]["N"]} for one in mine]

    def forget(self, key: Key) -> None:
        """The rollout has ended: nothing is wanted of it any more."""
        self._client.delete_item(TableName=self._table, Key=_key(key))

    def _item(self, key: Key) -> dict[str, Any] | None:
        return self._client.get_item(TableName=self._table, Key=_key(key), ConsistentRead=True).get("Item")


def _key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": f"wish#{key[0]}#{key[1]}"}}
