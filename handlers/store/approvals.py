"""Approvals: what an operator is asked, and what was answered. In the rollout table, one item for each node group.

gate#<cluster>#<group>   rollout, about, question, takes, asked_at, answer_by, token, answer, said, by, answered_at,
                         execution (of the answer), closed, silence, history, told (of whom the question is known)

An answer, and that there was none in time, are conditional writes: of both, the first has decided.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from handlers.domain.model.approval import FLIP, PROMOTE, UNSOLICITED, ApprovalRequest, Closed

if TYPE_CHECKING:
    from collections.abc import Collection

    from mypy_boto3_dynamodb import DynamoDBClient

Key = tuple[str, str]
ANY = "attribute_exists(pk) OR attribute_not_exists(pk)"
UNANSWERED = "rollout = :rollout AND about = :about AND attribute_not_exists(answer)"
IN_TIME = "attribute_not_exists(closed) AND (attribute_not_exists(answer_by) OR answer_by > :now)"
ANOTHER = "attribute_not_exists(pk) OR rollout <> :rollout"
NOT_TURNED_BACK = f"{ANOTHER} OR attribute_not_exists(closed) OR closed <> :turned_back"
FLIPS = f"{ANOTHER} OR silence = :promote OR (attribute_not_exists(closed) AND (attribute_exists(answer) OR {IN_TIME}))"
"""A roll-back is taken until the rollout turns back, a flip also not where silence means or is about to mean that."""

WORDS = {
    "token": "token", "response": "answer", "word": "said", "by": "by", "about": "about", "prompt": "question",
    "execution": "execution", "closed": "closed", "silence": "silence",
}  # fmt: skip
TIMES = {"asked_at": "asked_at", "responded_at": "answered_at", "respond_by": "answer_by"}
"""Which attribute of the item each field is in; some of the fields' names are reserved words of DynamoDB."""

OF_AN_ANSWER = "answer, said, #by, answered_at, execution, closed, silence"
OF_THE_ROLLOUT_BEFORE = (
    "about, question, takes, asked_at, answer_by, #token, answer, said, #by, answered_at, execution, silence, told"
)


class AlreadyDecided(Exception):
    """An operator answered first, the time was over, or the rollout has turned back: the table says which."""


class ApprovalStore:
    """Reads and writes the questions and answers of rollouts."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, key: Key) -> ApprovalRequest | None:
        """The latest question about that node group, with its answer where there is one."""
        item = self._item(key)
        if item is None:
            return None
        words = {field: item[name]["S"] for field, name in WORDS.items() if name in item}
        times = {field: float(item[name]["N"]) for field, name in TIMES.items() if name in item}
        takes = tuple(each["S"] for each in item.get("takes", {"L": []})["L"])
        told = frozenset(each["S"] for each in item.get("told", {"L": []})["L"])
        known = {"about": "", "asked_at": 0.0, **words, **times}
        return ApprovalRequest(item["rollout"]["S"], **known, takes=takes, told=told)

    def ask(self, key: Key, approval: ApprovalRequest) -> bool:
        """Ask, or say that the question is asked still; whether it is a new question.

        A question that is asked already keeps its times and its answer, and gets the new token.
        """
        before = self.read(key)
        token = {":token": {"S": approval.token}}
        if before and (before.rollout_id, before.about) == (approval.rollout_id, approval.about) and not _stale(before):
            self._set(key, "SET #token = :token", token, {"#token": "token"})
            return False
        self._set(
            key,
            "SET rollout = :rollout, about = :about, question = :question, takes = :takes, asked_at = :now, "
            f"answer_by = :until, #token = :token REMOVE told, {OF_AN_ANSWER}",
            {
                ":rollout": {"S": approval.rollout_id},
                ":about": {"S": approval.about},
                ":question": {"S": approval.prompt},
                ":takes": {"L": [{"S": response} for response in approval.takes]},
                ":now": {"N": str(approval.asked_at)},
                ":until": {"N": str(approval.respond_by)},
                **token,
            },
            {"#token": "token", "#by": "by"},
        )
        return True

    def told(self, key: Key, approval: ApprovalRequest, told: Collection[str]) -> None:
        """Write down who has been told of the question, while it is the one that is asked."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._set(
                key,
                "SET told = :told",
                {
                    ":rollout": {"S": approval.rollout_id},
                    ":about": {"S": approval.about},
                    ":told": {"L": [{"S": who} for who in sorted(told)]},
                },
                {},
                "rollout = :rollout AND about = :about",
            )

    def record(self, key: Key, approval: ApprovalRequest, now: float) -> None:
        """Write an answer down, to the question that is asked or, with `UNSOLICITED`, to none.

        Raises AlreadyDecided where the question was answered, closed or changed meanwhile, or its time is over.
        """
        told = {
            "at": {"N": str(now)},
            "by": {"S": approval.by},
            "answer": {"S": approval.response},
            "question": {"S": approval.prompt},
        }
        values: dict[str, Any] = {
            ":rollout": {"S": approval.rollout_id},
            ":about": {"S": approval.about},
            ":question": {"S": approval.prompt},
            ":asked": {"N": str(approval.asked_at)},
            ":answer": {"S": approval.response},
            ":said": {"S": approval.word or approval.response},
            ":by": {"S": approval.by},
            ":execution": {"S": approval.execution},
            ":now": {"N": str(now)},
            ":none": {"L": []},
            ":told": {"L": [{"M": {**told, "rollout": {"S": approval.rollout_id}}}]},
        }
        condition = f"{UNANSWERED} AND {IN_TIME}"
        if approval.about == UNSOLICITED:
            flips = approval.response == FLIP
            condition = FLIPS if flips else NOT_TURNED_BACK
            values |= {":promote": {"S": PROMOTE}} if flips else {":turned_back": {"S": Closed.TURNED_BACK}}
        try:
            self._set(
                key,
                "SET rollout = :rollout, about = :about, question = :question, asked_at = :asked, "
                "answer = :answer, said = :said, #by = :by, answered_at = :now, execution = :execution, "
                "history = list_append(if_not_exists(history, :none), :told) REMOVE closed, silence",
                values,
                {"#by": "by"},
                condition,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise AlreadyDecided from None

    def time_out(self, key: Key, approval: ApprovalRequest, silence: str) -> None:
        """Write down that nobody answered in time and what that means, unless an operator did answer."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._set(
                key,
                "SET #closed = :timed_out, silence = :silence",
                {
                    ":rollout": {"S": approval.rollout_id},
                    ":about": {"S": approval.about},
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

    def responses(self, key: Key, rollout_id: str) -> list[dict[str, str]]:
        """Everything that was answered to that rollout: question, answer, by, at."""
        item = self._item(key) or {}
        history = [entry["M"] for entry in item.get("history", {"L": []})["L"]]
        return [
            {
                "question": each["question"]["S"],
                "answer": each["answer"]["S"],
                "by": each["by"]["S"],
                "at": each["at"]["N"],
            }
            for each in history
            if each["rollout"]["S"] == rollout_id
        ]

    def forget(self, key: Key) -> None:
        """The rollout has ended: nothing is asked any more."""
        self._client.delete_item(TableName=self._table, Key=_key(key))

    def _item(self, key: Key) -> dict[str, Any] | None:
        return self._client.get_item(TableName=self._table, Key=_key(key), ConsistentRead=True).get("Item")

    def _set(self, key: Key, change: str, values: dict[str, Any], names: dict[str, str], condition: str = ANY) -> None:
        named: dict[str, Any] = {"ExpressionAttributeNames": names} if names else {}
        self._client.update_item(
            TableName=self._table,
            Key=_key(key),
            UpdateExpression=change,
            ExpressionAttributeValues=values,
            ConditionExpression=condition,
            **named,
        )


def _stale(approval: ApprovalRequest) -> bool:
    """A flip is an answer that was obeyed before the question is asked again."""
    return approval.response == "flip"


def _key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": f"gate#{key[0]}#{key[1]}"}}
