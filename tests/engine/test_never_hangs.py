"""Whatever an execution does, it ends, says why, and leaves no thread behind."""

import threading
import time
from contextlib import ExitStack
from typing import Any

import pytest

from simulator.stepfunctions.engine import WEEK
from simulator.stepfunctions.events import ExecutionEnded, StateEntered
from simulator.stepfunctions.moto_interpreter import engine as engine_module
from simulator.stepfunctions.moto_interpreter.engine import MotoExecution
from tests.engine.conftest import Bench, open_bench
from tests.engine.machines import asking, chain, machine, task, wait

ASKING = asking("ask")
POLLING = machine("Poll", Poll=task("poll", Next="Wait"), Wait={**wait(60), "Next": "Poll"})
SPINNING = machine("Spin", Spin={"Type": "Pass", "Next": "Again"}, Again={"Type": "Pass", "Next": "Spin"})


def test_an_execution_that_nothing_can_wake_fails_and_names_its_state(bench: Bench) -> None:
    ended: list[ExecutionEnded] = []
    bench.bus.subscribe(ExecutionEnded, ended.append)
    execution = bench.start(machine("Ask a human", Ask_a_human=ASKING), ask=bench.note("ask"))
    result = execution.wait()
    assert (result.status, result.error) == ("FAILED", "SimulationStuck")
    assert "'Ask a human'" in (result.cause or "")
    described = bench.engine.client.describe_execution(executionArn=execution.arn)
    assert (described["status"], described["cause"]) == ("FAILED", result.cause)
    assert [event.status for event in ended] == ["FAILED"]


def test_an_execution_that_polls_for_ever_ends_after_a_week(bench: Bench) -> None:
    result = bench.result(machine("Poll", Poll={**wait(3600), "Next": "Again"}, Again={"Type": "Pass", "Next": "Poll"}))
    assert result.error == "SimulationStuck"
    assert WEEK - 3600 <= bench.clock.now <= WEEK + 3600


def test_an_execution_that_never_waits_ends_with_its_history(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "MOST_EVENTS", 200)
    result = bench.result(SPINNING)
    assert result.error == "SimulationStuck"
    assert "200 events" in (result.cause or "")


def test_after_one_execution_was_stuck_the_next_one_runs(bench: Bench) -> None:
    bench.result(machine("A", A=ASKING), ask=bench.note("ask"))
    bench.engine.client.update_state_machine(
        stateMachineArn=bench.engine.machine_arn, definition='{"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}'
    )
    assert bench.engine.start("next", {}).wait().status == "SUCCEEDED"


@pytest.mark.parametrize("definition", [POLLING, SPINNING], ids=["waiting", "running"])
def test_closing_ends_the_threads_of_an_execution_that_runs(definition: dict[str, Any]) -> None:
    before = set(threading.enumerate())
    with ExitStack() as opened:
        bench = open_bench(opened)
        bench.start(definition, poll=lambda _event: time.sleep(0))
    assert set(threading.enumerate()) <= before


def test_an_error_of_the_world_is_raised_and_not_made_a_failed_state(bench: Bench) -> None:
    def break_down() -> None:
        raise KeyError("no such task")

    bench.clock.after(30, break_down)
    with pytest.raises(RuntimeError, match="simulated region failed") as raised:
        bench.result(chain(wait(60)))
    assert isinstance(raised.value.__cause__, KeyError)


def test_an_error_of_a_listener_is_raised_and_not_made_a_failed_state(bench: Bench) -> None:
    def listen(event: StateEntered) -> None:
        if event.state == "S2":
            raise KeyError("no such task")

    bench.bus.subscribe(StateEntered, listen)
    with pytest.raises(RuntimeError, match="simulated region failed"):
        bench.result(chain(wait(60), wait(60)))


def test_an_interpreter_that_breaks_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: object) -> None:
        raise RuntimeWarning("unsupported")

    execution = "moto.stepfunctions.parser.backend.execution.BaseExecutionWorkerCommunication"
    monkeypatch.setattr(f"{execution}.terminated", broken)
    with pytest.raises(RuntimeError, match="unsupported"):
        bench.result(chain(wait(60)))


def test_who_waits_for_an_execution_hears_that_the_region_was_closed() -> None:
    heard: list[str] = []

    def listen(execution: MotoExecution) -> None:
        with pytest.raises(RuntimeError, match="closed") as raised:
            execution.wait()
        heard.append(str(raised.value))

    with ExitStack() as opened:
        bench = open_bench(opened)
        execution = bench.start(POLLING, poll=lambda _event: time.sleep(0))
        listener = threading.Thread(target=listen, args=[execution], daemon=True)
        listener.start()
    listener.join(10)
    assert len(heard) == 1
    with pytest.raises(RuntimeError, match="closed"):
        execution.wait()
