"""Have enough requests come to a service for its bake to say anything?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.domain.catalogue import Bake

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Requests:
    """What came to a service: `minutes` are their starts, with the requests of each, in any order.

    `absent` says why there is nothing to count, `unread` why it could not be read: sentences
    without their full stop.
    """

    minutes: tuple[tuple[datetime, int], ...] = ()
    absent: str = ""
    unread: str = ""

    @property
    def number(self) -> int:
        return sum(number for _, number in self.minutes)


NONE = Requests()


def due(rules: Bake, began_at: datetime, at: datetime) -> bool:
    """Say whether requests have to be read: only where some are wanted, once the minutes are over.

    What came is kept by CloudWatch: it need not be read before.
    """
    return rules.min_requests > 0 and at >= began_at + timedelta(minutes=rules.minutes)


def over_at(rules: Bake, requests: Requests, began_at: datetime, at: datetime) -> datetime | None:
    """Return when the bake of a service is over, None while it is extended.

    It is when its minutes are over and enough requests have come, at the latest at its limit.
    """
    planned = began_at + timedelta(minutes=rules.minutes)
    if not rules.min_requests or requests.absent or requests.unread:
        return planned
    limit = planned + timedelta(seconds=rules.extend_seconds)
    enough = _enough_at(rules, requests)
    if enough is not None:
        return min(max(planned, enough), limit)
    return limit if at >= limit else None


def too_few(rules: Bake, requests: Requests) -> bool:
    return requests.number < rules.min_requests


def _enough_at(rules: Bake, requests: Requests) -> datetime | None:
    """Return the end of the minute in which the last of the wanted requests came."""
    so_far = 0
    for start, number in sorted(requests.minutes):
        so_far += number
        if so_far >= rules.min_requests:
            return start + MINUTE
    return None
