"""An engine without a region around it: for machines that call nothing but functions."""

from contextlib import ExitStack
from dataclasses import dataclass

import time_machine
from moto import mock_aws

from simulator.api.clients import client
from simulator.api.dispatch import Wire
from simulator.kernel.clock import Clock
from simulator.kernel.events import Bus
from simulator.kernel.random_streams import Draws
from simulator.stepfunctions.moto_interpreter.engine import MOTO, MotoEngine

REGION = "us-east-1"


@dataclass(frozen=True)
class Alone:
    """An engine with what it runs on."""

    clock: Clock
    draws: Draws
    bus: Bus
    wire: Wire
    engine: MotoEngine


def open_alone(opened: ExitStack, seed: int = 1, region: str = REGION) -> Alone:
    """One on a clock of its own, until `opened` is closed."""
    clock, draws = Clock(), Draws(seed)
    bus = Bus(clock)
    opened.enter_context(mock_aws(config=MOTO))
    traveller = time_machine.travel(clock.today(), tick=False)
    clock.follow(traveller.start().move_to)
    opened.callback(traveller.stop)
    wire = Wire(clock, draws, bus, (0.0, 0.0))
    wire.install()
    opened.callback(wire.remove)
    engine = MotoEngine(clock, bus, wire.lock, draws, client("stepfunctions", region))
    opened.callback(engine.close)
    return Alone(clock, draws, bus, wire, engine)
