"""Is the world still as it was when a plan was made?

A token is the plan in short: what was asked, and a digest of each thing that the plan rests on. So
nothing has to be kept of a plan that nobody carries out, and what has changed can be named.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

PARTS = (
    "the image behind the tag",
    "what the services run",
    "their task definitions",
    "what is stable, held, bad or migrated",
    "the catalogue",
    "what the preflight would stop",
)
"""What a plan rests on, in the order of their digests."""

TOKEN = re.compile(
    r"(?P<application>[a-z0-9-]+)/(?P<way>image|rollback)=(?P<what>[^/+]+)(?P<force>\+force)?"
    rf"/(?P<digests>[0-9a-f]{{8}}(-[0-9a-f]{{8}}){{{len(PARTS) - 1}}})"
)


def token(asked: Mapping[str, Any], parts: tuple[object, ...]) -> str:
    """Return the token of a plan: of what was `asked`, as `request` reads it, and of its PARTS."""
    way = "image" if "image" in asked else "rollback"
    what = "true" if asked[way] is True else asked[way]
    force = "+force" if asked.get("force") else ""
    digests = "-".join(map(_digest, parts))
    return f"{asked['application']}/{way}={what}{force}/{digests}"


def asked_by(text: str) -> dict[str, Any] | None:
    """Return what a token asks for, or None where the text is none."""
    match = TOKEN.fullmatch(text)
    if match is None:
        return None
    what: object = match["what"]
    if match["way"] == "rollback" and what == "true":
        what = True
    force = {"force": True} if match["force"] else {}
    return {"application": match["application"], match["way"]: what, **force}


def changed(before: str, now: str) -> tuple[str, ...]:
    """Return which of the PARTS two tokens differ in."""
    digests = (text.rpartition("/")[2].split("-") for text in (before, now))
    return tuple(part for part, was, is_ in zip(PARTS, *digests, strict=True) if was != is_)


def _digest(part: object) -> str:
    text = json.dumps(part, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:8]
