"""The grammar of `rollout`: what its commands are called, take and say of themselves. Standard library only.

A command is a module of this package with a function `run`. It is imported when it is run, because what it works with
takes seconds to import: `--help` answers at once. So the few values of the simulator's that the grammar names are
written here again, and `tests/cli/test_grammar.py` compares.
"""

import argparse
from importlib.metadata import version
from pathlib import Path
from typing import Any

SPEED = 60.0
STRATEGIES = ("rolling", "capacity-provider", "blue-green")
ATTRIBUTE = "rollout.cordoned"
STACK, OUTPUT = "EcsAmiRollout", "StateMachine"
REGION = (
    "Serve a scenario's simulated region over HTTP on loopback, with the state machine deployed. The AWS CLI can be "
    "pointed at it. Nothing starts by itself but the recovery of a stopped execution; with --settings also what the "
    "stack's rules and its AMI watch start. The scenario's faults happen; its operators do not act: that is you. "
    "Ctrl-C ends it."
)


def parser() -> argparse.ArgumentParser:
    """The whole of it. What is parsed has the command's `module`, and whether it `takes_stack`: the synthesized one."""
    top = argparse.ArgumentParser(
        prog="rollout", description="AMI rollouts for Amazon ECS on EC2, rehearsed in a simulated region."
    )
    top.add_argument("--version", action="version", version=f"rollout {version('ecs-ami-rollout')}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    _simulate(commands)
    _region(commands)
    _start(commands)
    _compare(commands)
    _prepare(commands)
    _sweep(commands)
    _turnaround(commands)
    _canary(commands)
    _misfortunes(commands)
    _crash_points(commands)
    _mocks(commands)
    _parity(commands)
    _from_template(commands)
    return top


def _simulate(commands: Any) -> None:
    command = commands.add_parser(
        "simulate",
        help="run a scenario's rollout in the simulated region",
        description="Run a scenario's rollout in the simulated region: the synthesized state machine and its handlers, "
        "on virtual time. The exit code is 0 only when it ends as the scenario expects and no invariant was broken.",
    )
    command.add_argument("scenario", metavar="SCENARIO.json", type=Path)
    command.add_argument("--seed", type=int, default=1, metavar="N", help="what chance is drawn from (default: 1)")
    command.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    command.add_argument("--trace", type=Path, metavar="FILE", help="write every event to FILE, a JSON object a line")
    command.set_defaults(module="simulate", takes_stack=True)


def _region(commands: Any) -> None:
    command = commands.add_parser("region", help="serve a scenario's region over HTTP on loopback", description=REGION)
    command.add_argument("scenario", metavar="SCENARIO.json", type=Path)
    command.add_argument("--seed", type=int, default=1, metavar="N", help="what chance is drawn from (default: 1)")
    command.add_argument("--port", type=int, default=5000, metavar="PORT", help="on 127.0.0.1 (default: 5000; 0: any)")
    command.add_argument(
        "--settings", type=Path, metavar="FILE", help="deploy with these settings (default: the shipped rollouts.toml)"
    )
    command.add_argument(
        "--speed", type=_speed, default=SPEED, metavar="N", help=f"virtual seconds in a second (default: {SPEED:.0f})"
    )
    command.set_defaults(module="region", takes_stack=True)


def _start(commands: Any) -> None:
    command = commands.add_parser(
        "start",
        help="start the deployed state machine and follow it",
        description="Start an execution of the state machine with this input and follow it to its end. Uses the "
        "caller's AWS credentials. The exit code is 0 when the execution succeeded.",
    )
    command.add_argument("input", metavar="INPUT.json", type=Path, help="the rollout's input; - for standard input")
    command.add_argument("--state-machine", metavar="ARN", help=f"default: the output {OUTPUT} of the stack")
    command.add_argument("--stack", default=STACK, metavar="NAME", help=f"the CloudFormation stack (default: {STACK})")
    command.add_argument("--name", metavar="NAME", help="the execution's name (default: one that is made up)")
    command.add_argument("--dry-run", action="store_true", help="end with the plan")
    command.add_argument("--endpoint-url", metavar="URL", help="of a simulated region, for example")
    command.add_argument(
        "--record", type=Path, metavar="FOLDER", help="write what was answered, and the cluster meanwhile; ids replaced"
    )
    command.set_defaults(module="start", takes_stack=False)


def _compare(commands: Any) -> None:
    command = commands.add_parser(
        "compare",
        help="hold the simulated region against a recorded rollout",
        description="Run the rollout that `rollout start --record` has recorded in a scenario's region, and say where "
        "the region answers otherwise: statuses, error codes, members, types, words; not ids, times and numbers. The "
        "exit code is 0 only when it does not.",
    )
    command.add_argument("folder", metavar="FOLDER", type=Path, help="api_answers.json and executions/*.json")
    command.add_argument("scenario", metavar="SCENARIO.json", type=Path, help="the same cluster")
    command.set_defaults(module="compare", takes_stack=True)


def _prepare(commands: Any) -> None:
    command = commands.add_parser(
        "prepare",
        help="give services the cordon's constraint, once, so that rolling moves each task once",
        description="Give the services of a cluster the constraint by which they keep off cordoned instances. "
        "Without --yes it only says what it would do. Uses the caller's AWS credentials.",
    )
    command.add_argument("cluster", metavar="CLUSTER", help="the ECS cluster's name or ARN")
    command.add_argument("--attribute", default=ATTRIBUTE, metavar="NAME", help=f"the mark (default: {ATTRIBUTE})")
    command.add_argument("--service", action="append", metavar="NAME", help="only this one; may be given often")
    command.add_argument("--yes", action="store_true", help="do it")
    command.add_argument("--endpoint-url", metavar="URL", help="of a simulated region, for example")
    command.set_defaults(module="prepare", takes_stack=False)


def _sweep(commands: Any) -> None:
    command = commands.add_parser(
        "sweep",
        help="run thousands of drawn rollouts with drawn faults, and hold every promise",
        description="Draw clusters, strategies, timings and faults from seeds and run the rollouts in the simulated "
        "region. The exit code is 0 only when every one came to an allowed end and broke no invariant.",
    )
    command.add_argument("--seeds", type=int, default=200, metavar="N", help="how many (default: 200)")
    command.add_argument("--first", type=int, default=0, metavar="N", help="the first seed (default: 0)")
    command.add_argument("--seed", type=int, metavar="N", help="only this one, shrunk to the faults that it takes")
    command.add_argument("--full", action="store_true", help="boto3's whole stack and the ASL interpreter; slower")
    command.add_argument("--processes", type=int, metavar="N", help="side by side (default: the cores)")
    command.add_argument(
        "--kept",
        type=Path,
        metavar="FILE",
        help="results file: verdicts are added to FILE, those in it are not run again",
    )
    command.add_argument("--page", type=Path, metavar="FILE", help="write the summary as an HTML page")
    command.add_argument("--json", action="store_true", help="print the summary as one JSON object, nothing else")
    command.set_defaults(module="sweep", takes_stack=True)


def _turnaround(commands: Any) -> None:
    command = commands.add_parser(
        "turnaround",
        help="measure how fast rollouts turn when tasks begin to fail on the new AMI",
        description="Draw rollouts whose tasks begin to fail on the new AMI, and measure the time from the first "
        "assessment that could see a service at its floor to its first task RUNNING on the old AMI again. "
        "The exit code is 0 only when all of it is as promised.",
    )
    command.add_argument("--first", type=int, default=0, metavar="N", help="the first seed (default: 0)")
    command.add_argument("--seeds", type=int, default=100, metavar="N", help="how many of each (default: 100)")
    command.add_argument("--strategy", choices=STRATEGIES, help="only this one")
    command.add_argument("--processes", type=int, metavar="N", help="side by side (default: the cores)")
    command.add_argument("--seed", type=int, metavar="N", help="only this one, with --strategy; prints what was seen")
    command.add_argument("--scenario", action="store_true", help="with --seed: print the scenario for `simulate`")
    command.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    command.set_defaults(module="turnaround", takes_stack=True)


def _canary(commands: Any) -> None:
    command = commands.add_parser(
        "canary",
        help="measure whether rollouts tell bad AMIs from good ones in time",
        description="Draw rollouts to bad AMIs and to good ones, these with crashes, a deployment, a spot interruption "
        "and scaling on old and new instances alike. The exit code is 0 only when bad ones turn before more than the "
        "canary has moved, or soon after the third bad event, none ends well, and at most 1 % of good ones turn back.",
    )
    command.add_argument("--first", type=int, default=0, metavar="N", help="the first seed (default: 0)")
    command.add_argument("--seeds", type=int, default=500, metavar="N", help="how many of each (default: 500)")
    command.add_argument("--crashes-per-task-hour", type=float, default=0.02, metavar="RATE", help="(default: 0.02)")
    command.add_argument("--deployments", type=int, default=1, metavar="N", help="in each good one (default: 1)")
    command.add_argument("--interruptions", type=int, default=1, metavar="N", help="of spot, likewise (default: 1)")
    command.add_argument("--scaling", type=int, default=1, metavar="N", help="of a service, by half (default: 1)")
    command.add_argument("--processes", type=int, metavar="N", help="side by side (default: the cores)")
    command.add_argument("--seed", type=int, metavar="N", help="only this one's bad AMI; prints what was seen")
    command.add_argument("--good", action="store_true", help="with --seed: the good one instead")
    command.add_argument("--scenario", action="store_true", help="with --seed: print the scenario for `simulate`")
    command.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    command.set_defaults(module="canary", takes_stack=True)


def _misfortunes(commands: Any) -> None:
    command = commands.add_parser(
        "misfortunes",
        help="play one misfortune at a time, for each strategy, there and back",
        description="Play each misfortune by itself, for each strategy, on the way forward and on the way back, and "
        "print how it ended, how long it took and what it cost the services. The exit code is 0 only when each ended "
        "as it may and no invariant was broken.",
    )
    command.add_argument("--first", type=int, default=1, metavar="N", help="the first seed (default: 1)")
    command.add_argument("--seeds", type=int, default=3, metavar="N", help="how many for each (default: 3)")
    command.add_argument("--only", action="append", metavar="TEXT", help="those with TEXT in their name; often")
    command.add_argument("--processes", type=int, metavar="N", help="side by side (default: the cores)")
    command.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    command.add_argument("--markdown", action="store_true", help="print the table in Markdown")
    command.set_defaults(module="misfortunes", takes_stack=True)


def _crash_points(commands: Any) -> None:
    command = commands.add_parser(
        "crash-points",
        help="let a handler or the execution die at every API call of a scenario's rollout",
        description="Run a scenario once to count the API calls of its handlers; then once for each of them, before "
        "and after its effect, with the handler or the whole execution dying there.",
    )
    command.add_argument("scenario", metavar="SCENARIO.json", type=Path, nargs="+")
    command.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th point (default: 1, all)")
    command.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    command.set_defaults(module="crash_points", takes_stack=True)


def _mocks(commands: Any) -> None:
    command = commands.add_parser(
        "mocks",
        help="print a MockConfigFile.json for Step Functions Local",
        description="Record what the functions answer in simulated rollouts (the happy path, a retry, and one for each "
        "Catch of the graph) and print it as mocked service integrations for Step Functions Local.",
    )
    command.set_defaults(module="mocks", takes_stack=True)


def _parity(commands: Any) -> None:
    command = commands.add_parser(
        "parity",
        help="replay recorded executions and compare how they end",
        description="Replay FOLDER/executions/*.json, executions that AWS has recorded, in both interpreters on "
        "virtual time, and judge the patterns of FOLDER/event_patterns.json. Compared are status, error, cause, output "
        "and the types of the history's events. The exit code is 0 when none differs.",
    )
    command.add_argument("folder", metavar="FOLDER", type=Path)
    command.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    command.add_argument("--page", metavar="FILE", type=Path, help="write the table, as docs/parity.md has it")
    command.set_defaults(module="parity", takes_stack=True)


def _from_template(commands: Any) -> None:
    command = commands.add_parser(
        "from-template",
        help="make a scenario of the cluster in a CloudFormation template",
        description="Print a scenario with the cluster, node groups, capacity providers and services of a synthesized "
        "template. Instances begin on AMIs that are made up, ami-0a…; the newer ones are ami-0b….",
    )
    command.add_argument("template", metavar="TEMPLATE.json", type=Path)
    command.add_argument("--name", metavar="NAME", help="the scenario's name (default: the file's)")
    command.add_argument("--description", metavar="TEXT", default="", help="what it is about")
    command.add_argument("--input", metavar="JSON", default="{}", help="the rollout's input, without the cluster")
    command.set_defaults(module="from_template", takes_stack=False)


def _speed(text: str) -> float:
    speed = float(text)
    if speed <= 0:
        raise ValueError
    return speed
