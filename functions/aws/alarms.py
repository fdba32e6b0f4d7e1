"""How do the alarms that a bake watches stand, and how did they since the release began?"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from functions.aws.failures import translated
from functions.domain.bake.armed import MISSING, Alarm, Change

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

AT_ONCE = 100
"""DescribeAlarms takes so many names (API: DescribeAlarms)."""

TYPES: Any = ["MetricAlarm", "CompositeAlarm", "LogAlarm"]
"""Both calls tell of metric alarms only where they are not asked for the others (API)."""

REASON = 200
"""So many letters of a reason are told; CloudWatch allows 1,023."""


def read(
    client: "CloudWatchClient", names: Sequence[str], released_at: datetime
) -> dict[str, Alarm]:
    """Return each alarm by its name, with its changes of state since the release began.

    Only what has changed since then has its history read: a call each, 20 a second in a region.
    """
    found = described(client, names)
    return {
        name: _with_history(client, found[name], released_at)
        if name in found
        else Alarm(name, MISSING)
        for name in names
    }


def described(client: "CloudWatchClient", names: Sequence[str]) -> dict[str, Alarm]:
    """Return the alarms that there are, by name, as they stand now."""
    found: dict[str, Alarm] = {}
    for start in range(0, len(names), AT_ONCE):
        pages = client.get_paginator("describe_alarms").paginate(
            AlarmNames=names[start : start + AT_ONCE], AlarmTypes=TYPES
        )
        for page in pages:
            kinds: Mapping[str, Any] = {**page}
            for kind in ("MetricAlarms", "CompositeAlarms", "LogAlarms"):
                found |= {each["AlarmName"]: _alarm(each) for each in kinds.get(kind, ())}
    return found


def _alarm(found: Mapping[str, Any]) -> Alarm:
    # StateUpdatedTimestamp moves with the evaluation state too, so it comes second.
    since = found.get("StateTransitionedTimestamp") or found.get("StateUpdatedTimestamp")
    name, state = found["AlarmName"], found["StateValue"]
    return Alarm(name, state, since, _reason(found.get("StateReason")))


def _with_history(client: "CloudWatchClient", alarm: Alarm, released_at: datetime) -> Alarm:
    if alarm.since is not None and alarm.since <= released_at:
        return alarm
    try:
        changes, unread = _changes(client, alarm.name, released_at), ""
    except Exception as error:
        known = translated(error)
        if known is None:
            raise
        changes = ()
        unread = f"the history of the alarm {alarm.name} could not be read: {_plain(known)}"
    return Alarm(alarm.name, alarm.state, alarm.since, alarm.reason, changes, unread)


def _changes(client: "CloudWatchClient", name: str, released_at: datetime) -> tuple[Change, ...]:
    pages = client.get_paginator("describe_alarm_history").paginate(
        AlarmName=name, AlarmTypes=TYPES, HistoryItemType="StateUpdate", StartDate=released_at
    )
    read = (_change(each) for page in pages for each in page["AlarmHistoryItems"])
    return tuple(each for each in read if each is not None)


def _change(item: Mapping[str, Any]) -> Change | None:
    """Read an item, None where it tells no state.

    Its data is JSON, as the AWS CLI's example of describe-alarm-history shows it, and may be cut
    at 4,095 letters; its summary says `Alarm updated from OK to ALARM`.
    """
    data = _data(item.get("HistoryData"))
    new, old = data.get("newState") or {}, data.get("oldState") or {}
    words = str(item.get("HistorySummary", "")).split()
    before, after = (words[-3], words[-1]) if len(words) > 3 and words[-2] == "to" else ("", "")
    state = new.get("stateValue") or after
    if not state:
        return None
    reason = _reason(new.get("stateReason"))
    return Change(item["Timestamp"], state, old.get("stateValue") or before, reason)


def _data(text: str | None) -> dict[str, Any]:
    try:
        data = json.loads(text or "{}")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _reason(text: str | None) -> str:
    return " ".join((text or "").split())[:REASON]


def _plain(error: Exception) -> str:
    return str(error).rstrip(".")
