"""The engine: what a Standard workflow does, on virtual time, the same every time."""

import threading
from contextlib import ExitStack
from typing import Any

import pytest

from tests.engine.conftest import Bench, invoke, open_bench

FAIL = {"Type": "Fail", "ErrorPath": "$.caught.Error", "CausePath": "$.caught.Cause"}


def a_loop(**retry: Any) -> dict[str, dict[str, Any]]:
    """Ask, wait for as long as the answer says, ask again."""
    return {
        "Ask": invoke("ask", ResultSelector={"left.$": "$.Payload.left"}, ResultPath="$.answer", Next="Done?", **retry),
        "Done?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.answer.left", "NumericEquals": 0, "Next": "End"}],
            "Default": "Wait",
        },
        "Wait": {"Type": "Wait", "SecondsPath": "$.answer.left", "Next": "Ask"},
        "End": {"Type": "Succeed", "OutputPath": "$.answer"},
    }


def answers(*left: int) -> Any:
    queue = list(left)
    return lambda _event: {"left": queue.pop(0)}


def test_waits_take_virtual_time_only(bench: Bench) -> None:
    result = bench.run(a_loop(), ask=answers(60, 3600, 0)).wait()
    assert (result.status, result.output) == ("SUCCEEDED", {"left": 0})
    assert bench.moments["ask"] == [0, 60, 3660]


def test_a_wait_of_no_seconds_is_no_wait(bench: Bench) -> None:
    states = {"Wait": {"Type": "Wait", "SecondsPath": "$.n", "Next": "End"}, "End": {"Type": "Succeed"}}
    assert bench.run(states, {"n": 0}).wait().status == "SUCCEEDED"
    assert bench.clock.now == 0


def test_the_world_goes_on_while_the_machine_waits(bench: Bench) -> None:
    happened: list[float] = []
    bench.clock.at(30, lambda: happened.append(bench.clock.now))
    bench.clock.at(90, lambda: happened.append(bench.clock.now))
    seen: list[int] = []

    def ask(_event: Any) -> dict[str, int]:
        seen.append(len(happened))
        return {"left": 60 if len(seen) == 1 else 0}

    bench.run(a_loop(), ask=ask).wait()
    assert (seen, happened) == ([0, 1], [30])


def test_a_catch_matches_the_class_name_and_keeps_lambdas_cause(bench: Bench) -> None:
    class TooLate(Exception):
        pass

    def ask(_event: Any) -> None:
        raise TooLate("the train has left")

    catch = [
        {"ErrorEquals": ["TooEarly"], "ResultPath": "$.caught", "Next": "Wrong"},
        {"ErrorEquals": ["TooLate"], "ResultPath": "$.caught", "Next": "Right"},
    ]
    states = {"Ask": invoke("ask", Catch=catch, End=True), "Right": FAIL, "Wrong": {"Type": "Succeed"}}
    result = bench.run(states, ask=ask).wait()
    assert (result.status, result.error) == ("FAILED", "TooLate")
    assert '"errorMessage":"the train has left"' in (result.cause or "")


def test_retries_wait_longer_each_time_and_never_longer_than_they_may(bench: Bench) -> None:
    def ask(_event: Any) -> dict[str, int]:
        if len(bench.moments["ask"]) < 5:
            raise OSError("busy")
        return {"left": 0}

    retry = {"ErrorEquals": ["OSError"], "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 9, "MaxDelaySeconds": 5}
    assert bench.run(a_loop(Retry=[retry]), ask=ask).wait().status == "SUCCEEDED"
    assert bench.moments["ask"] == [0, 2, 6, 11, 16]


def test_a_task_that_has_used_up_its_retries_fails(bench: Bench) -> None:
    def ask(_event: Any) -> None:
        raise OSError("busy")

    retry = {"ErrorEquals": ["OSError"], "IntervalSeconds": 1, "MaxAttempts": 2}
    catch = {"ErrorEquals": ["States.ALL"], "ResultPath": "$.caught", "Next": "End"}
    states = {"Ask": invoke("ask", Retry=[retry], Catch=[catch], End=True), "End": FAIL}
    assert bench.run(states, ask=ask).wait().error == "OSError"
    assert len(bench.moments["ask"]) == 3


def test_branches_wait_side_by_side(bench: Bench) -> None:
    def branch(name: str, seconds: int) -> dict[str, Any]:
        wait = {"Type": "Wait", "Seconds": seconds, "Next": name}
        return {"StartAt": f"Wait {name}", "States": {f"Wait {name}": wait, name: invoke(name, End=True)}}

    states = {"Both": {"Type": "Parallel", "Branches": [branch("slow", 100), branch("quick", 40)], "End": True}}
    bench.run(states, slow=lambda _event: 1, quick=lambda _event: 2).wait()
    assert bench.moments == {"quick": [40], "slow": [100]}


def test_a_definite_path_gives_the_value_and_not_a_list(bench: Bench) -> None:
    states = {"Pass": {"Type": "Pass", "Parameters": {"first.$": "$.items[0].name"}, "End": True}}
    assert bench.run(states, {"items": [{"name": "a"}]}).wait().output == {"first": "a"}


def test_a_state_that_no_choice_fits_fails_the_execution(bench: Bench) -> None:
    states = {"Ask": {"Type": "Choice", "Choices": [{"Variable": "$.x", "StringEquals": "y", "Next": "End"}]}}
    assert bench.run({**states, "End": {"Type": "Succeed"}}, {"x": "z"}).wait().status == "FAILED"


def test_the_history_is_as_long_as_the_meter_says(bench: Bench) -> None:
    execution = bench.run(a_loop(), ask=answers(5, 5, 0))
    execution.wait()
    assert len(execution.history()) == bench.engine.history_events("run")


def test_the_same_seed_gives_the_same_history() -> None:
    def once() -> tuple[list[Any], str]:
        with ExitStack() as opened:
            bench = open_bench(opened, seed=7)

            def ask(_event: Any) -> dict[str, int]:
                if len(bench.moments["ask"]) < 4:
                    raise OSError("busy")
                return {"left": 0}

            retry = {"ErrorEquals": ["OSError"], "IntervalSeconds": 9, "MaxAttempts": 9, "JitterStrategy": "FULL"}
            execution = bench.run(a_loop(Retry=[retry]), ask=ask)
            execution.wait()
            return execution.history(), bench.bus.trace.sha256()

    assert once() == once()


def test_an_execution_that_never_ends_is_told(bench: Bench) -> None:
    states = {"Wait": {"Type": "Wait", "Seconds": 86_400, "Next": "Wait"}}
    result = bench.run(states).wait()
    assert (result.status, result.error) == ("FAILED", "SimulationStuck")
    assert "In state 'Wait'" in (result.cause or "")


def test_no_thread_outlives_its_region() -> None:
    before = threading.active_count()
    with ExitStack() as opened:
        bench = open_bench(opened)
        bench.run(a_loop(), ask=answers(10, 0)).wait()
    assert threading.active_count() == before


@pytest.mark.parametrize("seed", range(20))
def test_a_region_that_is_closed_in_mid_execution_ends_its_threads(seed: int) -> None:
    before = threading.active_count()
    with ExitStack() as opened:
        bench = open_bench(opened, seed)
        hold = threading.Event()

        def ask(_event: Any) -> dict[str, int]:
            hold.set()
            return {"left": 3600}

        bench.run(a_loop(), ask=ask)
        assert hold.wait(10)
    assert threading.active_count() == before
