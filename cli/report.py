"""What is said at the end of a simulated rollout: how it ended, whether it kept its promises, what it took."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.clock_face import in_words
from simulator.invariants.floor_ledger import FloorRecord
from simulator.operators import OperatorResult
from simulator.runs.rehearsal.outcome import Outcome
from simulator.scenario.model import Scenario

ENDS = {
    "all_new": "every instance runs the new AMI",
    "all_old": "every instance runs the old AMI",
    "needs_a_human": "the fleet is mixed and needs a human",
}
MOST_CALLS = 5


def report(outcome: Outcome, scenario: Scenario) -> RenderableType:
    """The report, for any console."""
    return Group(
        Text(),
        _verdict(outcome),
        *([_cause(outcome)] if outcome.error else []),
        Text(),
        _promises(outcome),
        Text(),
        _facts(outcome, scenario),
        Text(),
        _replay(outcome),
    )


def _verdict(outcome: Outcome) -> Text:
    text = Text("Simulated: ", style="dim")
    good = outcome.status == "SUCCEEDED"
    text.append(outcome.last_state or outcome.status, style="bold green" if good else "bold yellow")
    text.append(f", {ENDS[outcome.end]}", style="")
    if outcome.as_expected:
        text.append(", as the scenario expects.", style="green")
    else:
        text.append(".\nNot as the scenario expects: ", style="bold red")
        text.append("; ".join(outcome.unexpected))
    return text


def _cause(outcome: Outcome) -> Text:
    text = Text(outcome.error or "", style="bold")
    text.append(f": {outcome.cause}" if outcome.cause else "", style="default")
    return text


def _promises(outcome: Outcome) -> Text:
    """What was promised and broken; "No promise broken" only where no service was below its floor, or at zero."""
    margins = ", ".join(f"{name} {spare:+}" for name, spare in outcome.lowest_margin.items())
    short = [_shortage(name, one) for name, one in outcome.floors.items() if not one.is_clean]
    if not outcome.violations and not short:
        text = Text("No promise broken", style="bold green")
        text.append(f"; lowest margins above the floors: {margins}." if margins else ".", style="default")
        return text
    broken = len(outcome.violations)
    text = Text(f"{broken} promise{'s' * (broken != 1)} broken" if broken else "", style="bold red")
    for violation in outcome.violations:
        text.append(f"\n  {violation}", style="red")
    if short:
        text.append("\n" * bool(broken) + "Services were below their floors:", style="bold yellow")
        text.append("".join(f"\n  {line}" for line in short), style="default")
    text.append(f"\nLowest margins above the floors: {margins}." if margins else "", style="default")
    return text


def _shortage(name: str, record: FloorRecord) -> str:
    """By how much, for how long, and whose doing it was."""
    below, rollouts = record.task_seconds_below_floor, record.by_the_rollout
    whose = "by the rollout" if rollouts >= below else "by others" if not rollouts else f"{rollouts:.0f} by the rollout"
    said = [f"{below:.0f} task-seconds below its floor, {whose}"] if below else []
    said += [f"{record.task_seconds_at_zero:.0f} task-seconds at zero"] if record.task_seconds_at_zero else []
    return f"{name} {record.lowest_margin:+} at its lowest: {'; '.join(said)}"


def _facts(outcome: Outcome, scenario: Scenario) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    table.add_row("took", f"{in_words(outcome.virtual_seconds)} of virtual time{_against_the_bound(outcome)}")
    table.add_row(
        "instances", f"{outcome.peak_instances} at most, {outcome.surge_instance_hours:.2f} surge instance-hours"
    )
    table.add_row("tasks", f"{outcome.moves_per_task:.2f} moves a task")
    table.add_row(
        "state machine",
        f"{outcome.state_transitions} transitions, {outcome.history_events} history events of 25,000, "
        f"largest payload {outcome.peak_payload_bytes} bytes",
    )
    table.add_row("handlers", f"{outcome.lambda_invocations} invocations, {_calls(outcome)}")
    dollars = ", ".join(f"{what.replace('_', ' ')} ${value:.4f}" for what, value in outcome.costs.items() if value)
    table.add_row("estimated cost", f"${outcome.cost_usd:.4f}" + (f" ({dollars})" if dollars else ""))
    for operator_result in outcome.people:
        table.add_row(operator_result.name, _operator(operator_result))
    if scenario.faults:
        table.add_row("faults", ", ".join(fault.kind.replace("_", " ") for fault in scenario.faults))
    return table


def _operator(operator_result: OperatorResult) -> str:
    why = (
        f" ({': '.join(filter(None, (operator_result.error, operator_result.cause)))})" if operator_result.error else ""
    )
    return f"{operator_result.request}: {operator_result.status}{why}"


def _against_the_bound(outcome: Outcome) -> str:
    bound = outcome.lower_bound_seconds
    if outcome.end != "all_new" or not bound:
        return ""
    return f", {outcome.virtual_seconds / bound:.2f} times the shortest possible {in_words(bound)}"


def _calls(outcome: Outcome) -> str:
    calls = sorted(outcome.api_calls.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{name} {times}" for name, times in calls[:MOST_CALLS])
    total = sum(outcome.api_calls.values())
    return f"{total} API calls ({shown}{', …' if len(calls) > MOST_CALLS else ''})" if total else "no API calls"


def _replay(outcome: Outcome) -> Text:
    return Text(
        f"seed {outcome.seed}, trace {outcome.trace_sha256[:16]}: the same seed gives the same trace.", style="dim"
    )
