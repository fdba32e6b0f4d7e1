"""Are the log groups there?"""

from collections.abc import Callable, Collection, Sequence
from itertools import islice
from os.path import commonprefix
from typing import TYPE_CHECKING

from functions.aws.preflight.asking import MOST, asked, too_many
from functions.domain.preflight.log_groups import Place
from functions.domain.preflight.sight import Seen, Sight, Unread

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

PAGES = 2
"""So many pages, of 50, of what begins alike are read before each group is asked for by itself."""


def look(
    places: Collection[Place], region: str, logs: "Callable[[], CloudWatchLogsClient]"
) -> dict[Place, Seen]:
    """Return how each log group stands; those of another region are not asked for."""
    ours = sorted(group for there, group in places if there in ("", region))
    found = asked("logs:DescribeLogGroups", lambda: _found(logs(), ours)) if ours else {}
    return {place: _seen(place, region, found) for place in places}


def _seen(place: Place, region: str, found: dict[str, Sight] | Unread) -> Seen:
    there, group = place
    if there not in ("", region):
        return Unread(f"it is in {there}")
    if isinstance(found, Unread):
        return found
    return found.get(group) or too_many("log groups")


def _found(client: "CloudWatchLogsClient", groups: Sequence[str]) -> dict[str, Sight]:
    """Ask for all at once by what their names have in common, then for what was not among them."""
    alike, whole = set[str](), False
    if len(groups) > 1:
        alike, whole = _named(client, commonprefix(groups))  # noqa: RUF071  letters, not paths
    if whole:
        return {each: Sight.THERE if each in alike else Sight.MISSING for each in groups}
    left = [each for each in groups if each not in alike]
    single = {each: _single(client, each) for each in left[:MOST]}
    return dict.fromkeys(alike.intersection(groups), Sight.THERE) | single


def _named(client: "CloudWatchLogsClient", prefix: str) -> tuple[set[str], bool]:
    """Return the groups that begin so, and whether these are all of them."""
    if not prefix.strip("/"):
        return set(), False
    pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
    read = list(islice(pages, PAGES))
    names = {each["logGroupName"] for page in read for each in page["logGroups"]}
    return names, "nextToken" not in read[-1]


def _single(client: "CloudWatchLogsClient", group: str) -> Sight:
    # They come in the order of their names, so the one that is asked for is the first.
    answer = client.describe_log_groups(logGroupNamePrefix=group, limit=1)
    there = any(each["logGroupName"] == group for each in answer["logGroups"])
    return Sight.THERE if there else Sight.MISSING
