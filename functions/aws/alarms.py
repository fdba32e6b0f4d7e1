"""In which state are the alarms that a bake watches?"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

AT_ONCE = 100
"""DescribeAlarms takes so many names."""


def states(client: "CloudWatchClient", names: Sequence[str]) -> dict[str, str]:
    """Return the state of each alarm by its name, MISSING where there is none."""
    found = dict.fromkeys(names, "MISSING")
    for start in range(0, len(names), AT_ONCE):
        answer = client.describe_alarms(
            AlarmNames=names[start : start + AT_ONCE],
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        )
        for alarm in (*answer["MetricAlarms"], *answer["CompositeAlarms"]):
            found[alarm["AlarmName"]] = alarm["StateValue"]
    return found
