"""A Task that waits for its token: who may bring it back, until when, and what the Task makes of it."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.conftest import Bench, open_bench
from tests.engine.machines import asking, chain, machine, task, wait

EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:machine:run"
CAUGHT = {"Type": "Pass", "End": True}


def catching(*errors: str) -> dict[str, Any]:
    return {"Catch": [{"ErrorEquals": list(errors), "Next": "Caught"}]}


class InputExpectations:
    """A handler that keeps the tokens that it was handed."""

    def __init__(self, bench: Bench) -> None:
        self.tokens: list[str] = []
        self.events: list[Any] = []
        self._bench = bench

    def __call__(self, event: Any) -> None:
        self.tokens.append(event["token"])
        self.events.append(event)

    def later(self, seconds: float, send: Callable[[str], None]) -> None:
        """Do something with the newest token after so many virtual seconds."""
        self._bench.clock.after(seconds, lambda: send(self.tokens[-1]))

    def approve(self, token: str) -> None:
        self._bench.engine.client.send_task_success(taskToken=token, output='{"approved": true}')

    def reject(self, token: str) -> None:
        self._bench.engine.client.send_task_failure(taskToken=token, error="Rejected", cause="not today")

    def beat(self, token: str) -> None:
        self._bench.engine.client.send_task_heartbeat(taskToken=token)

    def refused(self, token: str) -> str:
        """The error code of an approval."""
        with pytest.raises(ClientError) as raised:
            self.approve(token)
        return str(raised.value.response["Error"]["Code"])


@pytest.fixture
def asked(bench: Bench) -> InputExpectations:
    return InputExpectations(bench)


def test_a_rejection_can_be_caught_by_its_name(bench: Bench, asked: InputExpectations) -> None:
    asked.later(90, asked.reject)
    result = bench.result(machine("Ask", Ask=asking("ask", **catching("Rejected")), Caught=CAUGHT), ask=asked)
    assert result.output == {"Error": "Rejected", "Cause": "not today"}
    assert bench.clock.now == 90.0


def test_the_functions_own_answer_is_not_the_tasks(bench: Bench, asked: InputExpectations) -> None:
    def answering_at_once(event: Any) -> str:
        asked.approve(event["token"])
        return "the function's own"

    assert bench.result(chain(asking("ask")), ask=answering_at_once).output == {"approved": True}
    assert bench.clock.now == 0.0


def test_the_function_is_told_which_execution_asks_and_with_which_input(bench: Bench, asked: InputExpectations) -> None:
    payload = {
        "token.$": "$$.Task.Token",
        "id.$": "$$.Execution.Id",
        "name.$": "$$.Execution.Name",
        "input.$": "$$.Execution.Input",
    }
    ask = asking("ask")
    ask["Parameters"]["Payload"] = payload
    asked.later(5, asked.approve)
    bench.result(chain(ask), {"cluster": "prod"}, ask=asked)
    (event,) = asked.events
    assert (event["id"], event["name"], event["input"]) == (EXECUTION, "run", {"cluster": "prod"})


def test_the_time_out_may_stand_in_the_state(bench: Bench, asked: InputExpectations) -> None:
    ask = asking("ask", TimeoutSecondsPath="$.patience", **catching("States.Timeout"))
    result = bench.result(machine("Ask", Ask=ask, Caught=CAUGHT), {"patience": 70}, ask=asked)
    assert result.output["Error"] == "States.Timeout"
    assert bench.clock.now == 70.0


def test_a_token_is_good_once(bench: Bench, asked: InputExpectations) -> None:
    asked.later(10, asked.approve)
    codes: list[str] = []
    asked.later(11, lambda token: codes.append(asked.refused(token)))
    bench.result(chain(asking("ask"), wait(5)), ask=asked)
    assert codes == ["TaskTimedOut"]


def test_an_answer_after_the_time_out_is_too_late(bench: Bench, asked: InputExpectations) -> None:
    codes: list[str] = []
    asked.later(61, lambda token: codes.append(asked.refused(token)))
    asking_once = asking("ask", TimeoutSeconds=60, **catching("States.Timeout"))
    late = {**wait(10), "End": True}
    assert bench.result(machine("Ask", Ask=asking_once, Caught=late), ask=asked).status == "SUCCEEDED"
    assert codes == ["TaskTimedOut"]


def test_an_unknown_token_is_invalid_and_an_answer_that_is_no_json_is_not_taken(
    bench: Bench, asked: InputExpectations
) -> None:
    codes: list[str] = []

    def no_json(token: str) -> None:
        with pytest.raises(ClientError) as raised:
            bench.engine.client.send_task_success(taskToken=token, output="yes!")
        codes.append(raised.value.response["Error"]["Code"])

    asked.later(1, lambda _token: codes.append(asked.refused("made-up")))
    asked.later(2, no_json)
    asked.later(3, asked.approve)
    assert bench.result(chain(asking("ask")), ask=asked).output == {"approved": True}
    assert codes == ["InvalidToken", "InvalidOutput"]


def test_each_attempt_has_a_token_of_its_own(bench: Bench, asked: InputExpectations) -> None:
    codes: list[str] = []
    asked.later(95, lambda _token: codes.append(asked.refused(asked.tokens[0])))
    asked.later(100, asked.approve)
    retry = {"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 30, "MaxAttempts": 3}
    result = bench.result(chain(asking("ask", TimeoutSeconds=60, Retry=[retry])), ask=asked)
    assert result.output == {"approved": True}
    assert codes == ["TaskTimedOut"]
    assert len(set(asked.tokens)) == 2
    assert bench.clock.now == 100.0


@pytest.mark.parametrize("name", ["States.Timeout", "States.ALL"])
def test_without_a_heartbeat_the_task_times_out(bench: Bench, asked: InputExpectations, name: str) -> None:
    asked.later(40, asked.beat)
    ask = asking("ask", HeartbeatSeconds=60, TimeoutSeconds=600, **catching(name))
    result = bench.result(machine("Ask", Ask=ask, Caught=CAUGHT), ask=asked)
    assert result.output["Error"] == "States.Timeout"
    assert bench.clock.now == 100.0


def test_heartbeats_do_not_prolong_the_time_out(bench: Bench, asked: InputExpectations) -> None:
    for seconds in range(40, 400, 40):
        asked.later(seconds, lambda token: asked.beat(token) if bench.clock.now < 150 else None)
    ask = asking("ask", HeartbeatSeconds=60, TimeoutSeconds=150, **catching("States.Timeout"))
    result = bench.result(machine("Ask", Ask=ask, Caught=CAUGHT), ask=asked)
    assert result.output["Error"] == "States.Timeout"
    assert bench.clock.now == 150.0


def test_a_heartbeat_alone_sets_no_time_out(bench: Bench, asked: InputExpectations) -> None:
    for seconds in range(60, 600, 60):
        asked.later(seconds, asked.beat)
    asked.later(610, asked.approve)
    assert bench.result(chain(asking("ask", HeartbeatSeconds=90)), ask=asked).output == {"approved": True}
    assert bench.clock.now == 610.0


def test_a_function_that_fails_fails_the_task(bench: Bench) -> None:
    def refuse(_event: Any) -> None:
        raise LookupError("nobody to ask")

    result = bench.result(machine("Ask", Ask=asking("ask", **catching("LookupError")), Caught=CAUGHT), ask=refuse)
    assert result.output["Error"] == "LookupError"


def test_a_stopped_execution_waits_no_longer(bench: Bench, asked: InputExpectations) -> None:
    asked.later(100, lambda _token: bench.engine.client.stop_execution(executionArn=EXECUTION, error="Enough"))
    execution = bench.start(machine("Ask", Ask=asking("ask", **catching("States.ALL")), Caught=CAUGHT), ask=asked)
    assert (execution.wait().status, bench.clock.now) == ("ABORTED", 100.0)
    types = [event["type"] for event in execution.history()]
    assert types[-2:] == ["TaskSubmitted", "ExecutionAborted"]
    assert asked.refused(asked.tokens[0]) == "TaskTimedOut"


def test_a_machine_whose_time_is_over_waits_no_longer(bench: Bench, asked: InputExpectations) -> None:
    assert bench.result({"TimeoutSeconds": 300, **chain(asking("ask"))}, ask=asked).status == "TIMED_OUT"
    assert bench.clock.now == 300.0
    assert asked.refused(asked.tokens[0]) == "TaskTimedOut"


def test_a_branch_that_fails_ends_the_wait_of_the_other(bench: Bench, asked: InputExpectations) -> None:
    failing = chain(wait(50), {"Type": "Fail", "Error": "Broken"})
    branches = [chain(asking("ask", HeartbeatSeconds=4000)), failing]
    both = {"Type": "Parallel", "Branches": branches, "End": True, **catching("Broken")}
    result = bench.result(machine("Both", Both=both, Caught=CAUGHT), ask=asked)
    assert (result.status, result.output["Error"], bench.clock.now) == ("SUCCEEDED", "Broken", 50.0)


def test_branches_wait_for_a_token_each(bench: Bench, asked: InputExpectations) -> None:
    bench.clock.after(20, lambda: asked.approve(asked.tokens[1]))
    bench.clock.after(30, lambda: asked.reject(asked.tokens[0]))
    branches = [
        machine("Ask", Ask=asking("ask", HeartbeatSeconds=25, **catching("States.ALL")), Caught=CAUGHT),
        machine("Ask", Ask=asking("ask", HeartbeatSeconds=25, **catching("States.ALL")), Caught=CAUGHT),
    ]
    bench.clock.after(10, lambda: asked.beat(asked.tokens[0]))
    result = bench.result(machine("Both", Both={"Type": "Parallel", "Branches": branches, "End": True}), ask=asked)
    assert result.output == [{"Error": "Rejected", "Cause": "not today"}, {"approved": True}]


def test_another_executions_handler_brings_the_token_back(bench: Bench, asked: InputExpectations) -> None:
    def answer(_event: Any) -> None:
        asked.approve(asked.tokens[0])

    looking = {"Variable": "$.answer", "IsPresent": True, "Next": "Answer"}
    both = machine(
        "Which?",
        **{"Which?": {"Type": "Choice", "Choices": [looking], "Default": "Ask"}},
        Ask=asking("ask"),
        Answer=task("answer"),
    )

    def come() -> None:
        bench.engine.start("person", {"answer": "yes"})

    bench.clock.after(200, come)
    execution = bench.start(both, ask=asked, answer=answer)
    assert execution.wait().output == {"approved": True}
    assert bench.clock.now == 200.0


def tokens_of(seed: int) -> list[str]:
    with ExitStack() as opened:
        bench = open_bench(opened, seed)
        asked = InputExpectations(bench)
        asked.later(5, asked.approve)
        bench.result(chain(asking("ask")), ask=asked)
        return asked.tokens


def test_tokens_are_the_seeds() -> None:
    assert tokens_of(1) == tokens_of(1)
    assert tokens_of(1) != tokens_of(2)
