"""`orders` runs v1, and from then on something goes wrong by rule."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

from functions.domain.catalogue import Application, Migrations
from infra.catalogue import load, minified
from rehearsal.ecs import Behaviour
from rehearsal.faults import AnyFault, Strike, strike
from rehearsal.states.history import Execution
from rehearsal.world import Running, World
from tests.conftest import ROOT

WEB = {"web": Running(load_balancer=True)}
CRASH = Behaviour(exits_after=3.0, exit_code=1)


class Faulty:
    """What a person does to `orders` and sees of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clock = world.clock
        self.strikes: list[Strike] = []
        self.notes: list[str] = []
        world.on_note.append(lambda kind, what, text: self.notes.append(f"{kind} {what}: {text}"))

    def prepare(self, application: Application) -> None:
        self.world.applications["orders"] = application
        with self.clock.travel():
            self.world.client("ssm").put_parameter(
                Name="/pilothouse/production/orders", Value=minified(application), Overwrite=True
            )
        self.world.store("orders", "v1")
        self.world.prepare("orders", WEB)
        self.world.bus.log.clear()
        self.world.sdk.calls.clear()
        self.world.lambdas.calls.clear()

    def push(self, tag: str = "v2", behaviour: Behaviour | None = None) -> str | None:
        """Push, let time pass until all has ended, and return how it did."""
        self.world.push("orders", tag, behaviour)
        return self.finish()

    def finish(self) -> str | None:
        executions = self.world.machines.executions.values()
        self.clock.run(until=self.clock.seconds + 90)
        while any(each.running for each in executions):
            self.clock.run(done=lambda: not any(each.running for each in executions))
        self.clock.run(until=self.clock.seconds + 90)
        return self.record.get("outcome")

    @property
    def record(self) -> dict[str, Any]:
        """Return the record of the newest deployment, empty where there is none."""
        # A number that was taken twice leaves a gap, so the newest need not be the first.
        return next(reversed(self.world.items("orders", "deployment#")), {})

    @property
    def reason(self) -> str:
        return f"{self.record['reason']['code']}: {self.record['message']}"

    def execution(self, workflow: str = "deploy") -> Execution:
        return self.world.executions(workflow)[-1]

    def failures(self, state: str, workflow: str = "deploy") -> list[str]:
        """Return the errors that a Task has had, try by try."""
        return [
            str(each.data["Error"])
            for execution in self.world.executions(workflow)
            for each in execution.trace
            if each.state == state and each.what in ("TaskFailed", "TaskTimedOut")
        ]

    def called(self, name: str) -> int:
        service, operation = name.split(":")
        return self.world.sdk.calls[service, operation]

    def runs(self) -> set[str]:
        """Return the revisions of web that run: `orders-web:2`."""
        tasks = self.world.running("orders", "web")
        return {each["taskDefinitionArn"].rpartition("/")[2] for each in tasks}

    def woken(self) -> list[str]:
        """Return the ids of the events that came to `wake`, in their order."""
        return [each.event for each in self.world.bus.log if each.target.endswith("-wake")]

    def revisions(self) -> int:
        with self.clock.travel():
            answer = self.world.client("ecs").list_task_definitions(familyPrefix="orders-web")
        return len(answer["taskDefinitionArns"])


@cache
def shipped() -> tuple[Application, ...]:
    return load(ROOT / "catalogue")


@contextmanager
def faulty(
    *faults: AnyFault, seed: object = 0, minutes: int = 0, migrates: bool = False
) -> Iterator[Faulty]:
    """Have `orders` run v1 as its web, steadily, and let the faults strike from then on."""
    with World(shipped(), seed) as world:
        orders = world.applications["orders"]
        web = next(each for each in orders.services if each.key == "web")
        web = replace(web, bake=replace(web.bake, minutes=minutes))
        migrations = Migrations(orders.migrations.expand if migrates else None, None)
        made = Faulty(world)
        made.prepare(replace(orders, services=(web,), migrations=migrations))
        made.strikes = strike(world, faults, seed)
        yield made
