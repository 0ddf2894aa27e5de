"""A task that failed by itself, as ECS tells of it: it exited, did not start, or failed its checks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TaskFailure:
    """One stopped task. `instance_arn` is its container instance; times are epoch seconds.

    `started_at` is None where it never was RUNNING. `code` is ECS's stop code, `reason` its words for the operator.
    """

    arn: str
    service: str
    instance_arn: str
    task_definition: str
    started_at: float | None
    at: float
    code: str
    reason: str
    exit_code: int | None = None

    @property
    def lifetime(self) -> float:
        """Seconds that it was RUNNING."""
        return self.at - self.started_at if self.started_at is not None else 0.0

    @property
    def last_words(self) -> str:
        """What is known of its end, for an operator."""
        after = f" after {self.lifetime:.0f} s" if self.started_at is not None else " before it was RUNNING"
        exited = f", exit code {self.exit_code}" if self.exit_code is not None else ""
        return f"{self.code}{exited}{after}: {self.reason} ({self.arn.rsplit('/', 1)[-1]})"
