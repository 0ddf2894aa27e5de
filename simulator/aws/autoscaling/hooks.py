"""Lifecycle hooks at work: an instance waits for all hooks of its transition before it goes on."""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.aws.autoscaling.activities import token
from simulator.aws.autoscaling.errors import invalid
from simulator.aws.autoscaling.events import LifecycleActionEnded, LifecycleActionStarted
from simulator.aws.autoscaling.hook_state import Hook, HookWait
from simulator.aws.autoscaling.state import Group, Member
from simulator.kernel.clock import Clock
from simulator.kernel.events import Bus
from simulator.kernel.random_streams import RandomStreams

CONTINUE = "CONTINUE"
ABANDON = "ABANDON"

Finished = Callable[[str], None]
"""Told CONTINUE or ABANDON when nothing is left to wait for."""


@dataclass(frozen=True)
class _Waiting:
    group: Group
    member: Member
    finished: Finished


class Hooks:
    """Starts, completes and times out lifecycle actions."""

    def __init__(self, clock: Clock, random_streams: RandomStreams, bus: Bus) -> None:
        self._clock = clock
        self._random_streams = random_streams
        self._bus = bus
        self._waiting: dict[str, _Waiting] = {}  # by instance id

    def begin(self, group: Group, member: Member, transition: str, finished: Finished) -> bool:
        """Let the member wait for the hooks of that transition; False when there are none."""
        hooks = [hook for hook in group.hooks.values() if hook.transition == transition]
        if not hooks:
            return False
        instance_id = member.instance.instance_id
        self._waiting[instance_id] = _Waiting(group, member, finished)
        for hook in hooks:
            due = self._clock.after(hook.heartbeat, self._expiry(member, hook))
            member.waits[hook.name] = HookWait(hook, token(self._random_streams, "lifecycle"), self._clock.now, due)
        for wait in list(member.waits.values()):
            hook = wait.hook
            self._bus.emit(LifecycleActionStarted(group.name, instance_id, hook.name, hook.transition, wait.token))
        return True

    def complete(self, member: Member, hook_name: str, result: str) -> None:
        """End the member's wait for this hook.

        Lifecycle hooks guide: ABANDON "stops any remaining actions, such as other lifecycle hooks", for launches and
        terminations alike; CONTINUE goes on when no other hook waits. Raises ValidationError when it does not wait.
        """
        instance_id = member.instance.instance_id
        if hook_name not in member.waits:
            raise invalid(f"No active Lifecycle Action found with instance ID {instance_id}")
        waiting = self._waiting[instance_id]
        member.waits.pop(hook_name).due.cancel()
        self._bus.emit(LifecycleActionEnded(waiting.group.name, instance_id, hook_name, result))
        if result == ABANDON or not member.waits:
            self.drop(member)
            waiting.finished(result)

    def heartbeat(self, member: Member, hook_name: str) -> None:
        """Restart the wait's time-out, up to the hook's global time-out."""
        if hook_name not in member.waits:
            raise invalid(f"No active Lifecycle Action found with instance ID {member.instance.instance_id}")
        wait = member.waits[hook_name]
        wait.due.cancel()
        until = min(self._clock.now + wait.hook.heartbeat, wait.began + wait.hook.longest)
        wait.due = self._clock.at(until, self._expiry(member, wait.hook))

    def drop(self, member: Member) -> None:
        """Forget all waits of the member."""
        for wait in member.waits.values():
            wait.due.cancel()
        member.waits.clear()
        self._waiting.pop(member.instance.instance_id, None)

    def _expiry(self, member: Member, hook: Hook) -> Callable[[], None]:
        def expire() -> None:
            if hook.name in member.waits:
                self.complete(member, hook.name, hook.default_result)

        return expire
