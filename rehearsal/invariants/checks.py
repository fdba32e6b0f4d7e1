"""What holds in every rehearsal, whatever happens in it? (the invariants of the design, by number)

Each check yields a sentence per breach. What a scenario or a test itself brings about, it excuses.
"""

from collections import Counter
from collections.abc import Callable, Iterator

from rehearsal.invariants.calls import Call, Item
from rehearsal.invariants.story import Claimed, Story, announcement_of

Check = Callable[[Story], Iterator[str]]

CHECKS: dict[Check, int] = {}
"""Each check with the number of its invariant."""

ECS_WRITES = (
    "ecs:RegisterTaskDefinition",
    "ecs:DeregisterTaskDefinition",
    "ecs:UpdateService",
    "ecs:StopServiceDeployment",
    "ecs:RunTask",
    "ecs:StopTask",
    # They decide what ECS is asked to run later.
    "scheduler:UpdateSchedule",
    "events:PutTargets",
)
READS = ("Describe", "List", "Get", "BatchGet", "Query")
NEEDS_NO_REASON = ("Promoted", "NoOp")
KILLERS = {"kill_lambda", "stop_execution", "fail"}
"""The faults after which news may be told twice: somebody died who had told them."""


def invariant(number: int) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        CHECKS[check] = number
        return check

    return register


@invariant(1)
def one_owner_at_a_time(story: Story) -> Iterator[str]:
    """Nobody takes a claim that is held, and the fence grows with each owner."""
    for claims in story.claims.values():
        before = Claimed("", None, 0, "")
        for claim in claims:
            if claim.owner is not None and claim.owner != before.owner:
                if before.owner is not None and before.until >= claim.at:
                    yield f"{claim.owner} took the claim of {before.owner} at {claim.at}"
                if claim.fence <= before.fence:
                    yield f"{claim.owner} took the claim with the fence {claim.fence} once more"
            before = claim


@invariant(1)
def writes_follow_the_claim(story: Story) -> Iterator[str]:
    """Directly before every write to ECS the claim was checked, and was ours.

    What a person runs once changes no service, so `run` takes no claim.
    """
    before: dict[str, Call] = {}
    for call in story.calls.made:
        last = before.get(call.execution.arn)
        again = last is not None and (last.state, last.name) == (call.state, call.name)
        by_hand = call.execution.machine.name.endswith("-run")
        if call.name in ECS_WRITES and not (by_hand or again or _claim_was_ours(last)):
            yield f"{call.state} called {call.name} after {last.name if last else 'nothing'}"
        before[call.execution.arn] = call


@invariant(1)
def functions_only_read(story: Story) -> Iterator[str]:
    """Look, and leave every change to a state, before which the claim is checked."""
    for call in story.calls.made:
        if call.function is not None and not call.name.partition(":")[2].startswith(READS):
            yield f"{call.function} called {call.name}"


@invariant(4)
def ends_are_final(story: Story) -> Iterator[str]:
    closed: dict[tuple[str, str], Item] = {}
    for call in story.calls.named("dynamodb:TransactWriteItems"):
        for item in call.puts:
            key = item["pk"], item["sk"]
            if key in closed and item != closed[key]:
                yield f"{item['sk']} was written after its end"
            if "outcome" in item:
                closed[key] = item
    for key, item in closed.items():
        if story.item(*key) != item:
            yield f"{key[1]} is not what it was when it was closed"


@invariant(4)
def ends_say_why(story: Story) -> Iterator[str]:
    for _, item in story.ends():
        reason = item["reason"] or {}
        said = reason.get("code") and reason.get("message") and any(reason.get("evidence", ()))
        if item["outcome"] not in NEEDS_NO_REASON and not said:
            yield f"{item['sk']} is {item['outcome']} and does not say why: {reason}"


@invariant(5)
def rollbacks_start_none(story: Story) -> Iterator[str]:
    for execution in story.executions("deploy"):
        path = execution.path
        # It is asked again where it could not look.
        recoveries = path.count("Choose Recovery") - path.count("Wait To Look")
        by_hand = isinstance(execution.input, dict) and "rollback" in execution.input
        if recoveries > 1 or (
            by_hand and recoveries and "Roll Services" in path[path.index("Choose Recovery") :]
        ):
            yield f"{execution.name} started a rollback of a rollback"


@invariant(5)
def bad_digests_stay_away(story: Story) -> Iterator[str]:
    """Deploy no digest by a push again that was turned back, or not on the same bases."""
    marks: dict[tuple[str, str], list[Item]] = {}
    for call in story.calls.named("dynamodb:TransactWriteItems"):
        for item in call.puts:
            pushed = "outcome" in item and item["by"] == "push" and item.get("steps")
            for mark in marks.get((item["pk"], str(item.get("digest"))), ()) if pushed else ():
                same = mark.get("bases") in (None, _bases(story, item))
                if same and mark["deployment"] < item["number"]:
                    yield f"{item['sk']} deployed a digest that was bad"
            if item["sk"].startswith("bad#"):
                marks.setdefault((item["pk"], item["sk"].split("#")[1]), []).append(item)


@invariant(5)
def held_pushes_stay_away(story: Story) -> Iterator[str]:
    """Plan no push that was made before the hold that is in force."""
    holds: dict[str, Item] = {}
    for call in story.calls.named("dynamodb:TransactWriteItems"):
        for item in call.puts:
            hold = holds.get(item["pk"]) if item.get("phase") == "Progressing" else None
            if hold and item["by"] == "push" and item["steps"] and not _is_newer(item, hold):
                yield f"{item['sk']} deployed what was pushed before the hold of {hold['since']}"
            if item["sk"] == "hold":
                holds[item["pk"]] = item
        for key in call.deletes:
            if key["sk"] == "hold":
                holds.pop(key["pk"], None)


@invariant(6)
def what_is_superseded_migrated_nothing(story: Story) -> Iterator[str]:
    superseded = {item["owner"] for _, item in story.ends() if item["outcome"] == "Superseded"}
    for call in story.calls.named("ecs:RunTask"):
        if call.answer is not None and story.deployment_of(call.execution).arn in superseded:
            yield f"{call.state} of a superseded deployment ran a migration"


@invariant(6)
def migrations_run_one_at_a_time(story: Story) -> Iterator[str]:
    for one, other in story.overlaps:
        yield f"the migration {one} was started while {other} ran"


@invariant(6)
def migrations_run_once(story: Story) -> Iterator[str]:
    """Run no migration of a release again, unless a person asks for it after its known end."""
    yield from story.migrated.twice


@invariant(6)
def services_run_what_is_expanded(story: Story) -> Iterator[str]:
    """Let no service run a release whose expand migration did not pass."""
    yield from story.migrated.unexpanded


@invariant(7)
def minimum_is_kept(story: Story) -> Iterator[str]:
    for each in story.shortages:
        yield (
            f"{each.service} was left with {each.healthy} healthy tasks, "
            f"{each.minimum} is the least"
        )


@invariant(7)
def recreated_services_run_one_revision(story: Story) -> Iterator[str]:
    """Stop all tasks of a service that bears no two revisions at once before any new one runs."""
    yield from story.recreated.beside


@invariant(7)
def counts_are_unchanged(story: Story) -> Iterator[str]:
    """Touch no count, percentage, limit or grace: what is not asked for stays as it is.

    What a service is to get back, since it is recreated, has been noted before.
    """
    noted = set[str]()
    for call in story.calls.made:
        if call.name == "dynamodb:UpdateItem" and "restore#" in str(call.arguments["Key"]["sk"]):
            noted.add(call.arguments["ExpressionAttributeValues"][":service"]["S"])
        if call.name == "ecs:UpdateService":
            lent = {"deploymentConfiguration"} if call.arguments["service"] in noted else set()
            if set(call.arguments) - lent - {"cluster", "service", "taskDefinition"}:
                yield f"UpdateService was asked for more than a revision: {sorted(call.arguments)}"


@invariant(7)
def configurations_are_given_back(story: Story) -> Iterator[str]:
    """Leave no service with the percentages of a recreation."""
    for application in story.world.applications:
        for item in story.world.items(application, "restore#"):
            yield f"{item['service']} did not get back its deployment configuration"


@invariant(8)
def everything_ends(story: Story) -> Iterator[str]:
    for execution in story.world.machines.executions.values():
        if execution.running:
            yield f"{execution.name} still runs, in {execution.path[-1:]}"


@invariant(8)
def records_are_closed(story: Story) -> Iterator[str]:
    for application in story.world.applications:
        for item in story.world.items(application, "deployment#"):
            if "outcome" not in item:
                yield f"{item['sk']} of {application} is left {item['phase']}"


@invariant(8)
def claim_is_released(story: Story) -> Iterator[str]:
    now = story.world.clock.iso()
    for claims in story.claims.values():
        if claims[-1].owner is not None and claims[-1].until > now:
            yield f"the claim is left with {claims[-1].owner}"


@invariant(8)
def everything_is_told(story: Story) -> Iterator[str]:
    """Nothing waits to be told for whom nobody comes any more."""
    for application in story.world.applications:
        for item in story.world.items(application, "news#"):
            yield f"{item['sk']} of {application} was never told"


@invariant(9)
def revisions_stay(story: Story) -> Iterator[str]:
    """Take away only what is ours, what no task runs and what no service may go back to."""
    yield from story.deregistered
    if story.calls.named("ecs:DeleteTaskDefinitions"):
        yield "ecs:DeleteTaskDefinitions was called"


@invariant(10)
def pushes_are_decided(story: Story) -> Iterator[str]:
    decided: dict[str, set[str]] = {}
    for call in story.calls.named("dynamodb:TransactWriteItems"):
        for item in call.puts:
            if item["sk"].startswith("push#"):
                # Whoever decided says so again at its end.
                decided.setdefault(item["event"], set()).add(item["owner"])
    for execution in story.executions("deploy"):
        push = execution.input.get("push") if isinstance(execution.input, dict) else None
        if push and execution.error != "InvalidRequest":
            times = len(decided.get(push["event"], ()))
            if times != 1:
                yield f"the push {push['event']} was decided {times} times"


@invariant(10)
def ends_are_announced(story: Story) -> Iterator[str]:
    said = Counter(str(each["announcement"]) for each in story.announced())
    ends = {announcement_of(item) for _, item in story.ends()}
    for announcement in sorted(ends | said.keys()):
        times = said[announcement]
        too_often = times > 1 and not story.struck & KILLERS
        if announcement not in ends or times < 1 or too_often:
            yield f"{announcement} was announced {times} times"


def _claim_was_ours(call: Call | None) -> bool:
    return (
        call is not None
        and call.answer is not None
        and call.name == "dynamodb:UpdateItem"
        and call.arguments["Key"]["sk"] == {"S": "claim"}
        and call.arguments["ConditionExpression"] == "#owner = :owner AND fence = :fence"
    )


def _bases(story: Story, record: Item) -> dict[str, str]:
    release = story.item(record["pk"], f"release#{int(record['release']):06d}") or {"parts": {}}
    return {key: part["base"] for key, part in release["parts"].items()}


def _is_newer(record: Item, hold: Item) -> bool:
    """Say whether an image was pushed after a hold came, to the second, and may lift it."""
    lifts = (hold["by"], hold["until"]) == ("pilothouse", "until_newer")
    return lifts and record["pushed_at"][:19] > hold["since"][:19]
