"""Waiting takes virtual time and nothing else, in one order with everything that happens in the region."""

import json
import time
from typing import Any

from tests.engine.conftest import Bench
from tests.engine.machines import asking, chain, machine, task, wait


def test_waits_pass_one_after_the_other(bench: Bench) -> None:
    result = bench.result(
        chain(task("first"), wait(3600), task("second"), wait(86_400), task("third")),
        **{name: bench.note(name) for name in ("first", "second", "third")},
    )
    assert result.status == "SUCCEEDED"
    assert bench.steps == [(0.0, "first"), (3600.0, "second"), (90_000.0, "third")]


def test_a_wait_takes_its_seconds_from_a_path(bench: Bench) -> None:
    bench.result(chain({"Type": "Wait", "SecondsPath": "$.poll.seconds"}), {"poll": {"seconds": 45}})
    assert bench.clock.now == 45.0


def test_a_wait_of_no_seconds_takes_none(bench: Bench) -> None:
    assert bench.result(chain(wait(0))).status == "SUCCEEDED"
    assert bench.clock.now == 0.0


def test_the_worlds_events_happen_between_the_waits_at_their_own_time(bench: Bench) -> None:
    for when in (10.0, 29.999, 30.0, 45.0):
        bench.clock.at(when, lambda: bench.steps.append((bench.clock.now, "region")))
    bench.result(chain(wait(30), task("a"), wait(30), task("b")), a=bench.note("a"), b=bench.note("b"))
    assert bench.steps == [
        (10.0, "region"),
        (29.999, "region"),
        (30.0, "region"),
        (30.0, "a"),
        (45.0, "region"),
        (60.0, "b"),
    ]


def test_time_that_a_handler_lets_pass_is_the_worlds_time_too(bench: Bench) -> None:
    bench.clock.at(5.0, lambda: bench.steps.append((bench.clock.now, "region")))

    def slow(_event: dict[str, Any]) -> dict[str, Any]:
        with bench.lock:
            bench.clock.advance(20)
        bench.steps.append((bench.clock.now, "slow"))
        return {}

    bench.result(chain(task("slow"), wait(10)), slow=slow)
    assert bench.steps == [(5.0, "region"), (20.0, "slow")]
    assert bench.clock.now == 30.0


def test_branches_wait_side_by_side(bench: Bench) -> None:
    branches = [
        chain(wait(10), task("a"), wait(20), task("a")),
        chain(wait(20), task("b"), wait(20), task("b")),
        chain(wait(10), task("c")),
    ]
    bench.result(
        machine("P", P={"Type": "Parallel", "Branches": branches, "End": True}),
        **{name: bench.note(name) for name in ("a", "b", "c")},
    )
    assert bench.steps == [(10.0, "a"), (10.0, "c"), (20.0, "b"), (30.0, "a"), (40.0, "b")]


def test_an_inline_map_waits_for_each_item(bench: Bench) -> None:
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, **chain({"Type": "Wait", "SecondsPath": "$"}, task("a"))}
    mapped = {"Type": "Map", "ItemsPath": "$.xs", "ItemProcessor": processor, "End": True}
    result = bench.result(machine("M", M=mapped), {"xs": [30, 10]}, a=lambda event: event)
    assert [answer["Payload"] for answer in result.output] == [30, 10]
    assert bench.clock.now == 30.0


def test_the_processs_clock_is_virtual_in_handlers(bench: Bench) -> None:
    result = bench.result(chain(wait(86_400), task("now")), now=lambda _event: {"now": time.time()})
    assert result.output["Payload"]["now"] == bench.clock.today().timestamp()


def test_a_machine_that_times_out_says_so_when_its_time_is_over(bench: Bench) -> None:
    execution = bench.start({"TimeoutSeconds": 60, **chain(wait(3600))})
    assert execution.wait().status == "TIMED_OUT"
    assert bench.clock.now == 60.0
    assert execution.history()[-1]["type"] == "ExecutionTimedOut"


def test_a_task_that_waits_for_its_token_goes_on_when_it_comes(bench: Bench) -> None:
    def ask(event: dict[str, Any]) -> None:
        bench.clock.after(120, lambda: answer(event["token"]))

    def answer(token: str) -> None:
        bench.engine.client.send_task_success(taskToken=token, output=json.dumps({"approved": True}))

    result = bench.result(chain(asking("ask", TimeoutSeconds=600), wait(30)), ask=ask)
    assert (result.status, result.output) == ("SUCCEEDED", {"approved": True})
    assert bench.clock.now == 150.0


def test_a_task_token_that_never_comes_is_a_timeout(bench: Bench) -> None:
    late = {"ErrorEquals": ["States.Timeout"], "Next": "Late"}
    ask = asking("ask", TimeoutSeconds=600, Catch=[late])
    pass_on = {"Type": "Pass", "Result": "late", "End": True}
    assert bench.result(machine("Ask", Ask=ask, Late=pass_on), ask=bench.note("ask")).output == "late"
    assert bench.clock.now == 600.0


def test_an_hour_of_polling_takes_no_time(bench: Bench) -> None:
    polls: list[float] = []

    def poll(_event: dict[str, Any]) -> dict[str, Any]:
        polls.append(bench.clock.now)
        return {"left": 100 - len(polls)}

    looping = machine(
        "Poll",
        Poll=task("poll", ResultPath="$.seen", Next="Done?"),
        **{"Done?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.seen.Payload.left", "NumericGreaterThan": 0, "Next": "Wait"}],
            "Default": "Done",
        }},
        Wait={**wait(36), "Next": "Poll"},
        Done={"Type": "Succeed"},
    )  # fmt: skip
    began = time.perf_counter_ns()
    assert bench.result(looping, poll=poll).status == "SUCCEEDED"
    assert bench.clock.now == 99 * 36
    assert (time.perf_counter_ns() - began) / 1e9 < 5  # 300 transitions: 0.3 s on two cores
