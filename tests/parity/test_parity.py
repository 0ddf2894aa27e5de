"""Executions that AWS itself has recorded, replayed: where our interpreters differ from it is known, and why."""

from pathlib import Path

import pytest

from simulator.runs.parity.recording import same
from simulator.runs.parity.replay import Parity, replay

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"
CONTEXT = "its context object has no RoleArn and RedriveCount that AWS has"
WORDS = "AWS says it in other words"
LARGE = "error_handling.states_errors.service_task_lambada_catch_state_all_data_limit_exceeded_on_large_utf8_response"
KNOWN = {
    "interpreter: end": {
        "base.base.query_context_object_values": CONTEXT,
        "context_object.context_object.input_path_": CONTEXT,
        "context_object.context_object.output_path_": CONTEXT,
        "error_handling.task_service_lambda.no_such_function": WORDS,
        "scenarios.base_scenarios.catch_states_runtime": WORDS,
        "scenarios.base_scenarios.invalid_jsonpath_INVALID_JSONPATH_IN_ERRORPATH_": WORDS,
        "scenarios.base_scenarios.invalid_jsonpath_INVALID_JSONPATH_IN_STRING_EXPR_JSONPATH_": WORDS,
    },
    "walker: end": {
        "base.base.query_context_object_values": CONTEXT,
        "context_object.context_object.error_cause_path": CONTEXT,
        LARGE: "it has no limit of a payload",
        "error_handling.task_service_lambda.no_such_function": WORDS,
        "services.lambda_task_service.invoke": "an invocation without a payload",
    },
}


@pytest.fixture(scope="module")
def found() -> Parity:
    if not RECORDINGS.is_dir():
        pytest.skip("no recordings: ../shared/recordings is not there (make parity RECORDINGS=folder)")
    return replay(RECORDINGS)


def test_what_differs_from_aws_is_known(found: Parity) -> None:
    assert {what: set(names) for what, names in found.differ.items()} == {what: set(why) for what, why in KNOWN.items()}


def test_most_of_it_is_replayed(found: Parity) -> None:
    assert found.equal["interpreter: end"] > 80
    assert found.equal["interpreter: types of events"] > 80
    assert found.equal["walker: end"] > 15


@pytest.mark.parametrize(
    ("recorded", "ours", "alike"),
    [
        ("<uuid:1>", "anything", True),
        ({"a": 1}, '{"a": 1}', True),
        ({"a": 1, "stackTrace": []}, {"a": 1}, True),
        ([1, 2], [2, 1], False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        (None, "text", False),
    ],
)
def test_what_is_another_text_each_time_is_not_compared(recorded: object, ours: object, alike: bool) -> None:
    assert same(recorded, ours) is alike
