"""`make bench`: fleets and strategies side by side. Virtual time and counts are exact, wall time is this machine's."""

import sys
import time
from typing import Any

from rich.console import Console
from rich.table import Table

from simulator.runs.rehearsal.run import simulate
from simulator.scenario.load import from_json
from simulator.scenario.model import Scenario

OLD, NEW = "ami-0aaaaaaaaaaaaaaa1", "ami-0bbbbbbbbbbbbbbb2"
Way = tuple[str, dict[str, Any]]
FLIP: Way = ("to a second group", {"type": "capacity-provider"})
BLUE_GREEN: Way = ("blue/green", {"type": "blue-green"})
WIDTH = 110
HEADINGS = ("instances", "how", "virtual s", "of the bound", "moves a task", "events", "payload B", "calls", "wall s")


def rolling(surge: int | str) -> Way:
    """A window of so many instances, or of such a share."""
    return f"rolling, surge {surge}", {"type": "rolling", "surge": surge}


FLEETS = (
    (2, rolling(1)),
    (10, rolling(1)),
    (10, rolling("25%")),
    (10, FLIP),
    (10, BLUE_GREEN),
    (30, rolling("25%")),
    (100, rolling("10%")),
    (100, rolling("25%")),
    (100, FLIP),
    (100, BLUE_GREEN),
)
LARGE = ((300, rolling("25%")), (1000, rolling("25%")), (1000, FLIP), (1000, BLUE_GREEN))


def cluster(size: int, strategy: dict[str, Any]) -> Scenario:
    """A fleet two thirds full: a service behind a load balancer, one without, a daemon."""
    by = [{"capacityProvider": "blue", "base": 0, "weight": 1}] if strategy["type"] == "capacity-provider" else []
    share = {"capacity_provider_strategy": by}
    return from_json(
        {
            "name": f"{size}-instances",
            "cluster": "prod",
            "amis": [{"image_id": OLD, "name": "golden-1"}, {"image_id": NEW, "name": "golden-2"}],
            "node_groups": [{"name": "nodes", "ami": OLD, "size": size, "max": 2 * size, "capacity_provider": "blue"}],
            "services": [
                {"name": "web", "count": 2 * size, "load_balancer": {"deregistration_delay_seconds": 30}, **share},
                {"name": "worker", "count": 2 * size, **share},
                {"name": "agent", "scheduling": "DAEMON", "cpu": 64, "memory": 64},
            ],
            "input": {"ami": NEW, "strategy": strategy},
        },
        "benchmark",
    )


def row(size: int, way: Way) -> tuple[str, ...]:
    """One line of the table. Raises AssertionError for a rollout that is not worth measuring."""
    how, strategy = way
    began = time.perf_counter()
    outcome = simulate(cluster(size, strategy))
    wall = time.perf_counter() - began
    if outcome.end != "all_new" or outcome.violations:
        raise AssertionError(f"{size} instances, {how}: {outcome.end}, {outcome.violations}")
    figures = (
        f"{outcome.virtual_seconds:.0f}",
        f"{outcome.virtual_seconds / outcome.lower_bound_seconds:.2f}",
        f"{outcome.moves_per_task:.2f}",
        str(outcome.history_events),
        str(outcome.peak_payload_bytes),
        str(sum(outcome.api_calls.values())),
        f"{wall:.1f}",
    )
    return (str(size), how, *figures)


def main() -> None:
    """Print the table; `--large` adds the fleets that take minutes."""
    table = Table(*HEADINGS, title="Simulated rollouts")
    for size, way in FLEETS + (LARGE if "--large" in sys.argv else ()):
        table.add_row(*row(size, way))
    console = Console()
    console.print(table, width=max(console.width, WIDTH))


if __name__ == "__main__":
    main()
