"""Both engines without a region around them, and what recorded executions need of one beside functions.

That is a queue: recorded Tasks hand their tokens out through SQS, and without one nothing of how an interpreter waits
for a token would be measured. No region has any.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Protocol
from urllib.parse import urlparse

from simulator.api.dispatch import ApiDispatch, ApiError
from simulator.kernel.clock import Clock
from simulator.kernel.events import Bus
from simulator.kernel.random_streams import RandomStreams
from simulator.runs.parity.recording import Recording
from simulator.stepfunctions.deployed_stack import DeployedStack, StateMachine
from simulator.stepfunctions.engine import ROLE, Engine
from simulator.stepfunctions.moto_interpreter.engine import MotoEngine
from simulator.stepfunctions.moto_interpreter.standalone import REGION, open_standalone
from simulator.stepfunctions.template_resolver import ACCOUNT
from simulator.stepfunctions.walker.engine import WalkingEngine
from simulator.stepfunctions.walker.host import Failed, StateOutcome

Step = dict[str, Any]
QUEUE = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/queue-u0001"


class Replayer(Protocol):
    """An engine with what the recordings need."""

    @property
    def engine(self) -> Engine:
        """The engine."""

    def sleep(self, seconds: float, /) -> None:
        """Let a function take its time."""

    def deploy(self, machine: StateMachine, others: dict[str, dict[str, Any]]) -> None:
        """Create the state machines."""

    def send(self, token: str, call: Step) -> None:
        """Bring a token back, or a heartbeat for it."""

    def stop(self, arn: str) -> None:
        """Stop the execution, with no word why."""


class MotoReplayer:
    """moto's interpreter, with a queue."""

    def __init__(self, opened: ExitStack, recording: Recording) -> None:
        alone = open_standalone(opened)
        self.engine: MotoEngine = alone.engine
        alone.dispatch.serve("sqs", Queue(Responder(recording.responder, self)))

    def sleep(self, seconds: float, /) -> None:
        """Let a function take its time."""
        self.engine.sleep(seconds)

    def deploy(self, machine: StateMachine, others: dict[str, dict[str, Any]]) -> None:
        """Create the state machines."""
        for name, definition in others.items():
            self.engine.client.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)
        self.engine.deploy(DeployedStack(machine, (), ()))

    def send(self, token: str, call: Step) -> None:
        """Bring a token back, or a heartbeat for it."""
        stepfunctions = self.engine.client
        if call["call"] == "SendTaskSuccess":
            stepfunctions.send_task_success(taskToken=token, output=json.dumps(call["output"]))
        elif call["call"] == "SendTaskFailure":
            said = {key: call[key] for key in ("error", "cause") if call.get(key) is not None}
            stepfunctions.send_task_failure(taskToken=token, **said)
        else:
            stepfunctions.send_task_heartbeat(taskToken=token)

    def stop(self, arn: str) -> None:
        """Stop the execution, with no word why."""
        self.engine.client.stop_execution(executionArn=arn)


class WalkerReplayer:
    """The walker, with a queue. It knows one state machine."""

    def __init__(self, opened: ExitStack, recording: Recording) -> None:
        clock, random_streams = Clock(), RandomStreams(1)
        bus = Bus(clock)
        dispatch = ApiDispatch(clock, random_streams, bus, (0.0, 0.0))
        self.engine = WalkingEngine(clock, bus, random_streams, dispatch)
        self._clock = clock
        self._queue = Queue(Responder(recording.responder, self))
        self.engine.integrations["sqs:sendMessage"] = self._send_message
        opened.callback(dispatch.remove)

    def sleep(self, seconds: float, /) -> None:
        """Let a function take its time."""
        self._clock.advance(seconds)

    def deploy(self, machine: StateMachine, others: dict[str, dict[str, Any]]) -> None:  # noqa: ARG002  refused before
        """Create the state machine."""
        self.engine.deploy(DeployedStack(machine, (), ()), REGION)

    def send(self, token: str, call: Step) -> None:
        """Bring a token back, or a heartbeat for it."""
        if call["call"] == "SendTaskHeartbeat":
            self.engine.heartbeat(token)
        elif call["call"] == "SendTaskSuccess":
            self.engine.complete_token(token, StateOutcome(call["output"]))
        else:
            self.engine.complete_token(token, StateOutcome(None, True, call.get("error"), call.get("cause")))

    def stop(self, arn: str) -> None:
        """Stop the execution, with no word why."""
        self.engine.abort(arn, None, None)

    def _send_message(self, parameters: dict[str, Any]) -> dict[str, Any]:
        body = parameters["MessageBody"]
        try:
            return self._queue.send_message(
                **{**parameters, "MessageBody": body if isinstance(body, str) else json.dumps(body)}
            )
        except ApiError as error:
            raise Failed("SQS.SdkClientException", error.message) from None


class Queue:
    """Amazon SQS: one queue, whose messages somebody reads."""

    def __init__(self, responder: "Responder") -> None:
        self._responder = responder

    def send_message(self, **request: Any) -> dict[str, Any]:
        """Send a message. Raises ApiError where the queue is another one: there is no such host."""
        if request["QueueUrl"] != QUEUE:
            host = urlparse(request["QueueUrl"]).hostname
            raise ApiError("UnknownHost", f"Unable to execute HTTP request: {host}: Name or service not known")
        body, attributes = request["MessageBody"], request.get("MessageAttributes")
        self._responder.hear(body)
        more = {"MD5OfMessageAttributes": _md5(json.dumps(attributes))} if attributes else {}
        return {"MD5OfMessageBody": _md5(body), "MessageId": _md5(f"message {body}"), **more}


class Responder:
    """Somebody who reads the queue, and answers each message that brings a token: one step after the other."""

    def __init__(self, steps: tuple[Step, ...], replayer: Replayer) -> None:
        self._steps, self._replayer = steps, replayer

    def hear(self, body: str) -> None:
        """A message has come."""
        try:
            message = json.loads(body)
        except ValueError:
            return
        if not isinstance(message, dict) or "TaskToken" not in message:
            return
        seconds = 0.0
        for step in self._steps:
            seconds += step.get("wait", 0.0)
            if "call" in step:
                self._replayer.engine.later(seconds, self._answer(message, step))

    def _answer(self, message: dict[str, Any], step: Step) -> Callable[[], None]:
        output = message if step.get("output") == "the whole body" else message.get("Message")
        return lambda: self._replayer.send(message["TaskToken"], {**step, "output": output})


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
