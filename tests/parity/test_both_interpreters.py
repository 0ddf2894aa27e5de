"""How executions end, as AWS recorded it, in both interpreters: small machines of what the recordings show."""

from collections.abc import Callable
from typing import Any

import pytest

from simulator.runs.parity.recording import Behaviour, Recording
from simulator.runs.parity.replay import MODES, run
from simulator.stepfunctions.engine import Result
from simulator.stepfunctions.lambda_functions import refused

ARN = "arn:aws:lambda:us-east-1:123456789012:function:work"
INVOKE = "arn:aws:states:::lambda:invoke"
CAUGHT = {"Type": "Pass", "End": True}
Json = dict[str, Any]
Run = Callable[..., tuple[Result, list[str]]]


@pytest.fixture(params=list(MODES))
def played(request: pytest.FixtureRequest) -> Run:
    def play(definition: Json, given: Any = None, act: Callable[[Any], Any] = lambda event: event, **more: Any) -> Any:
        recording = Recording(
            "test", definition, {} if given is None else given, {ARN: Behaviour((act,), more.pop("seconds", 0.0))},
            {}, more.pop("responder", ()), more.pop("stop_after", None), "", None, None, None, (), True,
        )  # fmt: skip
        return run(request.param, recording)

    return play


def machine(**states: Json) -> Json:
    return {"StartAt": next(iter(states)), "States": states}


def task(**more: Any) -> Json:
    following = {} if "Next" in more else {"End": True}
    parameters = {"FunctionName": ARN, "Payload.$": "$"}
    return {"Type": "Task", "Resource": INVOKE, "Parameters": parameters, **following, **more}


def catching(*names: str) -> Json:
    return {"Catch": [{"ErrorEquals": list(names), "Next": "Caught"}]}


def in_branch(state: Json, **more: Any) -> Json:
    branch = machine(Inside=state)
    return machine(Around={"Type": "Parallel", "Branches": [branch], "End": True, **more}, Caught=CAUGHT)


def fails(_event: Any) -> Any:
    raise ValueError("no")


@pytest.mark.parametrize("name", ["States.ALL", "States.DataLimitExceeded"])
def test_a_result_that_is_too_large_is_caught(played: Run, name: str) -> None:
    result, events = played(machine(Work=task(**catching(name)), Caught=CAUGHT), act=lambda _: "x" * 300_000)
    assert result.output["Error"] == "States.DataLimitExceeded"
    assert result.output["Cause"].startswith("The state/task 'lambda' returned a result with a size exceeding")
    assert "TaskFailed" in events


def test_a_task_that_outlives_its_time_writes_that_it_timed_out_and_no_more(played: Run) -> None:
    result, events = played(machine(Work=task(TimeoutSeconds=5)), seconds=60)
    assert (result.error, result.cause) == ("States.Timeout", None)
    assert events == [
        "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskTimedOut", "ExecutionFailed",
    ]  # fmt: skip


@pytest.mark.parametrize("seconds", [5, 60])
def test_a_function_may_take_the_time_it_has(played: Run, seconds: int) -> None:
    assert played(machine(Work=task(TimeoutSeconds=seconds + 1)), seconds=seconds)[0].status == "SUCCEEDED"


@pytest.mark.parametrize(
    ("seconds", "words"), [(1.5, "cannot be parsed as a long value"), (-1, "references a negative value")]
)
def test_a_wait_of_no_whole_number_of_seconds_fails_the_execution(played: Run, seconds: float, words: str) -> None:
    result, events = played(machine(It={"Type": "Wait", "SecondsPath": "$.s", "End": True}), {"s": seconds})
    assert result.error == "States.Runtime"
    assert result.cause == (
        "An error occurred while executing the state 'It' (entered at the event id #2). "
        f"The SecondsPath parameter {words}: $.s == {seconds}"
    )
    assert events == ["ExecutionStarted", "WaitStateEntered", "ExecutionFailed"]


@pytest.mark.parametrize("names", [("States.ALL",), ("States.Runtime",), ("States.TaskFailed",)])
def test_nothing_catches_a_path_that_leads_nowhere(played: Run, names: tuple[str, ...]) -> None:
    broken = task(Parameters={"FunctionName": ARN, "Payload": {"a.$": "$.b.c"}}, **catching(*names))
    result, events = played(machine(Work=broken, Caught=CAUGHT), {"x": 1})
    assert result.error == "States.Runtime"
    assert "'$.b.c' specified for the field 'a.$' could not be found in the input '{\"x\":" in str(result.cause)
    assert events == ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]


@pytest.mark.parametrize(
    ("path", "words"), [("$.a.c", "No results for path: $['a']['c']"), ("$.b.c", "Missing property in path $['b']")]
)
def test_the_cause_names_the_step_that_is_missing(played: Run, path: str, words: str) -> None:
    result, _ = played(machine(It={"Type": "Pass", "OutputPath": path, "End": True}), {"a": {"b": 1}})
    assert str(result.cause).endswith(f"Invalid path '{path}' : {words}")


def test_a_parallel_catches_the_time_out_of_a_task_in_it(played: Run) -> None:
    definition = in_branch(task(TimeoutSeconds=5), **catching("States.Timeout"))
    result, events = played(definition, seconds=60)
    assert result.output == {"Error": "States.Timeout", "Cause": ""}
    assert events[5:9] == ["TaskStarted", "TaskTimedOut", "TaskStateAborted", "ParallelStateFailed"]


def test_task_failed_stands_for_no_time_out(played: Run) -> None:
    result, _ = played(in_branch(task(TimeoutSeconds=5), **catching("States.TaskFailed")), seconds=60)
    assert result.error == "States.Timeout"


def test_a_task_that_a_parallel_gives_up_is_aborted(played: Run) -> None:
    result, events = played(in_branch(task(), **catching("ValueError")), act=fails)
    assert result.output["Error"] == "ValueError"
    assert events[6:10] == ["TaskFailed", "TaskStateAborted", "ParallelStateFailed", "ParallelStateExited"]


def test_a_retry_of_a_parallel_enters_its_branch_again(played: Run) -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]
    _, events = played(in_branch({"Type": "Fail", "Error": "No"}, Retry=retry))
    assert (events.count("ParallelStateStarted"), events.count("ParallelStateFailed")) == (3, 1)


@pytest.mark.parametrize("call", [{"call": "SendTaskFailure"}, {"call": "SendTaskFailure", "error": "E", "cause": "C"}])
def test_a_failure_may_have_no_name(played: Run, call: Json) -> None:
    result, _ = played(in_branch(asking(), **catching("States.ALL")), responder=({"wait": 1}, call))
    assert result.output == {"Error": call.get("error"), "Cause": call.get("cause")}


def test_a_heartbeat_that_is_missed_is_a_time_out(played: Run) -> None:
    beats = tuple({"wait": 4, "call": "SendTaskHeartbeat"} for _ in range(3))
    result, events = played(machine(Ask=asking(HeartbeatSeconds=5)), responder=beats)
    assert (result.error, events[-3:]) == ("States.Timeout", ["TaskSubmitted", "TaskTimedOut", "ExecutionFailed"])
    done = {"wait": 4, "call": "SendTaskSuccess", "output": "the whole body"}
    assert played(machine(Ask=asking(HeartbeatSeconds=5)), responder=(*beats, done))[0].status == "SUCCEEDED"


def test_a_stop_says_no_more_than_it_was_told(played: Run) -> None:
    result, events = played(machine(It={"Type": "Wait", "Seconds": 60, "End": True}), stop_after=0.5)
    assert (result.status, result.error, result.cause) == ("ABORTED", None, None)
    assert events == ["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"]


def test_the_context_object_names_the_state_and_how_often_it_was_tried(played: Run) -> None:
    payload = {"FunctionName": ARN, "Payload.$": "$$"}
    seen = []

    def act(event: Any) -> Any:
        seen.append(event)
        return fails(event) if len(seen) < 2 else event

    retry = [{"ErrorEquals": ["ValueError"], "MaxAttempts": 2}]
    played(machine(It=task(Parameters=payload, Retry=retry)), act=act)
    assert [each["State"]["RetryCount"] for each in seen] == [0, 1]
    assert set(seen[0]) == {"Execution", "StateMachine", "State"}
    assert set(seen[0]["Execution"]) == {"Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount"}
    assert seen[0]["State"]["Name"] == "It"


def test_a_function_that_does_not_exist_is_told_in_prose(played: Run) -> None:
    result, events = played(machine(It=task(Parameters={"FunctionName": "other"})))
    assert result.error == "Lambda.ResourceNotFoundException"
    assert str(result.cause).startswith(f"Function not found: {ARN[:-4]}other:$LATEST (Service: AWSLambda; Status Code")
    assert events[-2:] == ["TaskFailed", "ExecutionFailed"]


def test_a_payload_that_is_nothing_is_an_empty_object(played: Run) -> None:
    direct = {"Type": "Task", "Resource": ARN, "End": True}
    assert played(machine(It=task()), act=lambda event: [event])[0].output["Payload"] == [{}]
    assert played(machine(It=direct), "0.0")[0].output == 0.0


def asking(**more: Any) -> Json:
    queue = "https://sqs.us-east-1.amazonaws.com/123456789012/queue-u0001"
    parameters = {"QueueUrl": queue, "MessageBody": {"TaskToken.$": "$$.Task.Token"}}
    resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True, **more}


def test_lambdas_answer_reads_as_step_functions_tells_it() -> None:
    error = refused("TooManyRequestsException", 429, "Rate Exceeded.")
    assert error.error == "Lambda.TooManyRequestsException"
    assert error.cause.startswith("Rate Exceeded. (Service: AWSLambda; Status Code: 429; Error Code: TooManyRequests")
