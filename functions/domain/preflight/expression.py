"""Which instances does a memberOf expression name, as far as it is simple?

Comparisons of attributes, joined by `and` or by `or`; the rest of the cluster query language is not
understood, and then nothing is said:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html
"""

import re
from collections.abc import Callable, Mapping

Attributes = Mapping[str, str]
Test = Callable[[Attributes], bool]

SIMPLE = re.compile(
    r"attribute:(?P<name>[\w./-]+)\s*"
    r"((?P<exists>!?exists)|(?P<operator>==|!=|in|not_in|!in)\s*(?P<value>\[[^\]]*\]|[^\s\[\]()]+))"
)
JOINED = re.compile(r"\s+(and|&&|or|\|\|)\s+")


def parse(expression: str) -> Test | None:
    """Return what tells an instance that fits; None where it is not understood."""
    parts = JOINED.split(expression.strip())
    words = {"and" if word in ("and", "&&") else "or" for word in parts[1::2]}
    tests = [_simple(part) for part in parts[::2]]
    known = [each for each in tests if each is not None]
    if len(words) > 1 or len(known) < len(tests):
        return None
    together = any if words == {"or"} else all
    return lambda attributes: together(test(attributes) for test in known)


def _simple(part: str) -> Test | None:
    found = SIMPLE.fullmatch(part.strip())
    if found is None:
        return None
    name, negated = found["name"], (found["exists"] or found["operator"]).startswith(("!", "not_"))
    if found["exists"]:
        return lambda attributes: (name in attributes) is not negated
    values = {each.strip() for each in found["value"].strip("[]").split(",")}
    # What an instance has not is different from everything.
    return lambda attributes: (attributes.get(name) in values) is not negated
