"""Gates: what somebody is asked, and what was answered. In the rollout table, one item for each node group.

gate#<cluster>#<group>   rollout, question, takes, asked_at, answer_by, token, answer, said, by, answered_at, execution
                         (of the answer), closed, silence, history

An answer, and that there was none in time, are conditional writes: of both, the first has decided.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from handlers.domain.decision.stage_end import FLIP, PROMOTE, UNASKED, Closed
from handlers.domain.model.observation import Gate

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Key = tuple[str, str]
ANY = "attribute_exists(pk) OR attribute_not_exists(pk)"
UNANSWERED = "rollout = :rollout AND question = :question AND attribute_not_exists(answer)"
IN_TIME = "attribute_not_exists(closed) AND (attribute_not_exists(answer_by) OR answer_by > :now)"
ANOTHER = "attribute_not_exists(pk) OR rollout <> :rollout"
NOT_TURNED_BACK = f"{ANOTHER} OR attribute_not_exists(closed) OR closed <> :turned_back"
FLIPS = f"{ANOTHER} OR silence = :promote OR (attribute_not_exists(closed) AND (attribute_exists(answer) OR {IN_TIME}))"
"""A roll-back is taken until the rollout turns back, a flip also not where silence means or is about to mean that."""

WORDS = ("token", "answer", "said", "by", "question", "execution", "closed", "silence")
OF_AN_ANSWER = "answer, said, #by, answered_at, execution, closed, silence"
OF_THE_ROLLOUT_BEFORE = (
    "question, takes, asked_at, answer_by, #token, answer, said, #by, answered_at, execution, silence"
)


class AlreadyDecided(Exception):
    """Somebody answered first, the time was over, or the rollout has turned back: the table says which."""


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
        words = {"question": "", **{name: item[name]["S"] for name in WORDS if name in item}}
        asked_at, answered_at, answer_by = (
            float(item[name]["N"]) if name in item else 0.0 for name in ("asked_at", "answered_at", "answer_by")
        )
        rollout_id = item["rollout"]["S"]
        takes = tuple(one["S"] for one in item.get("takes", {"L": []})["L"])
        return Gate(rollout_id, asked_at=asked_at, answered_at=answered_at, answer_by=answer_by, takes=takes, **words)

    def ask(self, key: Key, gate: Gate) -> bool:
        """Ask, or say that the question is asked still; whether it is a new question.

        A question that is asked already keeps its times and its answer, and gets the new token.
        """
        before = self.read(key)
        token = {":token": {"S": gate.token}}
        if before and (before.rollout_id, before.question) == (gate.rollout_id, gate.question) and not _stale(before):
            self._set(key, "SET #token = :token", token, {"#token": "token"})
            return False
        self._set(
            key,
            "SET rollout = :rollout, question = :question, takes = :takes, asked_at = :now, answer_by = :until, "
            f"#token = :token REMOVE {OF_AN_ANSWER}",
            {
                ":rollout": {"S": gate.rollout_id},
                ":question": {"S": gate.question},
                ":takes": {"L": [{"S": one} for one in gate.takes]},
                ":now": {"N": str(gate.asked_at)},
                ":until": {"N": str(gate.answer_by)},
                **token,
            },
            {"#token": "token", "#by": "by"},
        )
        return True

    def answer(self, key: Key, gate: Gate, now: float) -> None:
        """Write an answer down, to the question that is asked or, with `UNASKED`, to none.

        Raises AlreadyDecided where the question was answered, closed or changed meanwhile, or its time is over.
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
            ":said": {"S": gate.said or gate.answer},
            ":by": {"S": gate.by},
            ":execution": {"S": gate.execution},
            ":now": {"N": str(now)},
            ":none": {"L": []},
            ":told": {"L": [{"M": {**told, "rollout": {"S": gate.rollout_id}}}]},
        }
        condition = f"{UNANSWERED} AND {IN_TIME}"
        if gate.question == UNASKED:
            flips = gate.answer == FLIP
            condition = FLIPS if flips else NOT_TURNED_BACK
            values |= {":promote": {"S": PROMOTE}} if flips else {":turned_back": {"S": Closed.TURNED_BACK}}
        try:
            self._set(
                key,
                "SET rollout = :rollout, question = :question, asked_at = :asked, answer = :answer, said = :said, "
                "#by = :by, answered_at = :now, execution = :execution, "
                "history = list_append(if_not_exists(history, :none), :told) REMOVE closed, silence",
                values,
                {"#by": "by"},
                condition,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise AlreadyDecided from None

    def time_out(self, key: Key, gate: Gate, silence: str) -> None:
        """Write down that nobody answered in time and what that means, unless somebody did answer."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._set(
                key,
                "SET #closed = :timed_out, silence = :silence",
                {
                    ":rollout": {"S": gate.rollout_id},
                    ":question": {"S": gate.question},
                    ":timed_out": {"S": Closed.TIMED_OUT},
                    ":silence": {"S": silence},
                },
                {"#closed": "closed"},
                f"{UNANSWERED} AND attribute_not_exists(closed)",
            )

    def turn_back(self, key: Key, rollout_id: str) -> None:
        """Write down that the rollout turns back: from now on nothing is asked, and nothing is answered."""
        before = self.read(key)
        kept = before is not None and before.rollout_id == rollout_id
        self._set(
            key,
            "SET rollout = :rollout, #closed = :turned_back" + ("" if kept else f" REMOVE {OF_THE_ROLLOUT_BEFORE}"),
            {":rollout": {"S": rollout_id}, ":turned_back": {"S": Closed.TURNED_BACK}},
            {"#closed": "closed"} | ({} if kept else {"#token": "token", "#by": "by"}),
        )

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
