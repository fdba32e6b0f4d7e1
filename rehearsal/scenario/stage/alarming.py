"""How do the alarms of a scenario change, and how does CloudWatch tell of it?"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rehearsal.scenario.format.before import Alarm
from rehearsal.template import ACCOUNT, REGION
from rehearsal.world import World

METRIC = {
    "namespace": "AWS/ApplicationELB",
    "name": "HTTPCode_Target_5XX_Count",
    "dimensions": {"LoadBalancer": "app/orders/0123456789abcdef"},
}
THRESHOLD = 10.0
VALUES = {"OK": 0.0, "ALARM": 42.0}


class Alarms:
    """The alarms of a world. moto keeps their states; what CloudWatch says of them is said here."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._periods: dict[str, int] = {}

    def make(self, catalogued: Iterable[str], given: Mapping[str, Alarm]) -> None:
        """Have the alarms of the catalogue and of the scenario, but for those that are missing."""
        alarms = {**dict.fromkeys(catalogued, Alarm()), **given}
        for name, alarm in alarms.items():
            self._periods[name] = round(alarm.period)
            if alarm.state != "missing":
                self._put(name)
                self._set(name, alarm.state)

    def change(self, name: str, state: str) -> None:
        """Put an alarm into a state; a state that it is in already is no news."""
        before = self._state(name)
        if before is None:
            self._put(name)
        if before != state:
            self._set(name, state)
            self._tell(name, before or "INSUFFICIENT_DATA", state)

    def _put(self, name: str) -> None:
        with self.world.clock.travel():
            self.world.client("cloudwatch").put_metric_alarm(
                AlarmName=name,
                Namespace=METRIC["namespace"],
                MetricName=METRIC["name"],
                Dimensions=[
                    {"Name": key, "Value": value}
                    for key, value in METRIC["dimensions"].items()  # type: ignore[attr-defined]
                ],
                Statistic="Sum",
                Period=self._periods.get(name, 60),
                EvaluationPeriods=1,
                Threshold=THRESHOLD,
                ComparisonOperator="GreaterThanThreshold",
                TreatMissingData="notBreaching",
            )

    def _set(self, name: str, state: str) -> None:
        with self.world.clock.travel():
            self.world.client("cloudwatch").set_alarm_state(
                AlarmName=name,
                StateValue=state,
                StateReason=_reason(state),
                StateReasonData=json.dumps(self._data(name, state)),
            )

    def _state(self, name: str) -> str | None:
        with self.world.clock.travel():
            found = self.world.client("cloudwatch").describe_alarms(AlarmNames=[name])
        return next((str(each["StateValue"]) for each in found["MetricAlarms"]), None)

    def _tell(self, name: str, before: str, state: str) -> None:
        """Put the event as AWS documents it for a metric alarm."""
        metric = {
            "metric": METRIC,
            "period": self._periods.get(name, 60),
            "stat": "Sum",
        }
        query = {"id": "m1", "metricStat": metric, "returnData": True}
        detail = {
            "alarmName": name,
            "configuration": {"metrics": [query]},
            "previousState": self._told(name, before),
            "state": self._told(name, state),
        }
        arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"
        self.world.bus.emit("aws.cloudwatch", "CloudWatch Alarm State Change", detail, [arn])

    def _told(self, name: str, state: str) -> dict[str, Any]:
        return {
            "reason": _reason(state),
            "reasonData": json.dumps(self._data(name, state)),
            "timestamp": self._stamp(),
            "value": state,
        }

    def _data(self, name: str, state: str) -> dict[str, Any]:
        recent = [VALUES[state]] if state in VALUES else []
        return {
            "version": "1.0",
            "queryDate": self._stamp(),
            "statistic": "Sum",
            "period": self._periods.get(name, 60),
            "recentDatapoints": recent,
            "threshold": THRESHOLD,
        }

    def _stamp(self) -> str:
        return self.world.clock.iso().replace("Z", "+0000")


def _reason(state: str) -> str:
    if state == "INSUFFICIENT_DATA":
        return "Unchecked: Initial alarm creation"
    how = "was" if state == "ALARM" else "was not"
    return (
        f"Threshold Crossed: 1 datapoint [{VALUES[state]}] {how} greater than the threshold "
        f"({THRESHOLD})."
    )
