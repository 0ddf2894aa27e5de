"""Random numbers from one seed: the same seed gives the same numbers in any process."""

import hashlib
import random
from collections.abc import Mapping

Range = tuple[float, float]


class RandomStreams:
    """Independent random streams by name, so that a new draw in one package changes nothing in another."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._streams: dict[str, random.Random] = {}

    def stream(self, name: str) -> random.Random:
        """The stream called `name`; made from the seed and the name, never from `hash()`."""
        if name not in self._streams:
            self._streams[name] = random.Random(f"{self.seed}/{name}")
        return self._streams[name]

    def seconds(self, name: str, bounds: Range) -> float:
        """A duration between the bounds, to the millisecond."""
        return round(self.stream(name).uniform(*bounds), 3)

    def hex(self, name: str, digits: int) -> str:
        """An identifier of so many hexadecimal digits."""
        return f"{self.stream(name).getrandbits(4 * digits):0{digits}x}"


def fingerprint(parts: Mapping[str, object]) -> str:
    """A short, stable name for a set of facts."""
    return hashlib.sha256(repr(sorted(parts.items())).encode()).hexdigest()[:12]
