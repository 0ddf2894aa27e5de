"""A broken promise."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """At `at` (virtual seconds after the execution's start) `invariant` did not hold; `detail` says what was seen."""

    at: float
    invariant: str
    detail: str

    def __str__(self) -> str:
        return f"{self.at:.1f} s: {self.invariant}: {self.detail}"
