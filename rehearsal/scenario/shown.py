"""What does a person see of a result, in the terminal?"""

import shlex
from collections.abc import Mapping
from typing import Any

from rehearsal.scenario.running import Result
from rehearsal.scenario.times import clock_time

MOST = 3
"""So many deployments are told of in one line."""


def told(result: Result) -> str:
    """Return the line about a result; beneath a failure what failed, and how to see it again."""
    word = "pass" if result.passed else "FAIL"
    virtual, wall = clock_time(result.virtual_seconds), f"{result.wall_seconds:.1f} s"
    about = f"seed {result.seed}  {virtual} virtual, {wall}"
    first = f"{word}  {result.name}  {about}  {_came(result)}"
    if result.passed:
        return first
    announced = (each.get("message") for each in result.found.announcements)
    again = f"python -m rehearsal {shlex.quote(result.source)} --seed {result.seed}"
    more = [
        *result.failures,
        *(f"Announced: {each}" for each in announced if each),
        f"See it again: {again}",
    ]
    return "\n".join([first, *(f"      {each}" for each in more)])


def _came(result: Result) -> str:
    found = result.found.deployments
    ends = [_end(each) for each in found[:MOST]]
    left = [f"and {len(found) - MOST} more"] if len(found) > MOST else []
    return ", ".join(ends + left) or "nothing was deployed"


def _end(deployment: Mapping[str, Any]) -> str:
    code = (deployment["reason"] or {}).get("code")
    outcome = deployment["outcome"] or "still open"
    return f"{outcome} ({code})" if code else str(outcome)
