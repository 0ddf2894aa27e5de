"""Followers of a parameter are handled each by itself: one whose cluster is gone does not stop the others.

The invocation fails in the end, naming those that failed: it is tried again, and what fails for good is in the
dead-letter queue, whose alarm says so. What was started is not started again then.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import BotoCoreError, ClientError

from handlers.errors import FollowersFailed, RolloutError
from handlers.runtime.task_handler import logger, metrics


class FollowerFailures:
    """What went wrong with followers of one parameter, by their names in the settings."""

    def __init__(self, parameter: str) -> None:
        self._parameter = parameter
        self._by_name: dict[str, str] = {}

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """What fails inside is logged, counted and kept: errors of AWS's answers and our own, not mistakes in code."""
        try:
            yield
        except (RolloutError, ClientError, BotoCoreError) as error:
            logger.exception("a follower failed", extra={"subscription": name})
            metrics.add_metric(name="FollowerFailed", unit=MetricUnit.Count, value=1)
            self._by_name[name] = f"{type(error).__name__}: {error}"

    def check(self, all_the_same: str) -> None:
        """Raise FollowersFailed where there was one; `all_the_same` says what was done."""
        if self._by_name:
            told = "; ".join(f"{name}: {why}" for name, why in sorted(self._by_name.items()))
            raise FollowersFailed(
                f"{len(self._by_name)} of those who follow {self._parameter} failed: {told} {all_the_same} "
                "Take them out of the settings, or mend what they name."
            )
