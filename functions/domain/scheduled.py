"""Which task definitions does a schedule or a rule run, and how is it pointed to others?

Documents are what UpdateSchedule and PutTargets take from a state, in PascalCase.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

Target = Mapping[str, Any]

RUN_TASK = ":aws-sdk:ecs:runTask"
"""How the ARN of a universal target of EventBridge Scheduler ends that calls RunTask."""

_ONCE = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_LONGEST_OFFSET = timedelta(days=1)
"""More than any time zone is away from UTC: the time of a one-time schedule is in its own."""


class Kind(StrEnum):
    SCHEDULE = "schedule"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Found:
    """A schedule or a rule: `arguments` of the call that would change nothing in it.

    `name` is that of the catalogue. `unknown` are the paths of members that we do not know, and
    that such a call would therefore lose.
    """

    name: str
    kind: Kind
    arguments: Mapping[str, Any]
    unknown: tuple[str, ...] = ()

    @property
    def targets(self) -> Sequence[Target]:
        if self.kind is Kind.RULE:
            targets: Sequence[Target] = self.arguments["Targets"]
            return targets
        return (self.arguments["Target"],)


def references(found: Found) -> Iterator[str]:
    """Yield the task definition of each target that runs one, with its revision or without."""
    yield from filter(None, map(reference, found.targets))


def reference(target: Target) -> str | None:
    """Return the task definition that a target runs; None where it does something else."""
    if target.get("EcsParameters"):
        return str(target["EcsParameters"]["TaskDefinitionArn"])
    asked = _asked(target)
    member = _member(asked)
    return str(asked[member]) if member else None


def family(named: str) -> str:
    return named.rpartition("/")[2].partition(":")[0]


def has_revision(named: str) -> bool:
    return ":" in named.rpartition("/")[2]


def is_over(found: Found, now: datetime) -> bool:
    """Say whether a schedule never runs again: then AWS may refuse its dates."""
    end = found.arguments.get("EndDate")
    if end is not None and datetime.fromisoformat(end) < now:
        return True
    once = _ONCE.fullmatch(found.arguments.get("ScheduleExpression", ""))
    if once is None:
        return False
    return datetime.fromisoformat(f"{once[1]}+00:00") + _LONGEST_OFFSET < now


def repointed(found: Found, wanted: Mapping[str, str]) -> Found | None:
    """Return what to put so that all targets run the revisions in `wanted`, which is by family.

    None where they do. Targets of other families stay as they are.
    """
    pairs = [(each, _repointed(each, wanted)) for each in found.targets]
    different = [after for before, after in pairs if after is not before]
    if not different:
        return None
    if found.kind is Kind.RULE:
        # PutTargets leaves the targets alone that it does not name.
        return replace(found, arguments={**found.arguments, "Targets": different})
    return replace(found, arguments={**found.arguments, "Target": different[0]})


def _repointed(target: Target, wanted: Mapping[str, str]) -> Target:
    named = reference(target)
    revision = wanted.get(family(named)) if named is not None else None
    if named is None or revision is None or _same(named, revision):
        return target
    inside = target.get("EcsParameters")
    if inside:
        return {**target, "EcsParameters": {**inside, "TaskDefinitionArn": revision}}
    asked = _asked(target)
    changed = {**asked, _member(asked): revision}
    return {**target, "Input": json.dumps(changed, ensure_ascii=False)}


def _same(one: str, other: str) -> bool:
    return one.rpartition("/")[2] == other.rpartition("/")[2]


def _asked(target: Target) -> dict[str, Any]:
    """Return what a universal target asks RunTask for; nothing where it asks something else."""
    if not target.get("Arn", "").endswith(RUN_TASK):
        return {}
    try:
        asked = json.loads(target.get("Input", ""))
    except ValueError:
        return {}
    return asked if isinstance(asked, dict) else {}


def _member(asked: Mapping[str, Any]) -> str:
    """Return how the member is spelled: the Input of a universal target is not ours to know."""
    return next((each for each in asked if each.lower() == "taskdefinition"), "")
