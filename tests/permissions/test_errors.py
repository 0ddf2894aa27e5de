"""Each error that botocore models for a call of the handlers is retried, handled by name, or reviewed with a reason."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session

from simulator.stepfunctions.definition import all_states
from workflow.permissions import ACTIONS
from workflow.reviewed_errors import HANDLED, HANDLED_ALL, REVIEWED

ROOT = Path(__file__).parents[2]
CLIENT_OF = {"elasticloadbalancing": "elbv2", "states": "stepfunctions"}
OF_THE_STACKS_OWN = {  # granted where the table and the machine are made
    *(f"dynamodb:{name}" for name in ("DeleteItem", "GetItem", "PutItem", "Scan", "UpdateItem")),
    "states:StartExecution",
}


def modelled() -> Iterator[tuple[str, str]]:
    """Service and error of each call."""
    session = get_session()
    for action in sorted({*OF_THE_STACKS_OWN, *(action for actions in ACTIONS.values() for action in actions)}):
        prefix, operation = action.split(":")
        service = CLIENT_OF.get(prefix, prefix)
        for shape in session.get_service_model(service).operation_model(operation).error_shapes:
            yield service, shape.name


@pytest.fixture
def retried(definition: dict[str, Any]) -> set[str]:
    """What each Task that calls AWS retries."""
    by_task = [
        {error for retry in state["Retry"] for error in retry["ErrorEquals"]}
        for state in all_states(definition).values()
        if state["Type"] == "Task"
    ]
    return set.intersection(*by_task)


def test_the_stacks_own_calls_are_all_that_the_handlers_make_beside_those_granted() -> None:
    called = {
        f"dynamodb:{''.join(word.title() for word in name.split('_'))}"
        for path in (ROOT / "handlers" / "store").glob("*.py")
        for name in re.findall(r"_client\.([a-z]+_item)\(", path.read_text())
    }
    assert called == {action for action in OF_THE_STACKS_OWN if action.endswith("Item")}


def test_no_error_is_overlooked(retried: set[str]) -> None:
    left = {
        f"{service}:{error}"
        for service, error in modelled()
        if error not in retried and service not in HANDLED_ALL and f"{service}:{error}" not in {**HANDLED, **REVIEWED}
    }
    assert left == set()


def test_the_list_names_only_what_can_happen_and_is_not_retried(retried: set[str]) -> None:
    can_happen = {f"{service}:{error}" for service, error in modelled()}
    listed = {**HANDLED, **REVIEWED}
    assert {key for key in listed if key not in can_happen or key.split(":")[1] in retried} == set()
    assert not set(HANDLED) & set(REVIEWED)


def test_what_is_said_to_be_handled_is_named_by_its_module() -> None:
    for key, module in HANDLED.items():
        name = key.split(":")[1].removesuffix("Fault")
        assert name in (ROOT / module).read_text(), f"{key} in {module}"
    for service, module in HANDLED_ALL.items():
        assert "ClientError" in (ROOT / module).read_text(), service


def test_each_reason_is_one_line() -> None:
    assert all(why and "\n" not in why and len(why) < 120 for why in REVIEWED.values())
