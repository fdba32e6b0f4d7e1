"""Is a migration to be begun, taken over, awaited, or left alone?

It runs once per release: a second time only when its end is known and a person asks for it.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from functions.domain import moment
from functions.domain.migration.ran import CONTRACT, EXPAND, PROBE, UNDO, Ran, State, found
from functions.domain.reason import Blame, Code, Reason

SETTLED_SECONDS = 30
"""ListTasks is eventually consistent: for so long, what it does not show may run."""

FORGOTTEN_SECONDS = 3_000
"""ECS shows a stopped task for an hour, and knows a client token for as long; some of it is spent
on the way to RunTask. After that nobody knows whether a task that is not there ever ran."""


class Course(StrEnum):
    BEGIN = "Begin"
    RESUME = "Resume"
    BUSY = "Wait"
    PASSED = "Pass"
    REFUSED = "Fail"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The migration that deployment number `deployment` is to run; `cluster` is where.

    `again`: a person asks for it also where it failed before.
    """

    deployment: int
    release: int
    phase: str
    cluster: str
    timeout_seconds: int
    breaking: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """The task of the last attempt of a migration; `ended`: it is STOPPED, not only to be."""

    release: int
    phase: str
    task: str
    ended: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do; `ran` is the attempt that is begun, taken over or told of, `task` its task."""

    course: Course
    message: str
    ran: Ran | None = None
    task: str | None = None
    reason: Reason | None = None


def what_to_do(
    wanted: Wanted, ran: Sequence[Ran], tasks: Sequence[Started], now: datetime, since: datetime
) -> Decision:
    """Return what to do about a migration, `since` when it has been looked for its tasks.

    `ran` is what the ledger knows of all migrations of the application, `tasks` what ECS shows of
    their last attempts.
    """
    own = _own(wanted, ran)
    task = _task(own, tasks) if own is not None else None
    if own is not None and own.state is State.STARTED and task is not None:
        message = f"The {_called(own)} was begun in deployment #{own.deployment}."
        return Decision(Course.RESUME, message, own, task.task)
    busy = next(_busy(ran, tasks, now, since), None)
    if busy is not None:
        return _awaited(wanted, busy, now, since)
    return _alone(wanted, own, _attempts(wanted, ran), now)


def names(application: str, ran: Ran, ledger: str) -> tuple[str, str]:
    """Return `startedBy` and client token of an attempt (their signs and lengths: R13.3, R13.4).

    How far a token reaches is documented nowhere: that of another environment of the account, whose
    `ledger` is another one, is another.
    """
    house = hashlib.sha256(ledger.encode()).hexdigest()[:8]
    token = f"{application}-{ran.release}-{ran.phase}-{ran.attempt}-{house}"
    return starter(application, ran.release, ran.phase, ran.deployment), token


def starter(application: str, release: int, phase: str, deployment: int) -> str:
    """Return the `startedBy` of the task of a migration, by which alone it is found."""
    return f"pilothouse/{application}/{release}/{phase}/{deployment}"


def _own(wanted: Wanted, ran: Sequence[Ran]) -> Ran | None:
    """Return what is known of this very migration.

    A probe may be made by each deployment, and an undo once after each time its expand was begun.
    """
    own = found(ran, wanted.release, wanted.phase)
    if own is None or wanted.phase == PROBE:
        return None
    expand = found(ran, wanted.release, EXPAND)
    stale = wanted.phase == UNDO and expand is not None and own.started_at < expand.started_at
    return None if stale else own


def _attempts(wanted: Wanted, ran: Sequence[Ran]) -> int:
    own = found(ran, wanted.release, wanted.phase)
    if wanted.phase == PROBE:
        return wanted.deployment - 1
    return own.attempt if own is not None else 0


def _task(of: Ran, tasks: Sequence[Started]) -> Started | None:
    mine = (each for each in tasks if (each.release, each.phase) == (of.release, of.phase))
    return next(mine, None)


def _busy(
    ran: Sequence[Ran], tasks: Sequence[Started], now: datetime, since: datetime
) -> Iterator[str]:
    """Yield what is at work, or may be."""
    for each in tasks:
        if not each.ended:
            yield f"task {each.task} of the {each.phase} migration of release #{each.release}"
    if now - since < timedelta(seconds=SETTLED_SECONDS):
        for begun in ran:
            if begun.state is State.STARTED and _task(begun, tasks) is None:
                yield f"the {_called(begun)}, whose task may still be to be seen,"


def _awaited(wanted: Wanted, busy: str, now: datetime, since: datetime) -> Decision:
    at_work = f"{busy[:1].upper()}{busy[1:]} is still at work"
    if now - since < timedelta(seconds=wanted.timeout_seconds):
        return Decision(Course.BUSY, f"{at_work}: it is awaited.")
    waited = moment.span(wanted.timeout_seconds)
    advice = "Wait until it has ended, or stop it in ECS, and deploy again."
    return _refused(wanted, f"{at_work} after {waited}, and two never run at once. {advice}")


def _alone(wanted: Wanted, own: Ran | None, attempts: int, now: datetime) -> Decision:
    """Return what to do where nothing is at work."""
    if own is None:
        return _begun(wanted, attempts, now)
    if own.state is State.PASSED:
        message = f"The {_called(own)} ran already, in deployment #{own.deployment}."
        return Decision(Course.PASSED, message, own)
    asked_for = own.attempt == 1 or wanted.again
    if own.state is State.STARTED and asked_for and not _forgotten(own, now):
        # Its token makes ECS return the first task, should there be one after all.
        message = f"The {_called(own)} was never started, as far as can be seen: it is begun."
        return Decision(Course.BEGIN, message, own)
    return _begun(wanted, attempts, now) if wanted.again else _settled_by_a_person(wanted, own)


def _begun(wanted: Wanted, attempts: int, now: datetime) -> Decision:
    ran = Ran(
        release=wanted.release,
        phase=wanted.phase,
        state=State.STARTED,
        attempt=attempts + 1,
        deployment=wanted.deployment,
        started_at=moment.text(now),
        breaking=wanted.breaking,
        cluster=wanted.cluster,
    )
    return Decision(Course.BEGIN, f"The {_called(ran)} is begun.", ran)


def _forgotten(own: Ran, now: datetime) -> bool:
    return moment.text(now - timedelta(seconds=FORGOTTEN_SECONDS)) >= own.started_at


def _settled_by_a_person(wanted: Wanted, own: Ran) -> Decision:
    ends = {
        State.STARTED: "was begun, and nobody knows how it ended",
        State.FAILED: "failed",
        State.UNDONE: "was undone",
    }
    told = f" {own.message}" if own.state is State.FAILED and own.message else ""
    then = (
        f'deploy release #{own.release} again by hand, which runs it again, or any with "force": '
        "true."
        if own.phase == CONTRACT
        else 'push a new image, or deploy this one by hand with "force": true to run it again.'
    )
    message = (
        f"The {_called(own)} {ends[own.state]} in deployment #{own.deployment}, and is never run a "
        f"second time by itself.{told} Look at the database, then {then}"
    )
    return replace(_refused(wanted, message), ran=own)


def _refused(wanted: Wanted, why: str) -> Decision:
    # Not the release's: nothing of it has run now.
    reason = Reason(Code.MIGRATION_FAILED, Blame.PERSON, why, (f"{wanted.phase}: {why}",))
    return Decision(Course.REFUSED, why, reason=reason)


def _called(ran: Ran) -> str:
    return f"{ran.phase} migration of release #{ran.release}"
