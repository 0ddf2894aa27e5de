"""What the stack's settings say of triggers: the machine that is started, and who follows which parameter."""

from dataclasses import dataclass

from handlers.aws.ssm import Ssm
from handlers.domain.input.subscription import Subscription


@dataclass(frozen=True)
class Triggers:
    """`machine_arn` and `path` are empty in functions that start nothing."""

    ssm: Ssm
    machine_arn: str
    path: str

    @property
    def account_and_region(self) -> tuple[str, str]:
        """Where this runs."""
        _arn, _partition, _service, region, account, *_ = self.machine_arn.split(":")
        return account, region

    def subscriptions(self) -> list[Subscription]:
        """All of them, in the order of their names; each is one SSM parameter."""
        found = self.ssm.below(self.path)
        return [Subscription.from_json(name.rsplit("/", 1)[-1], found[name]) for name in sorted(found)]
