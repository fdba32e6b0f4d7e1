"""What holds in every rehearsal, whatever happens in it? (the invariants of the design, by number)

What a test itself brings about, it excuses.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rehearsal.states.history import Execution
from tests.workflows.calls import Call, Item, plain
from tests.workflows.orders import Orders

ECS_WRITES = ("ecs:RegisterTaskDefinition", "ecs:UpdateService", "ecs:RunTask", "ecs:StopTask")
READS = ("Describe", "List", "Get", "BatchGet", "Query")
NEEDS_NO_REASON = ("Promoted", "NoOp")


@dataclass(frozen=True)
class Claimed:
    """The claim as a write left it, and the time of the write; without an owner it is free."""

    at: str
    owner: str | None
    fence: int
    until: str


class Invariants:
    """Listens from the moment it is made, and checks once all is over."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.claims: list[Claimed] = []
        self._broken: list[str] = []
        self._looked_at = -1.0
        orders.world.sdk.after.append(self._written)
        orders.world.machines.on_state.append(self._happened)

    def check(self) -> None:
        kept = [check for check in CHECKS if check not in self.orders.excused]
        broken = [*self._broken, *(said for check in kept for said in check(self))]
        assert not broken, "\n".join(broken)

    def _written(self, _: str, operation: str, asked: Item, answer: Item) -> None:
        item = {"UpdateItem": "Key", "PutItem": "Item"}.get(operation)
        if item and asked[item]["sk"] == {"S": "claim"} and "Error" not in answer:
            self.claims.append(self._claimed(asked, answer))

    def _claimed(self, asked: Item, answer: Item) -> Claimed:
        now, last = self.orders.clock.iso(), self.claims[-1:]
        expression = asked.get("UpdateExpression", "")
        if expression.startswith("REMOVE"):
            return Claimed(now, None, last[0].fence, "")
        if expression.startswith("SET lease_until"):
            until = asked["ExpressionAttributeValues"][":until"]["S"]
            return Claimed(now, last[0].owner, last[0].fence, until)
        item = plain(asked.get("Item") or answer["Attributes"])
        return Claimed(now, item["owner"], int(item["fence"]), item["lease_until"])

    def _happened(self, execution: Execution, state: str, _: str) -> None:
        if self._looked_at != self.orders.clock.seconds:
            self._looked_at = self.orders.clock.seconds
            kept = minimum_is_kept in self.orders.excused
            self._broken += () if kept else minimum_is_kept(self)
        if not state and not execution.running:
            self._broken += end_is_true(self, self.orders.closed_by(execution))


def one_owner_at_a_time(story: Invariants) -> Iterator[str]:
    """1: nobody takes a claim that is held, and the fence grows with each owner."""
    before = Claimed("", None, 0, "")
    for claim in story.claims:
        if claim.owner is not None and claim.owner != before.owner:
            if before.owner is not None and before.until >= claim.at:
                yield f"{claim.owner} took the claim of {before.owner} at {claim.at}"
            if claim.fence <= before.fence:
                yield f"{claim.owner} took the claim with the fence {claim.fence} once more"
        before = claim


def claim_is_released(story: Invariants) -> Iterator[str]:
    """1"""
    if story.claims and story.claims[-1].owner is not None:
        yield f"the claim is left with {story.claims[-1].owner}"


def end_is_true(story: Invariants, end: Item) -> Iterator[str]:
    """2 and 3: what a deployment says at its end is so at this moment."""
    orders = story.orders
    if end.get("outcome") == "Promoted":
        release = orders.item(f"release#{int(end['release']):06d}") or {}
        right = release["parts"]
    elif end.get("outcome") == "RolledBack":
        right = {key: (orders.item(f"stable#{key}") or {})["part"] for key in end["services"]}
    else:
        return
    for key, part in right.items():
        revision = part["revision"].rpartition("/")[2]
        digests = {digest for each in part["digests"].values() for digest in each}
        runs = orders.runs(key)
        wanted = {revision} if orders.service(key).desired else set()
        if {name for name, _ in runs} != wanted or not {seen for _, seen in runs} <= digests:
            yield f"{end['sk']} is {end['outcome']}, but {key} runs {runs}, not {revision}"


def ends_are_final(story: Invariants) -> Iterator[str]:
    """4"""
    closed: dict[str, Item] = {}
    for call in story.orders.calls.named("dynamodb:TransactWriteItems"):
        for item in call.puts:
            if item["sk"] in closed:
                yield f"{item['sk']} was written after its end"
            if "outcome" in item:
                closed[item["sk"]] = item
    for sk, item in closed.items():
        if story.orders.item(sk) != item:
            yield f"{sk} is not what it was when it was closed"


def ends_say_why(story: Invariants) -> Iterator[str]:
    """4"""
    for _, item in story.orders.ends():
        reason = item["reason"] or {}
        said = reason.get("code") and reason.get("message") and any(reason.get("evidence", ()))
        if item["outcome"] not in NEEDS_NO_REASON and not said:
            yield f"{item['sk']} is {item['outcome']} and does not say why: {reason}"


def rollbacks_start_none(story: Invariants) -> Iterator[str]:
    """5"""
    for execution in story.orders.world.executions("deploy"):
        path = execution.path
        recoveries = path.count("Choose Recovery")
        by_hand = isinstance(execution.input, dict) and "rollback" in execution.input
        if recoveries > 1 or (
            by_hand and recoveries and "Roll Services" in path[path.index("Choose Recovery") :]
        ):
            yield f"{execution.name} started a rollback of a rollback"


def bad_digests_stay_away(story: Invariants) -> Iterator[str]:
    """5"""
    for _, item in story.orders.ends():
        bad = story.orders.item(f"bad#{item['digest']}")
        if (
            bad
            and item["by"] == "push"
            and item.get("steps")
            and bad["deployment"] < item["number"]
        ):
            yield f"{item['sk']} deployed a digest that was bad"


def counts_are_unchanged(story: Invariants) -> Iterator[str]:
    """7"""
    for key, desired in story.orders.desired.items():
        if story.orders.service(key).desired != desired:
            yield f"{key} wants {story.orders.service(key).desired} tasks, not {desired}"
    for call in story.orders.calls.named("ecs:UpdateService"):
        if set(call.arguments) != {"cluster", "service", "taskDefinition"}:
            yield f"UpdateService was asked for more than a revision: {sorted(call.arguments)}"


def minimum_is_kept(story: Invariants) -> Iterator[str]:
    """7: checked at every event of every execution."""
    for key in story.orders.desired:
        service = story.orders.service(key)
        healthy = sum(task.healthy for task in service.tasks())
        if healthy < service.floor:
            yield f"{key} has {healthy} healthy tasks at {story.orders.clock.iso()}"


def everything_ends(story: Invariants) -> Iterator[str]:
    """8"""
    for execution in story.orders.world.machines.executions.values():
        if execution.running:
            yield f"{execution.name} still runs, in {execution.path[-1:]}"


def revisions_stay(story: Invariants) -> Iterator[str]:
    """9"""
    for name in ("ecs:DeregisterTaskDefinition", "ecs:DeleteTaskDefinitions"):
        if story.orders.calls.named(name):
            yield f"{name} was called"


def pushes_are_decided(story: Invariants) -> Iterator[str]:
    """10"""
    decided = Counter(
        item["event"]
        for call in story.orders.calls.named("dynamodb:TransactWriteItems")
        for item in call.puts
        if call.state == "Open Record" and item["sk"].startswith("push#")
    )
    for execution in story.orders.world.executions("deploy"):
        push = execution.input.get("push") if isinstance(execution.input, dict) else None
        if push and execution.error != "InvalidRequest" and decided[push["event"]] != 1:
            yield f"the push {push['event']} was decided {decided[push['event']]} times"


def ends_are_announced(story: Invariants) -> Iterator[str]:
    """10"""
    said = Counter(
        json.loads(entry["Detail"])["announcement"]
        for call in story.orders.calls.named("events:PutEvents")
        for entry in (call.arguments["Entries"] if call.answer is not None else ())
    )
    ends = {
        f"{item['application']}#{item['number']}/{item['outcome']}"
        for _, item in story.orders.ends()
    }
    for announcement in ends | said.keys():
        if announcement not in ends or said[announcement] != 1:
            yield f"{announcement} was announced {said[announcement]} times"


def functions_only_read(story: Invariants) -> Iterator[str]:
    """States act; functions look and think."""
    for call in story.orders.calls.made:
        if call.function is not None and not call.name.partition(":")[2].startswith(READS):
            yield f"{call.function} called {call.name}"


def writes_follow_the_claim(story: Invariants) -> Iterator[str]:
    """Directly before every write to ECS the claim was checked, and was ours."""
    before: dict[Execution, Call] = {}
    for call in story.orders.calls.made:
        last = before.get(call.execution)
        tried_again = last is not None and last.state == call.state and last.answer is None
        if call.name in ECS_WRITES and not tried_again and not _claim_was_ours(last):
            yield f"{call.state} called {call.name} after {last.name if last else 'nothing'}"
        before[call.execution] = call


def _claim_was_ours(call: Call | None) -> bool:
    return (
        call is not None
        and call.answer is not None
        and call.name == "dynamodb:UpdateItem"
        and call.arguments["Key"]["sk"] == {"S": "claim"}
        and call.arguments["ConditionExpression"] == "#owner = :owner AND fence = :fence"
    )


CHECKS: tuple[Callable[[Invariants], Iterator[str]], ...] = (
    one_owner_at_a_time,
    claim_is_released,
    ends_are_final,
    ends_say_why,
    rollbacks_start_none,
    bad_digests_stay_away,
    counts_are_unchanged,
    everything_ends,
    revisions_stay,
    pushes_are_decided,
    ends_are_announced,
    functions_only_read,
    writes_follow_the_claim,
)
