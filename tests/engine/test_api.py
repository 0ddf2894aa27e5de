"""Step Functions' API on a running and on an ended execution, through plain boto3."""

import json
from contextlib import ExitStack
from itertools import count
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent

from simulator.stepfunctions.events import ExecutionEnded, ExecutionStarted, StateEntered
from simulator.stepfunctions.moto_interpreter.engine import MotoExecution
from tests.engine.conftest import Bench, open_bench
from tests.engine.machines import asking, chain, machine, task, wait

EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:machine:run"


def test_an_execution_that_the_api_starts_is_told_and_metered_like_any_other(bench: Bench) -> None:
    told: list[object] = []
    first = bench.start(chain(wait(10)))
    first.wait()
    for kind in (ExecutionStarted, StateEntered, ExecutionEnded):
        bench.bus.subscribe(kind, told.append)
    answer = bench.engine.client.start_execution(
        stateMachineArn=bench.engine.machine_arn, name="by-hand", input=json.dumps({"cluster": "prod"})
    )
    assert bench.engine.result_of(answer["executionArn"]).status == "SUCCEEDED"
    assert told == [
        ExecutionStarted("by-hand", {"cluster": "prod"}),
        StateEntered("S1", len('{"cluster":"prod"}'), None, "by-hand"),
        ExecutionEnded("by-hand", "SUCCEEDED", None, None),
    ]


def test_a_stopped_execution_is_aborted_at_once_with_its_reason(bench: Bench) -> None:
    def stop() -> None:
        bench.engine.client.stop_execution(executionArn=EXECUTION, error="Enough", cause="an operator said so")

    bench.clock.at(100, stop)
    execution = bench.start(chain(wait(3600), task("late")), late=bench.note("late"))
    result = execution.wait()
    assert (result.status, result.error, result.cause) == ("ABORTED", "Enough", "an operator said so")
    assert bench.clock.now == 100.0
    assert bench.steps == []
    described = bench.engine.client.describe_execution(executionArn=execution.arn)
    assert (described["status"], described["cause"]) == ("ABORTED", "an operator said so")
    assert execution.history()[-1]["executionAbortedEventDetails"] == {
        "error": "Enough",
        "cause": "an operator said so",
    }


def test_history_comes_in_pages_and_backwards(bench: Bench) -> None:
    execution = bench.start(chain(*[wait(1) for _ in range(60)]))
    execution.wait()
    read = bench.engine.client.get_execution_history
    ids = [event["id"] for event in execution.history()]
    assert ids == list(range(1, 123))
    assert len(read(executionArn=execution.arn)["events"]) == 100
    page = read(executionArn=execution.arn, maxResults=10, reverseOrder=True)
    assert [event["id"] for event in page["events"]] == list(range(122, 112, -1))
    following = read(executionArn=execution.arn, maxResults=10, reverseOrder=True, nextToken=page["nextToken"])
    assert following["events"][0]["id"] == 112


def test_the_payload_is_measured_where_a_state_begins(bench: Bench) -> None:
    sizes: list[int] = []
    bench.bus.subscribe(StateEntered, lambda event: sizes.append(event.payload_bytes))
    bench.result(
        machine("A", A={"Type": "Pass", "Result": {"x": "ü" * 10}, "Next": "B"}, B={"Type": "Succeed"}), {"k": 1}
    )
    assert sizes == [len('{"k":1}'), len('{"x":""}') + 20]


def test_an_execution_stopped_before_its_first_turn_is_aborted(bench: Bench) -> None:
    stop = bench.engine.client.stop_execution
    started: list[MotoExecution] = []

    def start_and_stop(_event: object) -> None:
        started.append(bench.engine.start("short", {}))
        stop(executionArn=started[0].arn, error="Enough", cause="at once")

    assert bench.result(chain(wait(10), task("act")), act=start_and_stop).status == "SUCCEEDED"
    (short,) = started
    assert (short.wait().status, short.wait().cause) == ("ABORTED", "at once")
    assert [event["type"] for event in short.history()] == ["ExecutionStarted", "ExecutionAborted"]


def test_wherever_in_a_state_a_stop_comes_it_stays_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluate, places = EvalComponent.eval, count(1)
    endings = set()
    while (ending := stopped_at(next(places), evaluate, monkeypatch)) is not None:
        endings.add(ending)
    assert next(places) > 20
    assert endings == {("ABORTED", "Enough", "an operator said so")}


def stopped_at(place: int, evaluate: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str | None, str | None] | None:
    """How an execution ends that is stopped before its so-manieth piece is evaluated; None where it has fewer."""
    passed = count(1)

    def stop_at_the_place(component: object, env: object) -> None:
        if next(passed) == place:
            bench.engine.client.stop_execution(executionArn=EXECUTION, error="Enough", cause="an operator said so")
        evaluate(component, env)

    with ExitStack() as opened:
        bench = open_bench(opened)
        monkeypatch.setattr(EvalComponent, "eval", stop_at_the_place)
        states = (task("act", ResultPath="$.act"), asking("ask", TimeoutSeconds=9), wait(1))
        result = bench.result(chain(*states), act=bench.note("act"), ask=lambda event: approve(bench, event["token"]))
    return (result.status, result.error, result.cause) if next(passed) > place else None


def approve(bench: Bench, token: str) -> None:
    bench.clock.after(1, lambda: bench.engine.client.send_task_success(taskToken=token, output="{}"))
