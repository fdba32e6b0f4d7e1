"""Which events are lost, come twice, come late, are overtaken?"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rehearsal.bus import LATENCY, Bus, Delivery
from rehearsal.faults.kinds import DelayEvents, DuplicateEvents, LoseEvents, OfEvents, ReorderEvents
from rehearsal.faults.strikes import Strike
from rehearsal.transformer import Event

Delays = Sequence[float]

AGAIN = (LATENCY[0], 60.0)
"""How much later than the first a duplicate comes."""
HELD_BACK = (20.0, 60.0)
"""How long an event is held back, so that the next ones of a deployment overtake it."""


def install(bus: Bus, fault: OfEvents, strike: Strike) -> None:
    """Have the fault change how deliveries are delayed, after the faults before it."""
    before, change = bus.delays, _change(fault, strike)

    def delays(delivery: Delivery) -> Delays:
        planned = before(delivery)
        return change(delivery, planned) if planned and _concerns(fault, delivery) else planned

    bus.delays = delays


def _change(fault: OfEvents, strike: Strike) -> Callable[[Delivery, Delays], Delays]:
    match fault:
        case LoseEvents():
            return _Losing(fault, strike)
        case DuplicateEvents(duplicate_events=share):
            return lambda delivery, planned: _twice(strike, share, delivery, planned)
        case ReorderEvents(reorder_events=share):
            return lambda delivery, planned: _overtaken(strike, share, delivery, planned)
        case DelayEvents(delay_events=delay):
            return lambda delivery, planned: _late(strike, delay.up_to, delivery, planned)
    raise TypeError(fault)


class _Losing:
    """What is lost is the event itself: it reaches none of its targets."""

    def __init__(self, fault: LoseEvents, strike: Strike) -> None:
        self._share = fault.lose_events
        self._strike = strike
        self._event, self._lost = "", False

    def __call__(self, delivery: Delivery, planned: Delays) -> Delays:
        if delivery.event["id"] != self._event:
            self._event, self._lost = delivery.event["id"], self._strike.now(self._share)
            if self._lost:
                self._strike.tell(f"The event that {told(delivery.event)} never arrived.")
        return [] if self._lost else planned


def _twice(strike: Strike, share: float, delivery: Delivery, planned: Delays) -> Delays:
    if not strike.now(share):
        return planned
    later = strike.random.uniform(*AGAIN)
    strike.tell(f"{_delivery(delivery)} twice, the second time {later:.0f} s later.")
    return [*planned, planned[0] + later]


def _overtaken(strike: Strike, share: float, delivery: Delivery, planned: Delays) -> Delays:
    if not strike.now(share):
        return planned
    later = strike.random.uniform(*HELD_BACK)
    strike.tell(f"{_delivery(delivery)} {later:.0f} s late, so that later ones overtake it.")
    return [planned[0] + later, *planned[1:]]


def _late(strike: Strike, most: float, delivery: Delivery, planned: Delays) -> Delays:
    if not strike.now():
        return planned
    later = strike.random.uniform(0, most)
    strike.tell(f"{_delivery(delivery)} {later:.0f} s late.")
    return [each + later for each in planned]


def _concerns(fault: OfEvents, delivery: Delivery) -> bool:
    event = delivery.event
    if fault.of is not None and event["source"] not in fault.of:
        return False
    return fault.detail_type is None or event["detail-type"] == fault.detail_type


def _delivery(delivery: Delivery) -> str:
    target = delivery.arn.rpartition(":")[2].rpartition("-")[2]
    return f"The event that {told(delivery.event)} reaches {target}"


def told(event: Event) -> str:
    """Return what an event says, as the end of a sentence: `task 1a2b3c4d is STOPPED`."""
    tell = TOLD.get(event["detail-type"])
    said = tell and tell(event["detail"], event)
    return said or f'{event["source"]} put as "{event["detail-type"]}"'


def _of_task(detail: Mapping[str, Any], _: Event) -> str:
    task, group = detail["taskArn"].rpartition("/")[2], detail["group"].partition(":")[2]
    return f"task {task[:8]} of {group} is {detail['lastStatus']}"


def _of_deployment(detail: Mapping[str, Any], event: Event) -> str:
    service = (event["resources"] or ["a service"])[0].partition("/")[2]
    return f"{service} has {detail['eventName']}"


def _of_image(detail: Mapping[str, Any], _: Event) -> str:
    return f"{detail['repository-name']}:{detail.get('image-tag', 'an image')} was pushed"


def _of_alarm(detail: Mapping[str, Any], _: Event) -> str:
    return f"alarm {detail['alarmName']} is {detail['state']['value']}"


def _of_execution(detail: Mapping[str, Any], _: Event) -> str:
    return f"execution {detail['name'][:8]} is {detail['status']}"


TOLD: Mapping[str, Callable[[Mapping[str, Any], Event], str]] = {
    "ECS Task State Change": _of_task,
    "ECS Deployment State Change": _of_deployment,
    "ECR Image Action": _of_image,
    "CloudWatch Alarm State Change": _of_alarm,
    "Step Functions Execution Status Change": _of_execution,
}
