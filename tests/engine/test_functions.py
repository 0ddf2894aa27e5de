"""Handlers come from the packaged asset, kept apart from the process, and answer as Lambda's would."""

import json
import os
import sys
from pathlib import Path

import pytest

from simulator.stepfunctions.deployed_stack import Function
from simulator.stepfunctions.lambda_functions import LOGS, Functions

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:Plan"
CLIENTS = """
from functools import cache
import os

@cache
def build_clients():
    return os.environ["TABLE_NAME"]
"""
PLAN = """
import json
from aws_lambda_powertools import Logger
from handlers.runtime.clients import build_clients

logger = Logger(service="test")

class PlanImpossible(Exception):
    pass

def handler(event, context):
    logger.info("planning")
    if "refuse" in event:
        json.loads("{")
    if event.get("domain"):
        raise PlanImpossible("no such cluster")
    left = context.get_remaining_time_in_millis() > 0
    return {"table": build_clients(), "function": context.function_name, "left": left}
"""


@pytest.fixture
def functions(tmp_path: Path) -> Functions:
    package = tmp_path / "asset" / "handlers"
    for folder, module, source in (("runtime", "clients", CLIENTS), ("states", "plan_rollout", PLAN)):
        (package / folder).mkdir(parents=True)
        (package / folder / f"{module}.py").write_text(source)
    (package / "__init__.py").touch()
    function = Function(
        "Plan", ARN, tmp_path / "asset", "handlers.states.plan_rollout.handler", {"TABLE_NAME": "Lock"}, 256
    )
    return Functions((function,))


def test_a_handler_runs_with_its_environment_which_is_gone_afterwards(functions: Functions) -> None:
    with functions.environment():
        answer, error = functions.invoke(ARN, b"{}")
    assert (answer, error) == ({"table": "Lock", "function": "Plan", "left": True}, None)
    assert "TABLE_NAME" not in os.environ


def test_the_process_keeps_its_own_handlers_package(functions: Functions, tmp_path: Path) -> None:
    import handlers.catalogue

    assert sys.modules["handlers.catalogue"] is handlers.catalogue
    assert functions.handlers["Plan"].__globals__["__file__"].endswith("plan_rollout.py")
    assert str(tmp_path) not in "".join(sys.path)


def test_what_a_handler_logs_is_kept_and_not_printed(functions: Functions, capsys: pytest.CaptureFixture[str]) -> None:
    with functions.environment():
        functions.invoke(ARN, b"{}")
    assert [json.loads(line)["message"] for line in LOGS.lines] == ["planning"]
    assert capsys.readouterr().out == ""


def test_an_error_is_told_as_lambda_tells_it_with_the_paths_that_it_has_there(
    functions: Functions, tmp_path: Path
) -> None:
    with functions.environment():
        answer, error = functions.invoke(ARN, b'{"domain": true}')
        broken, _ = functions.invoke(ARN, b'{"refuse": true}')
    assert error == "PlanImpossible"
    assert (answer["errorType"], answer["errorMessage"]) == ("PlanImpossible", "no such cluster")
    assert answer["stackTrace"][0].startswith(
        '  File "/var/task/handlers/states/plan_rollout.py", line 16, in handler\n'
    )
    assert '"/var/lang/lib/python3.11/json/__init__.py"' in broken["stackTrace"][1]
    assert str(tmp_path) not in json.dumps([answer, broken])


def test_invocations_have_ids_of_their_own_that_are_the_same_in_every_run(functions: Functions) -> None:
    with functions.environment():
        requests = [functions.invoke(ARN, b'{"domain": true}')[0]["requestId"] for _ in range(2)]
    assert requests == ["request-000001", "request-000002"]
