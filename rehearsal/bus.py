"""Who hears of an event, and when? EventBridge: rules, deliveries, retries, dead letters.

A delivery takes a moment, as on AWS, so events may overtake one another.
"""

import json
import random
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple, cast

from botocore.exceptions import ClientError

# The seam to moto: its matcher is exact, but its buses know neither our targets nor time.
from moto.events.models import EventPattern
from sfnx.testing import Failure

from rehearsal.clock import Clock
from rehearsal.matching import Matches
from rehearsal.sdk import Arguments
from rehearsal.transformer import Event, Target, transformed

LATENCY = (0.2, 1.0)
MOST_RETRIES = 185
MOST_SECONDS = 86_400
HOPELESS = frozenset(
    {
        "AccessDeniedException",
        "ResourceNotFoundException",
        "StateMachineDoesNotExist",
        "NotFoundException",
        "QueueDoesNotExist",
    }
)
"""Refusals that EventBridge does not try again."""


@dataclass(frozen=True)
class Rule:
    """A rule as CloudFormation has it; without a pattern it matches nothing."""

    name: str
    pattern: Mapping[str, Any] | None
    targets: Sequence[Target]
    bus: str = "default"
    enabled: bool = True

    @cached_property
    def _matcher(self) -> EventPattern:
        return EventPattern(None, dict(self.pattern or {}))

    def matches(self, event: Event) -> bool:
        if not self.enabled or not self.pattern:
            return False
        return bool(self._matcher.matches_event(cast("Any", event)))


@dataclass
class Delivery:
    """One event on its way to one target; `payload` is what the target gets of it."""

    rule: Rule
    target: Target
    event: Event
    payload: object
    put_at: float
    identity: str = ""
    retries: int = 0

    @property
    def arn(self) -> str:
        return str(self.target["Arn"])

    @property
    def name(self) -> str:
        """The name that EventBridge gives to an execution it starts."""
        return f"{self.event['id']}_{self.identity}"[:80]


class Delivered(NamedTuple):
    """How a delivery ended; without an error it arrived."""

    at: float
    rule: str
    target: str
    event: str
    error: str | None


class DeadLetter(NamedTuple):
    """A message for a dead-letter queue: the event as it was put, and why it is there."""

    queue: str
    body: str
    attributes: dict[str, str]


class Bus:
    """All buses of one account and region.

    `deliver` has a callback for each ARN service that is a target; it takes a `Delivery`, runs in a
    greenlet of its own, and fails with a ClientError or a Failure. `delays` says after how many
    seconds a delivery arrives: none is a lost event, two are a duplicate.
    """

    def __init__(self, clock: Clock, *, account: str, region: str, seed: object = 0) -> None:
        self.clock = clock
        self.account = account
        self.region = region
        self.rules: list[Rule] = []
        self.events: list[Event] = []
        self.on_event: list[Callable[[Event], object]] = []
        """Hear of every event as it is put, whoever gets it."""
        self.log: list[Delivered] = []
        self.under_way = 0
        """So many deliveries have not arrived yet."""
        self.deliver: dict[str, Callable[[Delivery], object]] = {}
        self.dead_letter: Callable[[DeadLetter], object] = lambda _: None
        self.delays: Callable[[Delivery], Sequence[float]] = lambda _: [self._latency()]
        self._matches: dict[str, Matches[Rule]] = {}
        self._looked_up = 0
        self._random = random.Random(f"{seed}/bus")

    def emit(
        self,
        source: str,
        detail_type: str,
        detail: object,
        resources: Sequence[str] = (),
        bus: str = "default",
    ) -> Event:
        """Put an event, as a service or PutEvents does; its envelope is made here."""
        event = {
            **self._envelope(),
            "detail-type": detail_type,
            "source": source,
            "resources": list(resources),
            "detail": detail,
        }
        self.put(event, bus)
        return event

    def put(self, event: Event, bus: str = "default") -> None:
        """Send an event, with its envelope, to the targets of every rule that matches it."""
        event = json.loads(json.dumps(event))
        self.events.append(event)
        for listener in self.on_event:
            listener(event)
        for rule in self._matching(event, bus):
            for target in rule.targets:
                self._send(rule, target, event)

    def replace_rules(self, rules: Iterable[Rule]) -> None:
        """Have other rules from now on, as a new template brings them."""
        self.rules[:] = rules
        self._matches.clear()

    def _matching(self, event: Event, bus: str) -> list[Rule]:
        if self._looked_up != len(self.rules):
            self._looked_up = len(self.rules)
            self._matches.clear()
        if bus not in self._matches:
            mine = [(each, each.pattern or {}) for each in self.rules if each.bus == bus]
            self._matches[bus] = Matches(mine, Rule.matches)
        return self._matches[bus].of(event)

    def put_events(self, asked: Arguments) -> dict[str, Any]:
        """Answer PutEvents; what the bus refuses is in the entries, not an error."""
        entries = [self._put_entry(entry) for entry in asked["Entries"]]
        failed = sum("ErrorCode" in entry for entry in entries)
        return {"FailedEntryCount": failed, "Entries": entries}

    def _put_entry(self, entry: Arguments) -> dict[str, str]:
        for member in ("Source", "DetailType", "Detail"):
            if not entry.get(member):
                said = f"Parameter {member} is not valid. Reason: {member} is a required argument."
                return {"ErrorCode": "InvalidArgument", "ErrorMessage": said}
        if entry["Source"].startswith("aws."):
            said = "Not authorized for the source."
            return {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": said}
        try:
            detail = json.loads(entry["Detail"])
        except ValueError:
            detail = None
        if not isinstance(detail, dict):
            return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
        bus = entry.get("EventBusName", "default").rpartition("/")[2]
        resources = entry.get("Resources", ())
        event = self.emit(entry["Source"], entry["DetailType"], detail, resources, bus)
        return {"EventId": event["id"]}

    def _send(self, rule: Rule, target: Target, event: Event) -> None:
        payload = transformed(target, event, self._known(rule, event))
        delivery = Delivery(rule, target, event, payload, self.clock.seconds)
        for delay in self.delays(delivery):
            self._later(replace(delivery, identity=self._uuid()), delay)

    def _later(self, delivery: Delivery, delay: float) -> None:
        self.under_way += 1
        self.clock.spawn(lambda: self._arrive(delivery), delay=delay)

    def _arrive(self, delivery: Delivery) -> None:
        self.under_way -= 1
        service = delivery.arn.split(":")[2]
        if service not in self.deliver:
            raise LookupError(f"{delivery.rule.name}: nothing here delivers to {delivery.arn}")
        try:
            self.deliver[service](delivery)
        except ClientError as error:
            self._failed(delivery, error.response["Error"]["Code"], str(error))
        except Failure as failure:
            self._failed(delivery, failure.error, failure.cause)
        else:
            self._ended(delivery, None)

    def _failed(self, delivery: Delivery, code: str, message: str) -> None:
        delay = min(2.0**delivery.retries, 900) * self._random.uniform(0.5, 1)
        policy = delivery.target.get("RetryPolicy", {})
        age = self.clock.seconds + delay - delivery.put_at
        exhausted = None
        if delivery.retries >= int(policy.get("MaximumRetryAttempts", MOST_RETRIES)):
            exhausted = "MaximumRetryAttempts"
        elif age > int(policy.get("MaximumEventAgeInSeconds", MOST_SECONDS)):
            exhausted = "MaximumEventAgeInSeconds"
        if exhausted is None and code not in HOPELESS:
            delivery.retries += 1
            self._later(delivery, delay)
        else:
            self._ended(delivery, code)
            self._bury(delivery, code, message, exhausted)

    def _ended(self, delivery: Delivery, error: str | None) -> None:
        event = delivery.event["id"]
        at = self.clock.seconds
        self.log.append(Delivered(at, delivery.rule.name, delivery.arn, event, error))

    def _bury(self, delivery: Delivery, code: str, message: str, exhausted: str | None) -> None:
        queue = delivery.target.get("DeadLetterConfig", {}).get("Arn")
        if queue is None:
            return
        attributes = {
            "RULE_ARN": self._arn(delivery.rule),
            "TARGET_ARN": delivery.arn,
            "ERROR_CODE": code,
            "ERROR_MESSAGE": message,
            "RETRY_ATTEMPTS": str(delivery.retries),
        }
        if exhausted is not None:
            attributes["EXHAUSTED_RETRY_CONDITION"] = exhausted
        self.dead_letter(DeadLetter(queue, json.dumps(delivery.event), attributes))

    def _envelope(self) -> Event:
        at = self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        about = {"version": "0", "id": self._uuid(), "time": at}
        return {**about, "account": self.account, "region": self.region}

    def _known(self, rule: Rule, event: Event) -> dict[str, object]:
        """Return the variables that every input template has."""
        return {
            "aws.events.rule-arn": self._arn(rule),
            "aws.events.rule-name": rule.name,
            "aws.events.event": {key: value for key, value in event.items() if key != "detail"},
            "aws.events.event.json": event,
            "aws.events.event.ingestion-time": self.clock.iso(),
        }

    def _arn(self, rule: Rule) -> str:
        bus = "" if rule.bus == "default" else f"{rule.bus}/"
        return f"arn:aws:events:{self.region}:{self.account}:rule/{bus}{rule.name}"

    def _latency(self) -> float:
        return self._random.uniform(*LATENCY)

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))
