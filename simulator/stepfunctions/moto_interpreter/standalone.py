"""An engine without a region around it: for machines that call nothing but functions."""

from contextlib import ExitStack
from dataclasses import dataclass

import time_machine
from moto import mock_aws

from simulator.api.clients import client
from simulator.api.dispatch import ApiDispatch
from simulator.kernel.clock import Clock
from simulator.kernel.events import Bus
from simulator.kernel.random_streams import RandomStreams
from simulator.stepfunctions.moto_interpreter.engine import MOTO, MotoEngine

REGION = "us-east-1"


@dataclass(frozen=True)
class StandaloneEngine:
    """An engine with what it runs on."""

    clock: Clock
    random_streams: RandomStreams
    bus: Bus
    dispatch: ApiDispatch
    engine: MotoEngine


def open_standalone(opened: ExitStack, seed: int = 1, region: str = REGION) -> StandaloneEngine:
    """One on a clock of its own, until `opened` is closed."""
    clock, random_streams = Clock(), RandomStreams(seed)
    bus = Bus(clock)
    opened.enter_context(mock_aws(config=MOTO))
    traveller = time_machine.travel(clock.today(), tick=False)
    clock.follow(traveller.start().move_to)
    opened.callback(traveller.stop)
    dispatch = ApiDispatch(clock, random_streams, bus, (0.0, 0.0))
    dispatch.install()
    opened.callback(dispatch.remove)
    engine = MotoEngine(clock, bus, dispatch.lock, random_streams, client("stepfunctions", region))
    opened.callback(engine.close)
    return StandaloneEngine(clock, random_streams, bus, dispatch, engine)
