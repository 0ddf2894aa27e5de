"""One seed: draw its scenario, run it, apply the verdict rules."""

import time
from functools import cache
from pathlib import Path

from simulator.cdk_output import ensure_synthesized
from simulator.faults.faults import FaultStruck
from simulator.runs.rehearsal.run import observe
from simulator.runs.sweep.verdict import FaultHit, Verdict, phase_of
from simulator.runs.sweep.verdict_rules import failures
from simulator.scenario.input_expectations import strategy_of
from simulator.scenario.model import Scenario
from simulator.scenario.random_faults import sweep_scenario
from simulator.seeding.cluster import NotSettled
from simulator.simulation import SimulatedRollout, open_simulation
from simulator.stepfunctions.events import ExecutionEnded, StateEntered

NOT_SETTLED, FAILED = "NotSettled", "the simulated region failed"


def run_seed(seed: int, *, fast: bool = True) -> Verdict:
    """The verdict on a seed of the sweep."""
    return run_scenario(sweep_scenario(seed), seed, fast=fast)


def run_scenario(scenario: Scenario, seed: int, *, fast: bool = True) -> Verdict:
    """The verdict on a scenario with faults."""
    began = time.perf_counter()
    strategy = str(strategy_of(scenario.input).get("type", "rolling"))
    try:
        with open_simulation(scenario, seed, _cdk_out(), fast=fast) as region:
            fault_hits = _FaultHits(region)
            outcome = observe(region)
    except NotSettled:  # the drawn cluster cannot exist: nothing was rolled out
        took = time.perf_counter() - began
        return Verdict(seed, strategy, "", "", NOT_SETTLED, None, (), (), 0.0, 0, took, "")
    except Exception as error:  # noqa: BLE001  a bug of the simulated region must not end the sweep, nor be lost
        took = time.perf_counter() - began
        return Verdict(seed, strategy, "", "", FAILED, None, (f"{FAILED}: {error!r}",), (), 0.0, 0, took, "")
    return Verdict(
        seed=seed,
        strategy=strategy,
        status=outcome.status,
        end=outcome.end,
        last_state=outcome.last_state,
        error=outcome.error,
        failures=tuple(failures(outcome)),
        fault_hits=tuple(fault_hits.seen),
        virtual_seconds=outcome.virtual_seconds,
        history_events=outcome.history_events,
        seconds=time.perf_counter() - began,
        trace_sha256=outcome.trace_sha256,
    )


@cache
def _cdk_out() -> Path:
    """Looked for once in a process: a sweep is of one state of the sources."""
    return ensure_synthesized()


class _FaultHits:
    """Records which faults struck in which phase of the rollout."""

    def __init__(self, region: SimulatedRollout) -> None:
        self.seen: list[FaultHit] = []
        self._state, self._ended, self._region = "", False, region
        region.bus.subscribe(StateEntered, self._entered)
        region.bus.subscribe(ExecutionEnded, self._end)
        region.bus.subscribe(FaultStruck, self._struck)

    def _entered(self, event: StateEntered) -> None:
        self._state = event.state

    def _end(self, event: ExecutionEnded) -> None:
        self._ended = self._ended or event.execution == self._region.main_execution

    def _struck(self, event: FaultStruck) -> None:
        self.seen.append(FaultHit(event.kind, phase_of(self._state, ended=self._ended)))
