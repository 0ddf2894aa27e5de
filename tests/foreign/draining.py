"""`python -m tests.foreign.draining FILE_OR_FOLDER`: tries a draining function of somebody else's on the region.

The region is served over HTTP. A termination lifecycle hook is put on the group, an instance with tasks is terminated
through Auto Scaling, and the hook's message goes to the function, which runs as it is in a process of its own, until
the lifecycle action has ended. Printed is each API call with its answer in short, and what came of it.

0: the function completed the action, each task had STOPPED before, and the region had all that it called; 1: not so,
and it is said why; 2: it could not be tried.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any, TextIO

from simulator.scenario.load import ScenarioInvalid, load
from tests.foreign.delivery import SOURCES
from tests.foreign.function import Call, Code, NotLoaded
from tests.foreign.trial import Asked, Outcome, run

SAMPLE = Path(__file__).parents[2] / "examples" / "sample-cluster.json"
ENTRANCES = ("lambda_handler", "handler")
BAD_INPUT = 2


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        asked = Asked(
            code_at(options.code, options.handler),
            options.by,
            dict(options.env),
            dict(options.tag),
            options.timeout,
            options.heartbeat,
            options.group,
            options.seed,
        )
        outcome = run(load(options.scenario), asked, _say_call)
    except (NotLoaded, ScenarioInvalid, KeyError, ValueError) as error:
        _say(f"{type(error).__name__}: {error}", sys.stderr)
        return BAD_INPUT
    if options.log:
        _say(outcome.log)
    _say(told(outcome))
    return 1 if outcome.complaints else 0


def code_at(path: Path, handler: str | None) -> Code:
    """The function there. Raises NotLoaded where it is not said which of a folder's."""
    path = path.resolve()
    if handler is None and path.is_file():
        text = path.read_text()
        found = [name for name in ENTRANCES if f"def {name}(" in text]
        if found:
            return Code(path.parent, f"{path.stem}.{found[0]}")
    if handler is None or not path.exists():
        raise NotLoaded(f"{path}: name a file with one of {', '.join(ENTRANCES)}, or --handler module.function")
    return Code(path.parent if path.is_file() else path, handler)


def told(outcome: Outcome) -> str:
    """The summary."""
    counts = Counter(f"{call.service}:{call.operation}" for call in outcome.calls)
    how_often, how_long = f"{len(outcome.invocations)} invocations", f"{outcome.seconds:.0f} virtual seconds"
    lines = [
        "",
        f"{outcome.instance} with {outcome.tasks} tasks: {how_often}, {outcome.result} after {how_long}",
        *(f"  {times:>4}  {name}" for name, times in sorted(counts.items())),
    ]
    lines += [f"  {times:>4}  failed: {error}" for error, times in Counter(outcome.errors).items()]
    complaints = [f"  {why}" for why in outcome.complaints]
    ended = ["did not work:", *complaints] if complaints else ["worked: every task had stopped before the termination"]
    return "\n".join([*lines, *ended])


def _say_call(call: Call) -> None:
    answer = f"{call.error}: {call.answered}" if call.error else call.answered
    _say(f"{call.at:9.1f}  {call.service}:{call.operation} {call.asked} -> {answer}")


def _say(text: str, where: TextIO | None = None) -> None:
    (where or sys.stdout).write(f"{text}\n")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text}: NAME=VALUE is expected")
    return name, value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.foreign.draining", description=__doc__)
    several: dict[str, Any] = {"type": _pair, "action": "append", "default": []}
    places = "may hold {cluster}, {region}, {account}, {function}, {topic} or {queue}"
    parser.add_argument("code", type=Path, help="the function's file, or the folder that it lies in")
    parser.add_argument("--handler", help="as Lambda names it: module.function")
    parser.add_argument("--by", choices=SOURCES, default="sns", help="how the hook's message reaches it")
    parser.add_argument("--env", **several, help=f"NAME=VALUE of its environment; {places}")
    parser.add_argument("--tag", **several, help=f"KEY=VALUE on the instance; {places}")
    parser.add_argument("--timeout", type=float, default=900.0, help="its time-out, virtual seconds")
    parser.add_argument("--heartbeat", type=int, default=900, help="the hook's heartbeat time-out, virtual seconds")
    parser.add_argument("--scenario", type=Path, default=SAMPLE, help="the cluster")
    parser.add_argument("--group", default="", help="the Auto Scaling group, where not the scenario's first one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", action="store_true", help="print what the function printed, too")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
