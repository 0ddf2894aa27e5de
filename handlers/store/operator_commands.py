"""What operators want of a rollout that runs. In the rollout table, one item for each node group.

command#<cluster>#<group>   rollout, action, by, at, execution (that asked for it), history (of all commands)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.domain.model.operator_command import OperatorCommand

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Key = tuple[str, str]


class OperatorCommands:
    """Reads and writes them; the latest counts."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, key: Key) -> OperatorCommand | None:
        """The latest command."""
        item = self._item(key)
        if item is None:
            return None
        words = {name: item[name]["S"] for name in ("action", "by", "execution")}
        return OperatorCommand(item["rollout"]["S"], at=float(item["at"]["N"]), **words)

    def make(self, key: Key, command: OperatorCommand) -> None:
        """Write a command down; done twice by the same execution equals done once."""
        before = self.read(key)
        if before is not None and before.execution == command.execution:
            return
        told = {name: {"S": value} for name, value in (("action", command.action), ("by", command.by))}
        self._client.update_item(
            TableName=self._table,
            Key=_key(key),
            UpdateExpression="SET rollout = :rollout, #action = :action, #by = :by, #at = :at, "
            "execution = :execution, history = list_append(if_not_exists(history, :none), :told)",
            ExpressionAttributeNames={"#action": "action", "#by": "by", "#at": "at"},
            ExpressionAttributeValues={
                ":rollout": {"S": command.rollout_id},
                ":action": told["action"],
                ":by": told["by"],
                ":at": {"N": str(command.at)},
                ":execution": {"S": command.execution},
                ":none": {"L": []},
                ":told": {"L": [{"M": {**told, "at": {"N": str(command.at)}, "rollout": {"S": command.rollout_id}}}]},
            },
        )

    def made(self, key: Key, rollout_id: str) -> list[dict[str, str]]:
        """All commands to that rollout: the action, under the name that reports have for it, by, at."""
        history = [entry["M"] for entry in (self._item(key) or {}).get("history", {"L": []})["L"]]
        mine = [each for each in history if each["rollout"]["S"] == rollout_id]
        return [{"wish": each["action"]["S"], "by": each["by"]["S"], "at": each["at"]["N"]} for each in mine]

    def forget(self, key: Key) -> None:
        """The rollout has ended: nothing is wanted of it any more."""
        self._client.delete_item(TableName=self._table, Key=_key(key))

    def _item(self, key: Key) -> dict[str, Any] | None:
        return self._client.get_item(TableName=self._table, Key=_key(key), ConsistentRead=True).get("Item")


def _key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": f"command#{key[0]}#{key[1]}"}}
