"""What did the containers of a task print last?"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from functions.aws.failures import translated
from functions.domain.evidence import redaction
from functions.domain.evidence.log_place import LogPlace, NoLog

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

ByRegion = Callable[[str], "CloudWatchLogsClient"]
"""Gives the client of a region; of the one that Pilothouse runs in for an empty name."""


def last_lines(
    client_of: ByRegion, places: Iterable[LogPlace | NoLog], most: int
) -> dict[str, tuple[str, ...]]:
    """Read the last lines of each container, at most so many, redacted; 0 reads nothing.

    What cannot be read is one line in parentheses that says why: it never raises for AWS.
    """
    if most <= 0:
        return {}
    return {each.container: _told(client_of, each, most) for each in places}


def _told(client_of: ByRegion, place: LogPlace | NoLog, most: int) -> tuple[str, ...]:
    if isinstance(place, NoLog):
        return (f"(no log lines: {place.why})",)
    try:
        return _read(client_of(place.region), place, most)
    except Exception as error:
        known = translated(error)
        if known is None:
            raise
        return (_unread(place, error),)


def _read(client: "CloudWatchLogsClient", place: LogPlace, most: int) -> tuple[str, ...]:
    # One page is enough: it holds up to a million bytes and its end is the newest event.
    answer = client.get_log_events(
        logGroupName=place.group, logStreamName=place.stream, startFromHead=False, limit=most
    )
    found = redaction.lines((each.get("message", "") for each in answer["events"]), most)
    return found or ("(no lines found)",)


def _unread(place: LogPlace, error: Exception) -> str:
    response = getattr(error, "response", {})
    code = response.get("Error", {}).get("Code", type(error).__name__)
    where = f"the log group {place.group}"
    if "AccessDenied" in code:
        return f"({where} may not be read: add it to log_groups in the catalogue)"
    if "NotFound" in code:
        return f"({where} has no stream {place.stream}: the container printed nothing)"
    return f"({where} could not be read just now: {code})"
