"""Replaces what tells one account from another, each thing by the same stand-in wherever it is, in its own form.

Accounts, ids of resources, random parts of ARNs, addresses and tokens; names, timestamps and all else are kept.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

OWN_ACCOUNT = "111111111111"
"""As recordings have it."""

HEX, UUID = "[0-9a-f]", "00000000-0000-4000-8000-"
KINDS: dict[str, tuple[str, Callable[[int], str]]] = {
    "uuid": (rf"(?<!{HEX}){HEX}{{8}}(?:-{HEX}{{4}}){{3}}-{HEX}{{12}}(?!{HEX})", lambda n: f"{UUID}{n:012x}"),
    "resource": (rf"(?<![a-z])(?:[a-z]{{1,10}})-(?:{HEX}{{17}}|{HEX}{{8}})(?![0-9a-zA-Z])", lambda n: f"{n:017x}"),
    "long": (rf"(?<![0-9a-zA-Z]){HEX}{{32}}(?![0-9a-zA-Z])", lambda n: f"{n:032x}"),
    "short": (rf"(?<=/){HEX}{{16}}(?![0-9a-zA-Z])", lambda n: f"{n:016x}"),
    "deployment": (r"(?<=ecs-svc/)\d{15,20}", lambda n: f"{n:019}"),
    "host": (r"(?<=ip-)\d{1,3}(?:-\d{1,3}){3}", lambda n: f"10-0-{n // 256}-{n % 256}"),
    "address": (r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])", lambda n: f"10.0.{n // 256}.{n % 256}"),
    "balancer": (r"(?<=-)\d{8,10}(?=\.[a-z0-9-]+\.elb\.)", lambda n: f"{n:010}"),
    "account": (r"(?<![0-9a-zA-Z])\d{12}(?![0-9a-zA-Z])", lambda n: f"{n:012}"),
}  # fmt: skip
ALL = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, (pattern, _) in KINDS.items()))
TOKENS = ("nexttoken", "tasktoken", "clienttoken")


class Ids:
    """The stand-ins of one recording; `account` is the one that it was made in."""

    def __init__(self, account: str) -> None:
        self._known: dict[str, dict[str, str]] = defaultdict(dict)
        self._known["account"][account] = OWN_ACCOUNT

    def replaced(self, value: Any) -> Any:
        """The same value with stand-ins in all of its texts, keys of objects too."""
        if isinstance(value, dict):
            return {self.replaced(key): self._member(str(key), item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.replaced(item) for item in value]
        return ALL.sub(self._stand_in, value) if isinstance(value, str) else value

    def _member(self, name: str, value: Any) -> Any:
        if isinstance(value, str) and name.lower() in TOKENS:
            known = self._known["token"]
            return known.setdefault(value, f"token-{len(known) + 1}")
        return self.replaced(value)

    def _stand_in(self, found: re.Match[str]) -> str:
        kind = str(found.lastgroup)
        text, known = found[0], self._known[kind]
        if kind == "resource" and set(text.rpartition("-")[2]) == {"0"}:
            return text  # nobody's
        if text not in known:
            number = KINDS[kind][1](len(known) + 1)
            known[text] = f"{text.rpartition('-')[0]}-{number}" if kind == "resource" else number
        return known[text]
