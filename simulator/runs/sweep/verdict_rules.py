"""The rules by which a simulated rollout passes: every invariant held, and it came to an end that is allowed."""

from handlers import catalogue
from simulator.runs.rehearsal.outcome import Outcome

ALLOWED_ENDS = {
    ("SUCCEEDED", "all_new"),
    ("FAILED", "all_old"),
    ("FAILED", "needs_a_human"),
    ("ABORTED", "all_old"),
    ("ABORTED", "all_new"),
}
NEEDS_A_HUMAN, NOTHING_TO_DO = catalogue.NEEDS_A_HUMAN.back, catalogue.NOTHING_TO_DO.forward
LEFT = ("old", "new", "not_restored", "commands")
"""What the report of such an end has as fields."""


def failures(outcome: Outcome) -> list[str]:
    """List the rules that the run broke; empty where it passes.

    Green is all new, or nothing to do. Red is all old, or needs a human, with the remaining work named. What an
    operator stopped and nothing took over is as it was: it had not begun, or it was done.
    """
    found = [str(violation) for violation in outcome.violations]
    how = (outcome.status, outcome.end)
    human = outcome.last_state == NEEDS_A_HUMAN and outcome.status == "FAILED"
    if how not in ALLOWED_ENDS and not human and outcome.last_state != NOTHING_TO_DO:
        found.append(f"{outcome.status} at {outcome.last_state!r}, and the fleet is {outcome.end}: {outcome.cause}")
    untold = [name for name in LEFT if name not in outcome.report.get("details", {})]
    if human and untold and "unread" not in outcome.report.get("details", {}):
        found.append(f"needs a human, who is not told {', '.join(untold)}: {outcome.cause}")
    if outcome.last_state == catalogue.HANDED_OVER.forward:
        found.append(f"it was handed over, and nobody went on: {outcome.executions}")
    if outcome.first_error == "LeaseLost":
        found.append(f"it was taken over while it lived: {outcome.followers}")
    if outcome.error == "SimulationStuck":
        found.append(f"it never ended: {outcome.cause}")
    return found
