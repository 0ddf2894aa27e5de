"""Gates: what somebody is asked, and what was answered. In the rollout table, one item for each node group.

gate#<cluster>#<group>   rollout, question, asked_at, token, answer, by, answered_at, execution (of the answer), history
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.contract import PlanImpossible
from handlers.domain.gate import UNASKED
from handlers.domain.observation import Gate

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Key = tuple[str, str]
ANY = "attribute_exists(pk) OR attribute_not_exists(pk)"


class Gates:
    """Reads and writes the questions and answers of rollouts."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, key: Key) -> Gate | None:
        """The latest question about that node group, with its answer where there is one."""
        item = self._item(key)
        if item is None:
            return None
        words = {name: item[name]["S"] for name in ("token", "answer", "by", "question", "execution") if name in item}
        answered_at = float(item["answered_at"]["N"]) if "answered_at" in item else 0.0
        return Gate(item["rollout"]["S"], asked_at=float(item["asked_at"]["N"]), answered_at=answered_at, **words)

    def ask(self, key: Key, rollout_id: str, question: str, token: str, now: float) -> bool:
        """Ask, or say that the question is asked still; whether it is a new question.

        A question that is asked already keeps its time and its answer, and gets the new token.
        """
        before = self.read(key)
        if before and (before.rollout_id, before.question) == (rollout_id, question) and not _stale(before):
            self._set(key, "SET #token = :token", {":token": {"S": token}}, {"#token": "token"})
            return False
        self._set(
            key,
            "SET rollout = :rollout, question = :question, asked_at = :now, #token = :token "
            "REMOVE answer, #by, answered_at, execution",
            {
                ":rollout": {"S": rollout_id},
                ":question": {"S": question},
                ":now": {"N": str(now)},
                ":token": {"S": token},
            },
            {"#token": "token", "#by": "by"},
        )
        return True

    def answer(self, key: Key, gate: Gate, now: float) -> None:
        """Write an answer down, to the question that is asked or, with `UNASKED`, to none.

        Raises PlanImpossible where the question was answered or changed meanwhile.
        """
        told = {
            "at": {"N": str(now)},
            "by": {"S": gate.by},
            "answer": {"S": gate.answer},
            "question": {"S": gate.question},
        }
        values: dict[str, Any] = {
            ":rollout": {"S": gate.rollout_id},
            ":question": {"S": gate.question},
            ":asked": {"N": str(gate.asked_at)},
            ":answer": {"S": gate.answer},
            ":by": {"S": gate.by},
            ":execution": {"S": gate.execution},
            ":now": {"N": str(now)},
            ":none": {"L": []},
            ":told": {"L": [{"M": {**told, "rollout": {"S": gate.rollout_id}}}]},
        }
        unanswered = "rollout = :rollout AND question = :question AND attribute_not_exists(answer)"
        try:
            self._set(
                key,
                "SET rollout = :rollout, question = :question, asked_at = :asked, answer = :answer, #by = :by, "
                "answered_at = :now, execution = :execution, "
                "history = list_append(if_not_exists(history, :none), :told)",
                values,
                {"#by": "by"},
                ANY if gate.question == UNASKED else unanswered,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise PlanImpossible(
                f"action: rollout {gate.rollout_id} does not ask {gate.question!r} any more; somebody answered first."
            ) from None

    def answers(self, key: Key, rollout_id: str) -> list[dict[str, str]]:
        """Everything that was answered to that rollout: question, answer, by, at."""
        item = self._item(key) or {}
        history = [one["M"] for one in item.get("history", {"L": []})["L"]]
        return [
            {
                "question": one["question"]["S"],
                "answer": one["answer"]["S"],
                "by": one["by"]["S"],
                "at": one["at"]["N"],
            }
            for one in history
            if one["rollout"]["S"] == rollout_id
        ]

    def forget(self, key: Key) -> None:
        """The rollout has ended: nothing is asked any more."""
        self._client.delete_item(TableName=self._table, Key=_key(key))

    def _item(self, key: Key) -> dict[str, Any] | None:
        return self._client.get_item(TableName=self._table, Key=_key(key), ConsistentRead=True).get("Item")

    def _set(self, key: Key, change: str, values: dict[str, Any], names: dict[str, str], condition: str = ANY) -> None:
        self._client.update_item(
            TableName=self._table,
            Key=_key(key),
            UpdateExpression=change,
            ExpressionAttributeValues=values,
            ExpressionAttributeNames=names,
            ConditionExpression=condition,
        )


def _stale(gate: Gate) -> bool:
    """A flip is an answer that was obeyed before the question is asked again."""
    return gate.answer == "flip"


def _key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": f"gate#{key[0]}#{key[1]}"}}
