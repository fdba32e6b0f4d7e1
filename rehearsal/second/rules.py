"""Whom does an event reach? moto's rules and patterns, with the targets that moto leaves out."""

import json
import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from moto.events.models import Rule, events_backends

from rehearsal.bus import LATENCY
from rehearsal.second.clock import ThreadClock
from rehearsal.second.seams import replace
from rehearsal.transformer import transformed

Deliver = Callable[[str, str, object, Mapping[str, Any]], object]
"""Takes the ARN of a target, a name for the delivery, what the target gets, and the event."""


class Rules:
    """moto raises for targets that are state machines or topics, and ignores an InputPath.

    What a target gets is worked out by our own transformer.
    """

    def __init__(self, clock: ThreadClock, account: str, region: str, deliver: Deliver) -> None:
        self.clock = clock
        self.deliver = deliver
        self._account, self._region = account, region
        self._random = random.Random("rules")

    def install(self, stack: ExitStack) -> None:
        replace(stack, Rule, "send_to_targets", lambda rule, event: self._send(rule, event))

    def emit(
        self, source: str, detail_type: str, detail: object, resources: Sequence[str] = ()
    ) -> None:
        """Put an event as AWS itself does: PutEvents takes none of its."""
        event: Any = {
            "version": "0",
            "id": str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            "detail-type": detail_type,
            "source": source,
            "account": self._account,
            "time": None,
            "region": self._region,
            "resources": list(resources),
            "detail": detail,
        }
        bus = events_backends[self._account][self._region].describe_event_bus("default")
        for rule in list(bus.rules.values()):
            rule.send_to_targets(event)

    def _send(self, rule: Rule, put: Mapping[str, Any]) -> None:
        event = json.loads(json.dumps(put))
        event["time"] = self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        if rule.state != "ENABLED" or not rule.event_pattern.matches_event(event):
            return
        for target in rule.targets:
            payload = transformed(target, event, {})
            self._later(target["Arn"], f"{event['id']}_{uuid.uuid4()}"[:80], payload, event)

    def _later(self, arn: str, name: str, payload: object, event: Mapping[str, Any]) -> None:
        delay = self._random.uniform(*LATENCY)
        self.clock.spawn(lambda: self.deliver(arn, name, payload, event), delay=delay)
