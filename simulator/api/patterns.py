"""The patterns of botocore's service models, as Python's `re` reads them."""

import re
from functools import cache

JAVA = {
    r"\uD800\uDC00-\uDBFF\uDFFF": "\U00010000-\U0010ffff",
    r"\p{L}": r"\w",
    r"\p{N}": r"\d",
    r"\p{Z}": " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
    r"\p{ASCII}": r"[\x00-\x7f]",
}
"""How Python's `re` writes what the patterns of the models, which are Java's, have and it has not."""


@cache
def model_pattern(text: str) -> re.Pattern[str]:
    """The pattern of a shape, to be matched against a whole value."""
    for java, ours in JAVA.items():
        text = text.replace(java, ours)
    return re.compile(text)
