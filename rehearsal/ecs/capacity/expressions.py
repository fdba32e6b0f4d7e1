"""Which instances does a memberOf expression name?

The simple part of ECS's cluster query language: comparisons of attributes, of the instance's id and
zone, joined by `and` or by `or`. Whatever else is asked is refused, not guessed.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from rehearsal.ecs.errors import invalid

SIMPLE = re.compile(
    r"(?P<subject>attribute:[\w.-]+|ec2InstanceId)\s*"
    r"(?:(?P<exists>!?exists)|"
    r"(?P<operator>==|equals|!=|not_equals|=~|matches|!~|not_matches|!?in|not_in)\s*"
    r"(?P<value>\[[^\]]*\]|[^\s\[\]()]+))"
)
JOINED = re.compile(r"\s+(and|&&|or|\|\|)\s+")

Traits = Mapping[str, str | None]
"""The attributes of an instance, and its `ec2InstanceId`."""

Test = Callable[[Traits], bool]


@lru_cache
def parse(expression: str) -> Test:
    """Return what tells an instance that fits; refuse what is not of the simple part."""
    parts = JOINED.split(expression.strip())
    tests = [_simple(part, expression) for part in parts[::2]]
    words = {"and" if word in ("and", "&&") else "or" for word in parts[1::2]}
    if len(words) > 1:
        raise _refused(expression, "`and` and `or` in one expression")
    together = any if words == {"or"} else all
    return lambda traits: together(test(traits) for test in tests)


def _simple(part: str, expression: str) -> Test:
    found = SIMPLE.fullmatch(part.strip())
    if found is None:
        raise _refused(expression, f"`{part.strip()}`")
    name = found["subject"].removeprefix("attribute:")
    if found["exists"]:
        return lambda traits: (name in traits) is not found["exists"].startswith("!")
    negated = found["operator"].startswith(("!", "not_"))
    fits = _comparison(found["operator"].removeprefix("not_").lstrip("!"), found["value"])
    # What an instance has not is different from everything.
    return lambda traits: fits(traits.get(name) or "") is not negated


def _comparison(operator: str, value: str) -> Callable[[str], bool]:
    if operator == "in":
        words = {word.strip() for word in value.strip("[]").split(",")}
        return lambda text: text in words
    if operator in ("~", "=~", "matches"):
        pattern = re.compile(value)
        return lambda text: pattern.fullmatch(text) is not None
    return lambda text: text == value


def _refused(expression: str, what: str) -> Exception:
    return invalid(
        f"Invalid constraint expression: {expression}. The rehearsal compares attributes with "
        f"==, !=, in, not_in, =~, !~ and exists, joined by `and` or by `or`; not {what}."
    )
