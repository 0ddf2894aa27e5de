"""`make bench`: growing fleets side by side. Virtual time and counts are exact, wall time is this machine's own."""

import sys
import time

from rich.console import Console
from rich.table import Table

from simulator.rehearsal.run import simulate
from simulator.scenario.load import from_json
from simulator.scenario.model import Scenario

OLD, NEW = "ami-0aaaaaaaaaaaaaaa1", "ami-0bbbbbbbbbbbbbbb2"
FLEETS = ((2, 1), (10, 1), (10, "25%"), (30, "25%"), (100, "10%"), (100, "25%"))
LARGE = ((300, "25%"), (1000, "25%"))
HEADINGS = ("instances", "surge", "virtual s", "of the bound", "moves a task", "events", "payload B", "calls", "wall s")


def cluster(size: int, surge: int | str) -> Scenario:
    """A fleet two thirds full: a service behind a load balancer, one without, a daemon."""
    return from_json(
        {
            "name": f"{size}-instances",
            "cluster": "prod",
            "amis": [{"image_id": OLD, "name": "golden-1"}, {"image_id": NEW, "name": "golden-2"}],
            "node_groups": [{"name": "nodes", "ami": OLD, "size": size, "max": 2 * size}],
            "services": [
                {"name": "web", "count": 2 * size, "load_balancer": {"deregistration_delay_seconds": 30}},
                {"name": "worker", "count": 2 * size},
                {"name": "agent", "scheduling": "DAEMON", "cpu": 64, "memory": 64},
            ],
            "input": {"ami": NEW, "strategy": {"type": "rolling", "surge": surge}},
        },
        "benchmark",
    )


def row(size: int, surge: int | str) -> tuple[str, ...]:
    """One line of the table. Raises AssertionError for a rollout that is not worth measuring."""
    began = time.perf_counter()
    outcome = simulate(cluster(size, surge))
    wall = time.perf_counter() - began
    if outcome.end != "all_new" or outcome.violations:
        raise AssertionError(f"{size} instances, surge {surge}: {outcome.end}, {outcome.violations}")
    figures = (
        f"{outcome.virtual_seconds:.0f}",
        f"{outcome.virtual_seconds / outcome.lower_bound_seconds:.2f}",
        f"{outcome.moves_per_task:.2f}",
        str(outcome.history_events),
        str(outcome.peak_payload_bytes),
        str(sum(outcome.api_calls.values())),
        f"{wall:.1f}",
    )
    return (str(size), str(surge), *figures)


def main() -> None:
    """Print the table; `--large` adds the fleets that take minutes."""
    table = Table(*HEADINGS, title="Simulated rollouts")
    for size, surge in FLEETS + (LARGE if "--large" in sys.argv else ()):
        table.add_row(*row(size, surge))
    Console().print(table)


if __name__ == "__main__":
    main()
