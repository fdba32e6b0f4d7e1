"""Which cause does a text name?"""

import re
from collections.abc import Sequence

from functions.domain.reason import Code
from functions.domain.stop_reason.patterns import TABLES

MOST = 4096
"""ECS cuts reasons at 1,024 characters; of what is longer only so much is looked at."""

# Names are no causes: a service may be called "efs-mount".
_NAMES = (
    (re.compile("[\u2018\u2019`]"), "'"),
    (re.compile(r"\\"), ""),
    (re.compile(r"\s+"), " "),
    (re.compile(r"arn:[^\s'\"]+"), "arn"),
    (re.compile(r"https?://[^\s'\"]+"), "url"),
    (re.compile(r"[^\s'\"]+\.dkr\.ecr[^\s'\",)]*"), "image"),
    (re.compile(r"\b(docker\.io|ghcr\.io|quay\.io|public\.ecr\.aws)/[^\s'\",)]+"), "image"),
    (re.compile(r"\((service|task|taskset|deployment|instance|target-group|elb) [^)\s]+"), r"(\1"),
    (re.compile(r"^service [^\s]+"), "service"),
    (re.compile(r"in target-group [^\s]+"), "in target-group"),
)


def plain(text: str) -> str:
    """Return a text in lower case, in one line, without the names of things in it."""
    told = text.strip()[:MOST].lower()
    for pattern, instead in _NAMES:
        told = pattern.sub(instead, told)
    return told.strip()


def named(texts: Sequence[str]) -> tuple[Code, str] | None:
    """Return the cause that the texts name and the one that names it, or None.

    Where they name several, the table decides, not their order.
    """
    found = [(*rank, text) for text in texts if (rank := _rank(plain(text))) is not None]
    if not found:
        return None
    table, rule, text = min(found)
    return TABLES[table][1][rule][1], text


def _rank(told: str) -> tuple[int, int] | None:
    for table, (applies, rules) in enumerate(TABLES):
        if applies.search(told):
            for rule, (pattern, _) in enumerate(rules):
                if pattern.search(told):
                    return table, rule
    return None
