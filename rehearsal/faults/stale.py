"""What would a read have answered some seconds ago?

What a read answers changes only when time moves or somebody writes, so the answers are kept just
before time moves, once a second at most, for the reads that were asked before; for those that
watch a service of the catalogue from the start. Nothing is older than its first answer, but that
leaves out what was created since. A read that is asked to be consistent is.
"""

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from functions.domain.catalogue import Application, Service
from rehearsal.clock import Clock
from rehearsal.faults import known
from rehearsal.faults.kinds import StaleReads
from rehearsal.faults.strikes import Strike
from rehearsal.sdk import CALLER, Answered, Arguments, Sdk, as_answer, refusal

APART = 1.0
"""So many seconds are between two answers kept."""
FORGOTTEN = 600.0
"""After so many seconds a read that nobody repeats is kept no longer."""
BORN = ("createdAt", "registeredAt")
UNKNOWN = as_answer(
    refusal("DescribeTaskDefinition", "ClientException", "Unable to describe task definition.")
)


@dataclass(slots=True)
class Watched:
    """A read, and its answers with the times at which they were right."""

    arguments: Arguments
    asked_at: float
    answers: deque[tuple[float, Answered]] = field(default_factory=deque)

    def before(self, at: float) -> Answered:
        """Return the newest answer that is not younger, and forget those before it."""
        while len(self.answers) > 1 and self.answers[1][0] <= at:
            self.answers.popleft()
        return self.answers[0][1]


class Lagging:
    """Reads of one operation that lag behind."""

    def __init__(self, sdk: Sdk, clock: Clock, fault: StaleReads, strike: Strike) -> None:
        self._sdk = sdk
        self._clock = clock
        self._by = fault.by
        self._name = fault.stale_reads
        self._call = known.call(fault.stale_reads)
        self._strike = strike
        self._watched: dict[str, Watched] = {}
        self._kept_at = -APART

    def install(self, applications: Iterable[Application]) -> None:
        for application in applications:
            for service in application.services:
                for arguments in _watching(self._call.operation, application, service):
                    self._watch(arguments)
        self._sdk.instead.append(self._answer)
        self._clock.on_move.append(self._keep)

    def _answer(self, service: str, operation: str, arguments: Arguments) -> Answered | None:
        asked = (service, operation) == self._call and CALLER.get()
        if not asked or arguments.get("ConsistentRead") or self._strike.over:
            return None
        now, fresh = self._clock.seconds, self._look(arguments)
        watched = self._watched.get(_key(arguments))
        if watched is None:
            watched = self._watch(arguments, _without_newborn(fresh, self._since()))
        watched.asked_at = now
        stale = watched.before(round(now - self._by, 6))
        if _told(stale) == _told(fresh) or not self._strike.now():
            return None
        self._strike.tell(f"{self._name} answered as of some {self._by:g} s ago.")
        return Answered(stale.http, deepcopy(stale.parsed))

    def _watch(self, arguments: Arguments, first: Answered | None = None) -> Watched:
        made = Watched(dict(arguments), self._clock.seconds)
        made.answers.append((self._clock.seconds, first or self._look(arguments)))
        self._watched[_key(arguments)] = made
        return made

    def _keep(self, now: float, _: float) -> None:
        if now - self._kept_at < APART or self._strike.over:
            return
        self._kept_at = now
        for key, watched in list(self._watched.items()):
            if now - watched.asked_at > FORGOTTEN:
                del self._watched[key]
            else:
                watched.before(now - self._by)
                watched.answers.append((now, self._look(watched.arguments)))

    def _look(self, arguments: Arguments) -> Answered:
        with self._clock.travel():
            return self._sdk.look(*self._call, arguments)

    def _since(self) -> datetime:
        return self._clock.now() - timedelta(seconds=self._by)


def _watching(
    operation: str, application: Application, service: Service
) -> Iterator[Mapping[str, Any]]:
    """Yield the reads of an operation with which Pilothouse looks at a service."""
    cluster, name = application.cluster, service.service
    match operation:
        case "DescribeServices":
            yield {"cluster": cluster, "services": [name]}
        case "ListServiceDeployments":
            yield {"cluster": cluster, "service": name, "maxResults": 10}
        case "DescribeTaskDefinition":
            yield {"taskDefinition": service.family, "include": ["TAGS"]}
        case "ListTasks":
            for status in ("RUNNING", "STOPPED"):
                yield {"cluster": cluster, "serviceName": name, "desiredStatus": status}


def _without_newborn(answered: Answered, since: datetime) -> Answered:
    """Return an answer that does not know of what was created since, as ECS words it."""
    if _born_since(answered.parsed.get("taskDefinition"), since):
        return UNKNOWN
    parsed = dict(answered.parsed)
    for member, values in answered.parsed.items():
        if isinstance(values, list):
            parsed[member] = [each for each in values if not _born_since(each, since)]
    gone = [each for each in answered.parsed.get("tasks", []) if _born_since(each, since)]
    if gone:
        failures = [{"arn": each["taskArn"], "reason": "MISSING"} for each in gone]
        parsed["failures"] = [*answered.parsed.get("failures", []), *failures]
    return Answered(answered.http, parsed)


def _born_since(value: Any, since: datetime) -> bool:  # noqa: ANN401 - whatever the API answers
    if not isinstance(value, Mapping):
        return False
    born = next((value[key] for key in BORN if key in value), None)
    return isinstance(born, datetime) and born > since


def _told(answered: Answered) -> dict[str, Any]:
    return {key: value for key, value in answered.parsed.items() if key != "ResponseMetadata"}


def _key(arguments: Arguments) -> str:
    return json.dumps(arguments, sort_keys=True, default=str)
