"""The lines in a service's event stream: worded as ECS words them, and not repeated while nothing changes."""

from simulator.aws.ecs.context import EcsContext
from simulator.aws.ecs.events import ServiceEvent
from simulator.aws.ecs.state import EcsService, Message

KEPT = 100
"""Botocore, `Service.events`: "A maximum of 100 of the latest events are displayed"."""

REPEATED_AFTER_SECONDS = 6 * 3600.0
"""Developer guide, "Service event messages": duplicates are omitted until the cause is resolved or six hours pass."""


def say(context: EcsContext, service: EcsService, text: str) -> None:
    """Add a line, newest first."""
    message = Message(context.random_streams.hex("ecs.event", 32), context.now, f"(service {service.name}) {text}")
    service.events.insert(0, message)
    del service.events[KEPT:]
    context.bus.emit(ServiceEvent(service, message.text))


def complain(context: EcsContext, service: EcsService, text: str) -> None:
    """Add a line about something that does not work, once until it is resolved or six hours have passed."""
    cause, _, _ = text.partition(". ")
    fresh = context.now - service.complained_at < REPEATED_AFTER_SECONDS
    if service.complaint == cause and fresh:
        return
    service.complaint, service.complained_at = cause, context.now
    say(context, service, text)


def resolve(service: EcsService) -> None:
    """What was complained about works again."""
    service.complaint = ""
