"""Has what a person had run ended, and how?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.domain import moment
from functions.domain.one_off.chosen import Task
from functions.domain.stop_reason.cause import Stop
from functions.domain.stop_reason.ending import ending
from functions.domain.verdict import Word

SHORTEST_WAIT, LONGEST_WAIT = 10, 60
"""Seconds between two looks, at first and later."""

MOST_LOOKS = 2_000
"""An execution ends at 25,000 history events, and a look takes 9."""

LINES_IN_CAUSE = 5


@dataclass(frozen=True, slots=True)
class Look:
    """The task as one look finds it; `stop` is set once it has stopped.

    `refused` is what RunTask said where it started none, so that `status` says nothing.
    """

    at: datetime
    started_at: datetime
    status: str
    stop: Stop | None = None
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """`message` is a sentence; `stop` says that the task is to be stopped, since it runs on."""

    verdict: Word
    message: str
    exit_code: int | None = None
    stop: bool = False
    wait_seconds: int = SHORTEST_WAIT


def judge(task: Task, look: Look) -> Judged:
    """Say whether the command has ended well: by itself, and with exit code 0."""
    called = f"{task.command} of {task.application}"
    if look.refused:
        said = "; ".join(look.refused).rstrip(".")
        return Judged(Word.FAIL, f"{called} was not started: {said}.")
    if look.stop is not None:
        return _ended(called, task.container, look.stop)
    elapsed = look.at - look.started_at
    left = timedelta(seconds=task.timeout_seconds) - elapsed
    if left <= timedelta(0):
        within = moment.span(task.timeout_seconds)
        message = f"{called} did not end within {within}: its task was {look.status}, and stopped."
        return Judged(Word.FAIL, message, stop=True)
    message = f"{called} is {look.status.lower()}."
    return Judged(Word.WAIT, message, wait_seconds=_wait(task, elapsed, left))


def _wait(task: Task, elapsed: timedelta, left: timedelta) -> int:
    """Look often at what may end soon, rarely at what takes long, and at the deadline."""
    longest = max(LONGEST_WAIT, task.timeout_seconds // MOST_LOOKS)
    wait = max(SHORTEST_WAIT, min(longest, int(elapsed.total_seconds()) // 6))
    return max(1, min(wait, int(left.total_seconds())))


def _ended(called: str, container: str, stop: Stop) -> Judged:
    end = ending(stop, container)
    if end.well:
        return Judged(Word.PASS, f"{called} ended with exit code 0.", 0)
    again = " Nothing speaks against the command: run it again." if end.taken else ""
    return Judged(
        Word.FAIL, f"{called} failed: {end.said}, task {stop.task}.{again}", end.exit_code
    )


def why(judged: Judged, log_lines: Sequence[str]) -> str:
    """Return the message with the last log lines, as a red execution shows it."""
    if not log_lines:
        return judged.message
    return "\n".join([judged.message, "Last log lines:", *log_lines[-LINES_IN_CAUSE:]])
