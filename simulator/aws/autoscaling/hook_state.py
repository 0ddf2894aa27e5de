"""Lifecycle hooks and the waits that they cause."""

from dataclasses import dataclass

from simulator.kernel.clock import Due

LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"
TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"


@dataclass
class Hook:
    """A lifecycle hook. botocore (PutLifecycleHook): heartbeat 30 to 7200 s, default 3600; default result ABANDON."""

    name: str
    transition: str
    heartbeat: int = 3600
    default_result: str = "ABANDON"
    target: str | None = None
    role: str | None = None
    metadata: str | None = None

    @property
    def longest(self) -> int:
        """Seconds that heartbeats can stretch a wait to: 48 hours or 100 heartbeats, whichever is less (botocore)."""
        return min(172_800, 100 * self.heartbeat)


@dataclass
class HookWait:
    """One instance waiting for one hook, until `due` or until it is completed."""

    hook: Hook
    token: str
    began: float
    due: Due
