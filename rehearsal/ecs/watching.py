"""What does the scheduler see of moto's CloudWatch and Application Auto Scaling?

ECS polls its alarms. Here a change of one is heard, so that a deployment costs nothing meanwhile;
it takes effect with the next pass, as a poll would. Made for the version of moto that `backend`
is made for.
"""

from collections.abc import Callable
from typing import Any

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.cloudwatch.models import Alarm as MotoAlarm
from moto.cloudwatch.models import cloudwatch_backends

from rehearsal.ecs.alarms import Alarm
from rehearsal.ecs.scalable import Limits

DESIRED_COUNT = "ecs:service:DesiredCount"

Listener = Callable[[str, str, str], object]
"""Takes account, region and name of an alarm whose state was set."""


class CloudWatch:
    def find(self, account: str, region: str, name: str) -> Alarm | None:
        backends = cloudwatch_backends[account]
        found = backends[region].alarms.get(name) if region in backends else None
        if found is None:
            return None
        seconds = float(found.period or 0) * float(found.evaluation_periods or 1)
        return Alarm(str(found.state_value), seconds)


class AutoScaling:
    def find(self, account: str, region: str, cluster: str, service: str) -> Limits | None:
        backends = applicationautoscaling_backends[account]
        if region not in backends:
            return None
        targets = backends[region].targets.get(DESIRED_COUNT, {})
        found = targets.get(f"service/{cluster}/{service}")
        if found is None:
            return None
        suspended: Any = found.suspended_state or {}
        return Limits(
            int(found.min_capacity or 0),
            int(found.max_capacity or 0),
            bool(suspended.get("DynamicScalingInSuspended")),
            bool(suspended.get("DynamicScalingOutSuspended")),
        )


def listen(listener: Listener) -> Callable[[], None]:
    """Hear of every state that an alarm is set to; return what ends it."""
    before = MotoAlarm.update_state

    def update_state(alarm: MotoAlarm, reason: str, reason_data: str, state_value: str) -> None:
        left = alarm.state_value
        before(alarm, reason, reason_data, state_value)
        if left != state_value:
            # moto has no StateTransitionedTimestamp; what is set here it answers.
            vars(alarm)["state_transitioned_timestamp"] = alarm.state_updated_timestamp
        region, account = alarm.alarm_arn.split(":")[3:5]
        listener(account, region, alarm.name)

    MotoAlarm.update_state = update_state  # type: ignore[method-assign, assignment]

    def forget() -> None:
        MotoAlarm.update_state = before  # type: ignore[method-assign]

    return forget
