"""Which times that an alarm fired count in a bake, and did it watch at all?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from functions.domain import moment

OK, ALARM, MISSING = "OK", "ALARM", "MISSING"
"""States of CloudWatch but for the last, which is that of an alarm that does not exist."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an alarm's state; `before` is the state it left, empty where nobody told."""

    at: datetime
    state: str
    before: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm as a look finds it: in `state` since `since`, for `reason`.

    `changes` are those since the release began, in any order; `unread` says why they are not known
    where they had to be read and could not.
    """

    name: str
    state: str
    since: datetime | None = None
    reason: str = ""
    changes: tuple[Change, ...] = ()
    unread: str = ""

    @property
    def document(self) -> dict[str, object]:
        """What is kept as evidence."""
        return {
            "alarm": self.name,
            "state": self.state,
            "since": moment.text(self.since) if self.since else None,
            "reason": self.reason,
            "changes": [
                {"at": moment.text(each.at), "state": each.state, "reason": each.reason}
                for each in sorted(self.changes, key=lambda change: change.at)
            ],
            "problem": self.unread,
        }


@dataclass(frozen=True, slots=True)
class Firing:
    """A time in ALARM, to its end, or to now where it has none."""

    alarm: str
    at: datetime
    until: datetime | None
    reason: str

    @property
    def told(self) -> str:
        """The line of evidence."""
        since = moment.text(self.at)
        if self.until is None:
            said = f"alarm {self.alarm} is in ALARM since {since}"
        else:
            said = f"alarm {self.alarm} was in ALARM from {since} to {moment.text(self.until)}"
        return f"{said}: {self.reason}" if self.reason else said


def fired(alarm: Alarm, released_at: datetime, since: datetime, until: datetime) -> Firing | None:
    """Return the first time in ALARM that counts between two moments, both included.

    An alarm that fires already before the release says nothing about it: until it has been OK once,
    it is not armed, and no time in ALARM counts.
    """
    for firing in _armed(alarm, released_at):
        if firing.at <= until and (firing.until is None or firing.until > since):
            return firing
    return None


def unarmed(alarm: Alarm, released_at: datetime, at: datetime) -> bool:
    """Say whether an alarm that fired before the release has not been OK up to a moment."""
    changes = _course(alarm, released_at)
    was_ok = any(each.state == OK and each.at <= at for each in changes)
    return _at_first(alarm, changes) == ALARM and not was_ok


def _armed(alarm: Alarm, released_at: datetime) -> Iterator[Firing]:
    changes = _course(alarm, released_at)
    armed = _at_first(alarm, changes) != ALARM
    begun: Change | None = None
    for change in changes:
        if change.state == ALARM:
            begun = begun or (change if armed else None)
            continue
        if begun is not None:
            yield Firing(alarm.name, begun.at, change.at, begun.reason)
        begun, armed = None, armed or change.state == OK
    if begun is not None:
        yield Firing(alarm.name, begun.at, None, begun.reason)


def _at_first(alarm: Alarm, changes: tuple[Change, ...]) -> str:
    """Return the state when the release began, empty where nobody told."""
    return changes[0].before if changes else alarm.state


def _course(alarm: Alarm, released_at: datetime) -> tuple[Change, ...]:
    """Return the changes since the release began, in their order, with the last one known.

    The history lags behind the state, and where it could not be read, the state alone has to do.
    """
    known = [each for each in alarm.changes if each.at > released_at]
    known.sort(key=lambda each: (each.at, each.state, each.before, each.reason))
    newest = known[-1] if known else None
    since = alarm.since
    if since is None or since <= (newest.at if newest else released_at):
        return tuple(known)
    if newest is None or newest.state != alarm.state:
        before = newest.state if newest else ""
        known.append(Change(since, alarm.state, before, alarm.reason))
    return tuple(known)
