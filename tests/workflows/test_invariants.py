"""Does each invariant find its breach? A check that never fails is worth nothing."""

from copy import copy
from dataclasses import dataclass, replace
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from functions.domain.catalogue import Strategy
from rehearsal.ecs.tasks.task import Change, Stop
from rehearsal.invariants.calls import Call
from rehearsal.invariants.checks import CHECKS, minimum_is_kept
from rehearsal.invariants.ends import end_is_true
from rehearsal.invariants.story import Claimed
from rehearsal.states.history import Happening
from rehearsal.template import ACCOUNT, REGION
from tests.workflows.orders import Orders

FOR_EVER = "9999"


@dataclass
class Breach:
    """Breaks one invariant after the other in a story that went well."""

    orders: Orders

    def one_owner_at_a_time(self) -> None:
        claims = self.orders.story.claims["app#orders"]
        claims.append(Claimed(self.orders.clock.iso(), "somebody", 8, FOR_EVER))
        claims.append(Claimed(self.orders.clock.iso(), "another", 9, FOR_EVER))

    claim_is_released = one_owner_at_a_time

    def ends_are_final(self) -> None:
        self.write({**self.end(), "message": "It went well."})

    def ends_say_why(self) -> None:
        self.write({**self.end(), "outcome": "Failed", "reason": None})

    def rollbacks_start_none(self) -> None:
        chosen = Happening(0, "Choose Recovery", "TaskStateEntered", None)
        self.orders.world.executions("deploy")[0].trace.extend([chosen, chosen])

    def bad_digests_stay_away(self) -> None:
        bad = {"pk": "app#orders", "sk": f"bad#{self.end()['digest']}", "deployment": 0}
        made = next(iter(self.orders.calls.named("dynamodb:TransactWriteItems")))
        item = {"TransactItems": [{"Put": {"Item": typed(bad)}}]}
        earlier = copy(made)
        earlier.state, earlier.arguments = "Close Record", item
        self.orders.calls.made.insert(0, earlier)

    def held_pushes_stay_away(self) -> None:
        hold = {"since": "9999", "by": "pilothouse", "until": "until_newer"}
        opening = next(iter(self.orders.calls.named("dynamodb:TransactWriteItems")))
        item = {"TransactItems": [{"Put": {"Item": typed({**self.end(), **hold, "sk": "hold"})}}]}
        held = copy(opening)
        held.state, held.arguments = "Close Record", item
        self.orders.calls.made.insert(0, held)

    def migrations_run_one_at_a_time(self) -> None:
        self.orders.story.overlaps.append(("pilothouse/orders/2", "pilothouse/orders/1"))

    def migrations_run_once(self) -> None:
        self.orders.story.migrated.twice.append("rake db:migrate ran again")

    def services_run_what_is_expanded(self) -> None:
        task = next(self.orders.service("web").tasks())
        # As if the catalogue had asked for a migration when this release was pinned.
        self.orders.story.migrated._expands["orders", 1] = ("rake", "db:migrate")
        self.orders.story.migrated.runs(task)

    def recreated_services_run_one_revision(self) -> None:
        application = self.orders.world.applications["orders"]
        web = replace(application.services[0], strategy=Strategy.RECREATE)
        self.orders.story.recreated._applications = {
            "orders": replace(application, services=(web,))
        }
        task = copy(next(self.orders.service("web").tasks()))
        document = {**task.definition.document, "taskDefinitionArn": f"{task.definition.arn}9"}
        task.definition = replace(task.definition, document=document)
        self.orders.story.recreated.runs(task)

    def configurations_are_given_back(self) -> None:
        self.put({"pk": "app#orders", "sk": "restore#web", "service": "orders-web"})

    def counts_are_unchanged(self) -> None:
        asked = {**self.made("ecs:UpdateService").arguments, "desiredCount": 7}
        self.make("ecs:UpdateService", arguments=asked)

    def what_is_superseded_migrated_nothing(self) -> None:
        self.write({**self.end(), "outcome": "Superseded"})
        self.make("ecs:UpdateService", name="ecs:RunTask")

    def minimum_is_kept(self) -> None:
        task = next(self.orders.service("web").tasks())
        task.desired, task.stop = "STOPPED", Stop("ServiceSchedulerInitiated", "Scaling activity")
        for listener in self.orders.story.world.scheduler.region(ACCOUNT, REGION).on_change:
            listener(task, Change.LEAVING)

    def records_are_closed(self) -> None:
        open_one = {"pk": "app#orders", "sk": "deployment#000099", "phase": "Progressing"}
        self.put(open_one)

    def everything_is_told(self) -> None:
        self.put({"pk": "app#orders", "sk": "news#000099"})

    def everything_ends(self) -> None:
        self.orders.world.executions("roll")[0].status = "RUNNING"

    def revisions_stay(self) -> None:
        self.make("ecs:RegisterTaskDefinition", name="ecs:DeleteTaskDefinitions")

    def pushes_are_decided(self) -> None:
        given: Any = self.orders.world.executions("deploy")[0].input
        given["push"]["event"] = "one that nobody decided"

    def ends_are_announced(self) -> None:
        told = next(each for each in self.orders.world.bus.events if each["source"] == "pilothouse")
        self.orders.world.bus.events.append(told)

    def functions_only_read(self) -> None:
        self.make("ecs:UpdateService", function="judge")

    def writes_follow_the_claim(self) -> None:
        self.make("ecs:UpdateService", state="Update Service Again")

    def made(self, name: str) -> Call:
        return self.orders.calls.named(name)[-1]

    def make(self, like: str, **changes: Any) -> None:
        call = copy(self.made(like))
        vars(call).update(changes)
        self.orders.calls.made.append(call)

    def end(self) -> dict[str, Any]:
        _, item = self.orders.ends()[0]
        return dict(item)

    def put(self, item: dict[str, Any]) -> None:
        table = self.made("dynamodb:UpdateItem").arguments["TableName"]
        self.orders.call("dynamodb", "put_item", TableName=table, Item=typed(item))

    def write(self, item: dict[str, Any]) -> None:
        put = {"TransactItems": [{"Put": {"Item": typed(item)}}]}
        self.make("dynamodb:TransactWriteItems", arguments=put)


def typed(item: dict[str, Any]) -> dict[str, Any]:
    return {key: TypeSerializer().serialize(value) for key, value in item.items()}


def test_each_invariant_finds_its_breach(orders: Orders) -> None:
    orders.excuse(*CHECKS)
    orders.push("v2")
    breach = Breach(orders)
    assert orders.invariants.broken() == []
    for check in CHECKS:
        getattr(breach, check.__name__)()
        assert list(check(orders.story)), f"{check.__name__} finds nothing"
    assert {each.number for each in orders.invariants.broken()} == set(CHECKS.values())


def test_an_end_that_is_not_true_is_found(orders: Orders) -> None:
    orders.push("v2")
    end = orders.ends()[0][1]
    assert list(end_is_true(orders.story, end)) == []
    orders.update("web", taskDefinition=orders.register("web"))
    orders.clock.run(until=orders.clock.seconds + 300)
    assert list(end_is_true(orders.story, end)) != []
    assert list(end_is_true(orders.story, {**end, "outcome": "RolledBack"})) != []


def test_a_task_that_somebody_else_stops_is_not_our_breach(orders: Orders) -> None:
    task = next(orders.service("web").tasks())
    orders.call("ecs", "stop_task", cluster="production", task=task.arn)
    assert list(minimum_is_kept(orders.story)) == []
