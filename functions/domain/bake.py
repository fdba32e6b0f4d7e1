"""Does the release stay well once it runs?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.domain.look import Look, named_revision, newer
from functions.domain.reason import Blame, Code, Reason
from functions.domain.rollout import (
    TICK_SECONDS,
    TOLERATED_STOPS,
    Expected,
    deleted,
    failing_stops,
    wrong_digest,
)
from functions.domain.verdict import Verdict, Word, failed

LOOK_SECONDS = 300
"""A bake looks at its start, on a wake, this often, and at its end."""

LAST_TASK_SECONDS = 600
"""So long after its end a bake waits for a task that is being replaced just then."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A service in its bake: what is expected of it since its roll, and what the look found."""

    key: str
    expected: Expected
    since: datetime
    look: Look


def judge(
    watched: tuple[Watched, ...],
    alarms: Mapping[str, str],
    at: datetime,
    ends_at: datetime,
) -> Verdict:
    """Return the verdict; `alarms` are states by name, those of AWS or MISSING."""
    for each in sorted(watched, key=lambda service: service.key):
        verdict = _service(each)
        if verdict is not None:
            return verdict
    firing = sorted(name for name, state in alarms.items() if state == "ALARM")
    if firing:
        return _breach(firing)
    if at >= ends_at:
        return _at_the_end(watched, alarms, at - ends_at)
    minutes = -(-(ends_at - at) // timedelta(minutes=1))
    return Verdict(Word.WAIT, f"Baking for {minutes} more min.")


def next_look_seconds(at: datetime, ends_at: datetime) -> int:
    """Return the time to the next look, in whole seconds; after the end it is a short one."""
    left = -(-(ends_at - at) // timedelta(seconds=1))
    return min(LOOK_SECONDS, left) if left > 0 else TICK_SECONDS


def _at_the_end(
    watched: tuple[Watched, ...], alarms: Mapping[str, str], late: timedelta
) -> Verdict:
    """Pass only with all tasks up; one that is being replaced is waited for, not for ever."""
    short = [
        f"{each.key}: {primary.running} of {primary.desired} tasks are running"
        for each in watched
        if (primary := each.look.primary) is not None and primary.running < primary.desired
    ]
    if not short:
        return Verdict(Word.PASS, _passed(alarms))
    if late < timedelta(seconds=LAST_TASK_SECONDS):
        return Verdict(Word.WAIT, f"The bake is over, but for {'; '.join(short)}.")
    message = f"The bake ended with tasks missing: {'; '.join(short)}."
    return failed(Reason(Code.NEVER_CONVERGES, Blame.PLATFORM, message, tuple(short)))


def _service(watched: Watched) -> Verdict | None:
    primary = watched.look.primary
    expected = watched.expected
    if watched.look.deleted:
        return deleted()
    if primary is None or (primary.id, primary.task_definition) != (
        expected.deployment,
        expected.revision,
    ):
        if primary is not None and not newer(primary, watched.since):
            return None
        now = _identity(primary.id, primary.task_definition) if primary else "none"
        ours = _identity(expected.deployment, expected.revision)
        return failed(
            Reason(
                Code.REPLACED_BY_OTHER,
                Blame.PERSON,
                f"During the bake another deployment replaced ours on {watched.key}.",
                (f"primary deployment {now}, expected {ours}",),
            )
        )
    causes = failing_stops(watched.look.tasks)
    if len(causes) <= TOLERATED_STOPS:
        return wrong_digest(watched.look, expected)
    last = causes[-1]
    message = f"During the bake {len(causes)} tasks of {watched.key} failed: {last.message}."
    evidence = tuple(line for each in causes[-3:] for line in each.evidence)
    return failed(Reason(last.code, last.blame, message, evidence))


def _identity(deployment: str, revision: str) -> str:
    return f"{deployment} of {named_revision(revision)}"


def _breach(firing: list[str]) -> Verdict:
    names = ", ".join(firing)
    are = "is" if len(firing) == 1 else "are"
    evidence = tuple(f"alarm {name} is in ALARM" for name in firing)
    message = f"During the bake {names} {are} in ALARM."
    return failed(Reason(Code.ALARM_BREACH, Blame.RELEASE, message, evidence))


def _passed(alarms: Mapping[str, str]) -> str:
    missing = sorted(name for name, state in alarms.items() if state == "MISSING")
    said = "The bake passed."
    return f"{said} These alarms do not exist: {', '.join(missing)}." if missing else said
