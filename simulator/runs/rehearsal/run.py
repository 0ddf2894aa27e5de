"""simulate(): one scenario, one seed, one rollout from its start to its end, and what came of it."""

from collections.abc import Callable
from pathlib import Path

from simulator.cdk_output import ensure_synthesized
from simulator.invariants.monitor import Monitor
from simulator.invariants.region_reads import hosts_of
from simulator.region import EXECUTION_NAME
from simulator.runs.rehearsal.bounds import lower_bound_seconds
from simulator.runs.rehearsal.chain import Chain
from simulator.runs.rehearsal.meter import Meter
from simulator.runs.rehearsal.outcome import Outcome
from simulator.runs.rehearsal.prices import costs
from simulator.runs.rehearsal.view import View
from simulator.runs.rehearsal.viewer import Viewer
from simulator.scenario.model import Scenario
from simulator.simulation import SimulatedRollout, open_simulation

AFTERMATH_SECONDS = 300.0
"""The invariants are watched for so long after the execution's end: what a rollout leaves behind may strike then."""

Observer = Callable[[View], None]


def simulate(
    scenario: Scenario,
    seed: int = 1,
    observer: Observer | None = None,
    trace: Path | None = None,
    *,
    fast: bool = False,
) -> Outcome:
    """Run the scenario's rollout; `observer` sees a view whenever something changes, `trace` gets the event log.

    `fast`: without boto3's stack, moto's front and its interpreter; the same decisions.

    Raises NotSettled when the scenario's cluster cannot exist, RuntimeError when the stack cannot be synthesized.
    """
    with open_simulation(scenario, seed, ensure_synthesized(), fast=fast) as region:
        outcome = observe(region, observer)
        if trace is not None:
            trace.write_text("".join(f"{line}\n" for line in region.bus.trace.lines))
        return outcome


def observe(region: SimulatedRollout, observer: Observer | None = None, execution: str = EXECUTION_NAME) -> Outcome:
    """The same in a region that is open already: start the execution, wait for its end and the operators', check it.

    One of another name is not started here: a rule starts it.
    """
    monitor = Monitor(region)
    hosts = sum(len(hosts_of(region, group.name)) for group in region.scenario.node_groups)
    meter = Meter(region.clock, region.bus, hosts, region.cluster, region.line)
    if observer is not None:
        Viewer(region, monitor, observer)
    chain = Chain(region.bus, region.line)
    (region.start_execution() if execution == EXECUTION_NAME else region.awaited(execution)).wait()
    region.settle()
    ended = _Ended(region, monitor, meter, chain)
    return ended.outcome()


class _Ended:
    """What is known when the executions have ended. Counts are taken before the aftermath is watched."""

    def __init__(self, region: SimulatedRollout, monitor: Monitor, meter: Meter, chain: Chain) -> None:
        self._region, self._monitor, self._meter, self._chain = region, monitor, meter, chain
        self._last = chain.last
        self._operators = region.operators.results()
        with region.dispatch.lock:
            self._seconds = round(meter.ended_at - region.started_at, 3)
            self._api_calls = _calls_of_the_handlers(region)
            self._surge_hours = meter.surge_instance_hours
            self._moves = meter.moves_per_task
            self._history = max(region.engine.history_events(name) for name in region.line)
            self._end = monitor.check_end(
                status=self._last.status,
                last_state=self._last.last_state,
                history_events=self._history,
                peak_payload_bytes=meter.peak_payload_bytes,
            )
            self._floors = monitor.floors.records()
            self._trace = region.bus.trace.sha256()
            region.clock.advance(AFTERMATH_SECONDS)
            monitor.check_commands()

    def outcome(self) -> Outcome:
        """All of it as data."""
        scenario, meter, monitor = self._region.scenario, self._meter, self._monitor
        unexpected = self._unexpected()
        costing = self._costs()
        return Outcome(
            name=scenario.name,
            description=scenario.description,
            seed=self._region.seed,
            as_expected=not unexpected,
            unexpected=unexpected,
            status=self._last.status,
            end=self._end,
            last_state=self._last.last_state,
            error=self._last.error,
            cause=self._last.cause,
            violations=monitor.violations,
            virtual_seconds=self._seconds,
            lower_bound_seconds=lower_bound_seconds(
                scenario, monitor.baseline.settings.desired, monitor.baseline.allowance
            ),
            moves_per_task=round(self._moves, 3),
            surge_instance_hours=round(self._surge_hours, 4),
            lowest_margin={name: one.lowest_margin for name, one in self._floors.items()},
            floors=self._floors,
            peak_instances=monitor.capacity.peak,
            state_transitions=meter.state_transitions,
            history_events=self._history,
            peak_payload_bytes=meter.peak_payload_bytes,
            lambda_invocations=meter.lambda_invocations,
            api_calls=self._api_calls,
            cost_usd=round(sum(costing.values()), 6),
            costs=costing,
            trace_sha256=self._trace,
            people=self._operators,
            first_error=self._chain.first_error,
            followers=self._followers(),
            executions=tuple(self._region.line),
            report=self._last.report,
        )

    def _unexpected(self) -> tuple[str, ...]:
        expected = self._region.scenario.expect
        seen = {"status": self._last.status, "end": self._end, "error": self._last.error}
        wanted = {"status": expected.status, "end": expected.end, "error": expected.error}
        return tuple(
            f"{what} is {seen[what]}, expected was {value}"
            for what, value in wanted.items()
            if value is not None and seen[what] != value
        )

    def _followers(self) -> tuple[str, ...]:
        return tuple(f"{link.execution} ended {link.status} at {link.last_state!r}" for link in self._chain.followers)

    def _costs(self) -> dict[str, float]:
        scenario = self._region.scenario
        group = next(
            node_group for node_group in scenario.node_groups if node_group.name == self._monitor.baseline.group
        )
        seconds_a_call = sum(scenario.timings.api_seconds) / 2
        return costs(
            state_transitions=self._meter.state_transitions,
            lambda_invocations=self._meter.lambda_invocations,
            lambda_seconds=sum(self._api_calls.values()) * seconds_a_call,
            api_calls=self._api_calls,
            surge_instance_hours=self._surge_hours,
            instance_type=group.instance_type,
        )


def _calls_of_the_handlers(region: SimulatedRollout) -> dict[str, int]:
    """All API calls but those by which the rehearsal itself started executions."""
    own = {("stepfunctions", operation): times for operation, times in region.engine.own_calls.items()}
    calls = {call: times - own.get(call, 0) for call, times in sorted(region.dispatch.calls.items())}
    return {f"{service}.{operation}": times for (service, operation), times in calls.items() if times}
