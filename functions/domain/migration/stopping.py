"""Has a task that was told to stop really stopped?"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.domain.migration.judge import Run
from functions.domain.verdict import Verdict, Word

PATIENCE_SECONDS = 180
"""Longer than the `stopTimeout` of any container on Fargate, which is 120 s at most."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """Told to stop at `since`, because of `verdict`, which stays what it is."""

    since: datetime
    verdict: Verdict


def awaited(run: Run, stopping: Stopping) -> Verdict:
    """Return the verdict once nothing of the task runs any more, or it is not waited any longer."""
    if run.task is None or run.stop is not None:
        return stopping.verdict
    if run.at - stopping.since < timedelta(seconds=PATIENCE_SECONDS):
        return Verdict(Word.WAIT, f"Task {run.task} is told to stop.")
    said, reason = stopping.verdict.message, stopping.verdict.reason
    message = f"{said} Task {run.task} was told to stop and is {run.status} still: look at it."
    told = replace(reason, message=message) if reason is not None else None
    return replace(stopping.verdict, message=message, reason=told)
