"""What holds in every rehearsal, whatever happens in it (the invariants of the design)?

The numbers are those of the invariants; what a test itself brings about, it excuses.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from functions.domain.catalogue import Application
from rehearsal.ecs.service import Service
from rehearsal.history import Execution
from rehearsal.world import World
from tests.workflows.calls import Call, Calls

ECS_WRITES = ("RegisterTaskDefinition", "UpdateService", "RunTask", "StopTask")
READS = ("Describe", "List", "Get", "BatchGet", "Query")
SAID_NOTHING_MORE = ("Promoted", "NoOp")

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Claimed:
    """The claim after a write, and the time of it; without an owner it was released."""

    at: str
    owner: str | None
    fence: int
    until: str


@dataclass
class Rehearsed:
    """What the checks look at; it listens from the moment it is made."""

    world: World
    calls: Calls
    application: Application
    desired: dict[str, int] = field(default_factory=dict)
    excused: set["Check"] = field(default_factory=set)
    claims: list[Claimed] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world.sdk.after.append(self._claim_written)
        self.world.machines.on_state.append(self._happened)

    def check(self) -> None:
        problems = [*self.broken, *(said for check in CHECKS for said in self._asked(check))]
        assert not problems, "\n".join(problems)

    def service(self, key: str) -> Service:
        found = next(each for each in self.application.services if each.key == key)
        services = self.world.scheduler.world_services()
        return services[self.application.cluster, found.service]

    def deployments(self) -> list[Execution]:
        return self.world.executions("deploy")

    def writes(self) -> Iterator[tuple[Call, Item]]:
        """Yield every item that a transaction has put, with the call that did it."""
        for call in self.calls.named("dynamodb:TransactWriteItems"):
            for each in call.arguments["TransactItems"] if call.answer is not None else ():
                if "Put" in each:
                    yield call, plain(each["Put"]["Item"])

    def ends(self) -> list[tuple[Call, Item]]:
        """Return the terminal records as they were written."""
        return [(call, item) for call, item in self.writes() if "outcome" in item]

    def _asked(self, check: "Check") -> Iterator[str]:
        return iter(()) if check in self.excused else check(self)

    def _claim_written(
        self, service: str, operation: str, asked: Mapping[str, Any], answer: Mapping[str, Any]
    ) -> None:
        if service != "dynamodb" or "Error" in answer:
            return
        key = asked.get("Key") or asked.get("Item") or {}
        if key.get("sk", {}).get("S") == "claim":
            self.claims.append(self._claimed(asked, answer))

    def _claimed(self, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> Claimed:
        now, last = self.world.clock.iso(), self.claims[-1] if self.claims else None
        expression = asked.get("UpdateExpression", "")
        if expression.startswith("REMOVE"):
            assert last is not None
            return Claimed(now, None, last.fence, "")
        if expression.startswith("SET lease_until"):
            assert last is not None
            return Claimed(now, last.owner, last.fence, _until(asked))
        item = plain(asked.get("Item") or answer["Attributes"])
        return Claimed(now, item.get("owner"), int(item["fence"]), item.get("lease_until", ""))

    def _happened(self, execution: Execution, state: str, what: str) -> None:
        if minimum_is_kept not in self.excused:
            self.broken += _below_minimum(self)
        if not state and what.startswith("Execution") and not execution.running:
            item = next((item for call, item in self.ends() if call.execution is execution), None)
            if item is not None:
                self.broken += _truth_of(self, item)


Check = Callable[[Rehearsed], Iterator[str]]


def one_owner_at_a_time(story: Rehearsed) -> Iterator[str]:
    """Check 1."""
    before = Claimed("", None, 0, "")
    for claim in story.claims:
        if claim.owner is not None and claim.owner != before.owner:
            if before.owner is not None and before.until >= claim.at:
                yield f"{claim.owner} took the claim of {before.owner} at {claim.at}"
            if claim.fence <= before.fence:
                yield f"{claim.owner} took the claim with the fence {claim.fence} again"
        before = claim


def claim_is_released(story: Rehearsed) -> Iterator[str]:
    """Check 1."""
    if story.claims and story.claims[-1].owner is not None:
        yield f"the claim is left with {story.claims[-1].owner}"


def ends_are_final(story: Rehearsed) -> Iterator[str]:
    """Check 4."""
    closed: dict[str, Item] = {}
    for _, item in story.writes():
        if item["sk"] in closed:
            yield f"{item['sk']} was written again after its end"
        if "outcome" in item:
            closed[item["sk"]] = item
    for sk, item in closed.items():
        if story.world.item(story.application.application, sk) != item:
            yield f"{sk} is not what it was when it was closed"


def ends_say_why(story: Rehearsed) -> Iterator[str]:
    """Check 4."""
    for _, item in story.ends():
        reason = item["reason"] or {}
        named = reason.get("code") and reason.get("message") and any(reason.get("evidence", ()))
        if item["outcome"] not in SAID_NOTHING_MORE and not named:
            yield f"{item['sk']} is {item['outcome']} and does not say why: {reason}"


def rollbacks_start_none(story: Rehearsed) -> Iterator[str]:
    """Check 5."""
    for execution in story.deployments():
        chosen = execution.path.count("Choose Recovery")
        if chosen > 1:
            yield f"{execution.name} chose a recovery {chosen} times"
        by_hand = isinstance(execution.input, dict) and "rollback" in execution.input
        after = execution.path[execution.path.index("Choose Recovery") :] if chosen else []
        if by_hand and "Roll Services" in after:
            yield f"{execution.name} was a rollback and started another one"


def bad_digests_stay_away(story: Rehearsed) -> Iterator[str]:
    """Check 5."""
    for _, item in story.ends():
        bad = story.world.item(story.application.application, f"bad#{item['digest']}")
        deployed = item["by"] == "push" and item.get("steps")
        if bad and deployed and bad["deployment"] < item["number"]:
            yield f"{item['sk']} deployed a digest that was bad"


def counts_are_unchanged(story: Rehearsed) -> Iterator[str]:
    """Check 7."""
    for key, desired in story.desired.items():
        found = story.service(key).desired
        if found != desired:
            yield f"{key} wants {found} tasks, not {desired}"
    for call in story.calls.named("ecs:UpdateService"):
        if set(call.arguments) != {"cluster", "service", "taskDefinition"}:
            yield f"UpdateService was asked for more than a revision: {call.arguments}"


def minimum_is_kept(_: Rehearsed) -> Iterator[str]:
    """Check 7: looked at with every event of an execution, so that it is known when it happens."""
    return iter(())


def everything_ends(story: Rehearsed) -> Iterator[str]:
    """Check 8."""
    for execution in story.world.machines.executions.values():
        if execution.running:
            yield f"{execution.name} still runs, in {execution.path[-1:]}"


def revisions_stay(story: Rehearsed) -> Iterator[str]:
    """Check 9."""
    for name in ("ecs:DeregisterTaskDefinition", "ecs:DeleteTaskDefinitions"):
        if story.calls.named(name):
            yield f"{name} was called"


def pushes_are_decided(story: Rehearsed) -> Iterator[str]:
    """Check 10."""
    decided: Counter[str] = Counter()
    for call, item in story.writes():
        if item["sk"].startswith("push#") and call.state == "Open Record":
            decided[item["event"]] += 1
    for execution in story.deployments():
        push = execution.input.get("push") if isinstance(execution.input, dict) else None
        if execution.error != "InvalidRequest" and push and decided[push["event"]] != 1:
            yield f"the push {push['event']} was decided {decided[push['event']]} times"


def ends_are_announced(story: Rehearsed) -> Iterator[str]:
    """Check 10."""
    said = Counter(
        json.loads(entry["Detail"])["announcement"]
        for call in story.calls.named("events:PutEvents")
        for entry in (call.arguments["Entries"] if call.answer is not None else ())
    )
    ends = {f"{item['application']}#{item['number']}/{item['outcome']}" for _, item in story.ends()}
    for announcement in ends | said.keys():
        if announcement not in ends or said[announcement] != 1:
            yield f"{announcement} was announced {said[announcement]} times"


def functions_only_read(story: Rehearsed) -> Iterator[str]:
    for call in story.calls.made:
        if call.function is not None and not call.operation.startswith(READS):
            yield f"{call.function} called {call.name}"


def claim_is_checked_before_writes(story: Rehearsed) -> Iterator[str]:
    before: dict[tuple[Execution, str | None], Call] = {}
    for call in story.calls.made:
        last = before.get((call.execution, None))
        again = last is not None and last.visit_of == call.visit_of
        if call.service == "ecs" and call.operation in ECS_WRITES and not again:
            if last is None or not _checks_claim(last):
                yield f"{call.state} called {call.name} after {last and last.name}"
        before[call.execution, None] = call


CHECKS: tuple[Check, ...] = ()


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    deserializer = TypeDeserializer()
    return {key: deserializer.deserialize(value) for key, value in item.items()}
