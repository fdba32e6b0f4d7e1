"""What has to be remembered of a rehearsal, to say at its end what held all the time?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from functions.domain.migration.ran import CONTRACT, EXPAND, UNDO
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.tasks.task import Change, Task
from rehearsal.invariants.calls import Call, Calls, Item, plain
from rehearsal.invariants.migrated import Migrated
from rehearsal.invariants.needed import why_needed
from rehearsal.invariants.recreated import Recreated
from rehearsal.states.history import Execution
from rehearsal.template import ACCOUNT, REGION
from rehearsal.world import World

PARENT = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"
BY_SCHEDULER = "ServiceSchedulerInitiated"


@dataclass(frozen=True, slots=True)
class Claimed:
    """The claim as a write left it, and the time of the write; without an owner it is free."""

    at: str
    owner: str | None
    fence: int
    until: str


@dataclass(frozen=True, slots=True)
class Shortage:
    """A service that had fewer healthy tasks than it must, because one was taken away."""

    service: str
    healthy: int
    minimum: int


class Story:
    """Listens to a world from the moment it is made: before anything happens, and any fault."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.calls = Calls(world)
        self.claims: dict[str, list[Claimed]] = {}
        """By partition of the ledger."""
        self.shortages: list[Shortage] = []
        self.overlaps: list[tuple[str, str]] = []
        """Migrations by whom they were started, that ran while another deployment's did."""
        self.migrated = Migrated(world.applications, self._asked_by)
        self.deregistered: list[str] = []
        """Each revision that was taken away although something needed it."""
        self.recreated = Recreated(world.applications)
        self._closed: dict[str, Item] = {}
        """The terminal records, by the execution whose deployment they are of."""
        self.struck: set[str] = set()
        """The kinds of the faults that struck."""
        self._region = world.scheduler.region(ACCOUNT, REGION)
        self._region.on_change.append(self._changed)
        self.calls.on_call.append(self._called)
        world.sdk.after.append(self._answered)
        world.on_note.append(self._noted)

    def services(self, application: str) -> Iterator[tuple[str, Service]]:
        """Yield the services of an application that are there, by their keys."""
        catalogued = self.world.applications[application]
        for each in catalogued.services:
            found = self._region.services.get((catalogued.cluster, each.service))
            if found is not None:
                yield each.key, found

    def runs(self, service: Service) -> set[tuple[str, str]]:
        """Return revision and digest of each task that runs: `orders-web:2`, `sha256:…`."""
        return {
            (task.definition.arn.rpartition("/")[2], container.digest)
            for task in service.tasks()
            for container in task.containers
            if task.running and container.digest
        }

    def executions(self, word: str) -> list[Execution]:
        return self.world.executions(word)

    def deployment_of(self, execution: Execution) -> Execution:
        """Return the execution that is the root of this one and its siblings."""
        given = execution.input if isinstance(execution.input, dict) else {}
        parent = self.world.machines.executions.get(given.get(PARENT, ""))
        return execution if parent is None else self.deployment_of(parent)

    def closed_by(self, execution: Execution) -> Item:
        """Return the terminal record of a deployment, whoever wrote it, or nothing."""
        return self._closed.get(execution.arn, {})

    def ends(self) -> list[tuple[Call, Item]]:
        """Return the terminal records as they were written."""
        written = self.calls.named("dynamodb:TransactWriteItems")
        return [(call, item) for call in written for item in call.puts if "outcome" in item]

    def item(self, partition: str, sort_key: str) -> dict[str, Any] | None:
        return self.world.item(partition.removeprefix("app#"), sort_key)

    def announced(self) -> Iterator[Mapping[str, Any]]:
        """Yield what was put on the bus as news of an end, also where nobody heard it."""
        for event in self.world.bus.events:
            if event["source"] == "pilothouse" and event["detail"]["outcome"]:
                yield event["detail"]

    def _called(self, call: Call) -> None:
        if call.name == "ecs:DeregisterTaskDefinition":
            revision = call.arguments["taskDefinition"]
            self.deregistered += [
                f"{revision} was deregistered, although {why}"
                for why in why_needed(self.world, self._region, revision)
            ]

    def _asked_by(self, application: str, deployment: int) -> str:
        record = self.world.item(application, f"deployment#{deployment:06d}") or {}
        return str(record.get("by"))

    def _answered(self, _: str, operation: str, asked: Item, answer: Item) -> None:
        if "Error" in answer:
            return
        if operation == "TransactWriteItems":
            self._wrote(asked)
        if operation == "RegisterTaskDefinition":
            self.migrated.registered(asked.get("tags", ()))
        if operation == "RunTask" and self.calls.ours:
            self._ran(asked.get("startedBy", ""))
        written = {"UpdateItem": "Key", "PutItem": "Item"}.get(operation)
        if written and asked[written].get("sk") == {"S": "claim"}:
            partition = asked[written]["pk"]["S"]
            past = self.claims.setdefault(partition, [])
            past.append(self._claimed(past[-1:], asked, answer))

    def _wrote(self, asked: Item) -> None:
        items = [plain(each["Put"]["Item"]) for each in asked["TransactItems"] if "Put" in each]
        for item in items:
            if "outcome" in item:
                self._closed.setdefault(item["owner"], item)

    def _ran(self, starter: str) -> None:
        """Look whether another migration of this application still runs."""
        application = _migrated_by(starter)
        others = (
            task.placement.purpose.started_by for task in self._region.tasks.all() if task.live
        )
        self.overlaps += [
            (starter, other)
            for other in others
            if other != starter and application and _migrated_by(other) == application
        ]

    def _claimed(self, last: list[Claimed], asked: Item, answer: Item) -> Claimed:
        now, expression = self.world.clock.iso(), asked.get("UpdateExpression", "")
        if expression.startswith("REMOVE"):
            return Claimed(now, None, last[0].fence, "")
        if expression.startswith("SET lease_until"):
            until = asked["ExpressionAttributeValues"][":until"]["S"]
            return Claimed(now, last[0].owner, last[0].fence, until)
        item = plain(asked.get("Item") or answer["Attributes"])
        return Claimed(now, item["owner"], int(item["fence"]), item["lease_until"])

    def _noted(self, kind: str, what: str, _: str) -> None:
        if kind == "fault":
            self.struck.add(what)

    def _changed(self, task: Task, change: Change) -> None:
        """Look whether a healthy task is taken away that its service cannot spare."""
        service = task.service
        if change is Change.RUNNING:
            self.migrated.runs(task)
            self.recreated.runs(task)
        if change is not Change.LEAVING or service is None or not self._taken_away(task):
            return
        healthy = sum(each.healthy for each in service.tasks())
        if healthy < service.floor:
            self.shortages.append(Shortage(service.name, healthy, service.floor))

    def _taken_away(self, task: Task) -> bool:
        if task.stop is None or task.stop.unhealthy or task.fails_checks or not task.was_healthy:
            return False
        return task.stop.code == BY_SCHEDULER or self.calls.ours


def _migrated_by(starter: str) -> str:
    """Return the application that `startedBy` names, or nothing: what people run is no migration.

    It is `pilothouse/<application>/<release>/<phase>/<deployment>`.
    """
    parts = starter.split("/")
    return parts[1] if len(parts) == 5 and parts[3] in (EXPAND, CONTRACT, UNDO) else ""


def announcement_of(item: Item) -> str:
    return f"{item['application']}#{item['number']}/{item['outcome']}"
