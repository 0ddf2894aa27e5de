"""`rollout start`: start the deployed state machine, follow the rollout to its end, print the report.

It speaks to AWS with the caller's credentials, or to a simulated region by `--endpoint-url`. Interrupting it stops the
following, not the rollout. With `--record` all that it is answered goes to a folder, with what it reads of the cluster
before, meanwhile and after.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from cli.grammar import OUTPUT
from handlers import catalogue
from simulator.runs.recordings.recording import RolloutRecording

BAD_INPUT = 2
LOOKS_EVERY_SECONDS = 2.0
RECORDS_EVERY_SECONDS = 30.0
"""How often the whole cluster is read: about twenty calls each time, far below ECS's limits."""
PAGE = 50
UNSAID = ("ChoiceStateEntered", "ParallelStateEntered")
ASSESSING = (catalogue.ASSESS.forward, catalogue.ASSESS.back)


def run(options: argparse.Namespace) -> int:
    """Start and follow, from one execution to the next; 0: it succeeded, 1: it did not, 2: it could not be started."""
    try:
        given = json.loads(sys.stdin.read() if str(options.input) == "-" else options.input.read_text())
        given |= {"dry_run": True} if options.dry_run else {}
        recording = _recording(given, options) if options.record else None
        client = (
            recording.client("stepfunctions")
            if recording
            else boto3.client("stepfunctions", endpoint_url=options.endpoint_url)
        )
        machine = options.state_machine or _of_the_stack(options.stack, options.endpoint_url)
        name = options.name or f"started-{uuid4()}"
        execution = client.start_execution(stateMachineArn=machine, input=json.dumps(given), name=name)["executionArn"]
    except (OSError, ValueError, LookupError, ClientError, BotoCoreError) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"started {execution}", markup=False)
    meanwhile = _every(RECORDS_EVERY_SECONDS, recording.look) if recording else _nothing
    following: str | None = execution
    while following:
        execution = following
        for line in _states(client, execution, meanwhile):
            console.print(line, markup=False)
        following = successor_of(client, execution)
        if following:
            console.print(f"goes on in {following}", markup=False)
    if recording:
        recording.end(execution, "dry-run" if options.dry_run else "rollout")
        recording.write(options.record)
    return _told(dict(client.describe_execution(executionArn=execution)), console)


def _recording(given: dict[str, Any], options: argparse.Namespace) -> RolloutRecording:
    """One that has begun."""
    recording = RolloutRecording(boto3.session.Session(), given.get("cluster"), options.endpoint_url)
    recording.begin()
    return recording


def _every(seconds: float, act: Callable[[], None]) -> Callable[[], None]:
    """What acts when so many seconds have passed since it last did."""
    last = time.monotonic()

    def now_and_then() -> None:
        nonlocal last
        if time.monotonic() - last >= seconds:
            act()
            last = time.monotonic()

    return now_and_then


def _nothing() -> None:
    """Nothing is recorded."""


def _of_the_stack(stack: str, endpoint_url: str | None) -> str:
    """The state machine's ARN. Raises LookupError."""
    described = boto3.client("cloudformation", endpoint_url=endpoint_url).describe_stacks(StackName=stack)["Stacks"]
    found = {output["OutputKey"]: output["OutputValue"] for each in described for output in each.get("Outputs", ())}
    if OUTPUT not in found:
        raise LookupError(f"{stack} has no output {OUTPUT}: name the state machine with --state-machine")
    return str(found[OUTPUT])


def _states(client: Any, execution: str, meanwhile: Callable[[], None]) -> Iterator[str]:
    """A line for each thing that it does or waits for, until the execution has ended; not for asking what is next."""
    seen, ended, last = 0, False, ""
    while not ended:
        ended = client.describe_execution(executionArn=execution)["status"] != "RUNNING"
        news = events_since(client, execution, seen)
        seen += len(news)
        for new in news:
            said = _said(new)
            if said and said != last:
                last = said
                yield f"{new['timestamp']:%H:%M:%S}  {said}"
        meanwhile()
        if not ended:
            time.sleep(LOOKS_EVERY_SECONDS)


def events_since(client: Any, execution: str, seen: int) -> list[dict[str, Any]]:
    """The events after the first `seen` ones, oldest first; read from the newest on, because a history is long.

    It may grow between two pages, and then an event is on both.
    """
    pages = client.get_paginator("get_execution_history").paginate(
        executionArn=execution, reverseOrder=True, PaginationConfig={"PageSize": PAGE}
    )
    found: dict[int, dict[str, Any]] = {}
    for page in pages:
        new = {event["id"]: event for event in page["events"] if event["id"] > seen}
        found |= new
        if len(new) < len(page["events"]):
            break
    return [found[number] for number in sorted(found)]


def successor_of(client: Any, execution: str) -> str | None:
    """The ARN of the execution that an ended one handed its rollout over to; None where it came to an end itself.

    What it started is in the answer of the Task that did, among its last events.
    """
    newest = client.get_execution_history(executionArn=execution, reverseOrder=True, maxResults=PAGE)["events"]
    entered = [event["stateEnteredEventDetails"]["name"] for event in newest if "stateEnteredEventDetails" in event]
    if catalogue.HANDED_OVER.forward not in entered:
        return None
    answers = [event["taskSucceededEventDetails"] for event in newest if "taskSucceededEventDetails" in event]
    payloads = [json.loads(answer.get("output", "{}")).get("Payload") or {} for answer in answers]
    return next((str(payload["successor"]) for payload in payloads if payload.get("successor")), None)


def _said(event: dict[str, Any]) -> str:
    """The state's sentence and why it was entered; nothing for other events, choices and assessments."""
    entered = event.get("stateEnteredEventDetails")
    if entered is None or event["type"] in UNSAID or entered["name"] in ASSESSING:
        return ""
    assessment = json.loads(entered.get("input", "{}")).get("assessment") or {}
    return f"{entered['name']}  {assessment.get('because', '')}".rstrip()


def _told(ended: dict[str, Any], console: Console) -> int:
    """The report, or what went wrong."""
    if ended["status"] == "SUCCEEDED":
        console.print_json(ended.get("output", "{}"))
        return 0
    console.print(f"{ended['status']}: {ended.get('error', '')}", style="red", markup=False)
    console.print(ended.get("cause", ""), markup=False)
    return 1
