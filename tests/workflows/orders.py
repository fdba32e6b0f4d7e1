"""The application `orders` in a rehearsal: what a person pushes, asks for, breaks and sees."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from functions.domain import moment
from functions.domain.catalogue import Application
from infra.catalogue import minified
from rehearsal.ecs import Behaviour
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.tasks.definitions import Definition
from rehearsal.invariants import Invariants
from rehearsal.invariants.calls import Call
from rehearsal.invariants.checks import (
    Check,
    ends_are_announced,
    pushes_are_decided,
    records_are_closed,
)
from rehearsal.states.history import Execution
from rehearsal.template import ACCOUNT, REGION
from rehearsal.world import Running, World
from tests.workflows.calls import Refusals

CRASH = Behaviour(exits_after=3.0, exit_code=1)
WEB = {"web": Running(load_balancer=True)}
BOTH = {**WEB, "worker": Running()}


@dataclass(frozen=True)
class Deployed:
    """An execution of `deploy` that has ended, and the record that it closed, if it did."""

    execution: Execution
    record: Mapping[str, Any]

    @property
    def outcome(self) -> str:
        return str(self.record.get("outcome", self.execution.error))

    @property
    def code(self) -> str:
        return str(self.record["reason"]["code"])

    @property
    def message(self) -> str:
        return str(self.record["message"])


class Orders:
    """`orders` with its services; what is asked of it runs until all executions have ended."""

    undone: tuple[Check, ...] = (ends_are_announced, pushes_are_decided, records_are_closed)
    """What cannot hold where nobody could conclude a deployment."""

    def __init__(self, world: World, application: Application) -> None:
        self.world = world
        self.clock = world.clock
        self.application = application
        self.invariants = Invariants(world)
        self.story = self.invariants.story
        self.calls = self.story.calls
        self.refusals = Refusals(self.calls)
        self.excused: set[Check] = set()
        self.configure(application)

    def excuse(self, *broken: Check) -> None:
        """Leave out invariants that the test itself breaks."""
        self.excused.update(broken)

    def configure(self, application: Application) -> None:
        """Put another document of the catalogue in the place of the one that is deployed."""
        self.application = self.world.applications["orders"] = application
        with self.clock.travel():
            self.world.client("ssm").put_parameter(
                Name="/pilothouse/production/orders", Value=minified(application), Overwrite=True
            )

    def prepare(self, services: Mapping[str, Running], v1: Behaviour | None) -> None:
        """Have the services run v1, as the user's own tooling has made them."""
        self.world.store("orders", "v1", v1)
        self.world.prepare("orders", services)
        self.calls.clear()

    # What a person does

    def push(self, tag: str, behaviour: Behaviour | None = None) -> Deployed:
        self.begin_push(tag, behaviour)
        return self.finish()

    def deploy(self, image: str, **more: object) -> Deployed:
        return self.ask({"application": "orders", "image": image, **more})

    def roll_back(self, to: object = True, **more: object) -> Deployed:
        return self.ask({"application": "orders", "rollback": to, **more})

    def ask(self, given: object) -> Deployed:
        self.world.start("deploy", given)
        return self.finish()

    def begin_push(self, tag: str, behaviour: Behaviour | None = None) -> str:
        """Push, and return the digest when the event has arrived."""
        # What is pushed in the second in which a hold began is held: ECR tells no more exactly.
        self.clock.run(until=self.clock.seconds + 1)
        digest = self.world.push("orders", tag, behaviour)
        self.clock.run(until=self.clock.seconds + 1)
        return digest

    def announce_push(self, tag: str, digest: str | None = None, **more: object) -> None:
        """Have ECR tell of a push as it told of it before."""
        detail = {
            "result": "SUCCESS",
            "repository-name": "orders",
            "image-digest": digest or self.digest(tag),
            "action-type": "PUSH",
            "image-tag": tag,
        }
        self.world.bus.emit("aws.ecr", "ECR Image Action", {**detail, **more})
        self.clock.run(until=self.clock.seconds + 1)

    def finish(self) -> Deployed:
        """Let time pass until every execution has ended; return the newest deployment."""
        while self._busy():
            self.clock.run(done=lambda: not self._busy())
        execution = self.world.executions("deploy")[-1]
        return Deployed(execution, self.closed_by(execution))

    def _busy(self) -> bool:
        """Tell whether something runs, or is still to be heard of: the end of a dead deployment."""
        executions = self.world.machines.executions.values()
        return self.world.bus.under_way > 0 or any(each.running for each in executions)

    def until(self, state: str, times: int = 1) -> Execution:
        """Let time pass until a state is entered for the so-manieth time from now on.

        A state is named with its workflow: `roll: Judge Rollout`.
        """
        entered: list[Execution] = []
        listener = _on_entry(state, entered.append)
        self.world.machines.on_state.append(listener)
        self.clock.run(done=lambda: len(entered) >= times)
        self.world.machines.on_state.remove(listener)
        assert len(entered) >= times, f"{state} was not entered {times} times"
        return entered[-1]

    def at(self, state: str, action: Callable[[], object], times: int = 1) -> None:
        """Do something at the very moment a state is entered for the so-manieth time from now on.

        The action may sleep.
        """
        entered: list[Execution] = []

        def act(execution: Execution) -> None:
            entered.append(execution)
            if len(entered) == times:
                action()

        self.world.machines.on_state.append(_on_entry(state, act))

    def call(self, api: str, operation: str, **arguments: object) -> Any:
        """Call AWS as somebody else."""
        with self.clock.travel():
            return getattr(self.world.client(api), operation)(**arguments)

    def update(self, key: str, **members: object) -> None:
        """Update a service as somebody else."""
        name = f"orders-{key}"
        self.call("ecs", "update_service", cluster="production", service=name, **members)

    def register(self, key: str, tag: str = "v1", **members: object) -> str:
        """Register a new base, as the user's own tooling does."""
        service = next(each for each in self.application.services if each.key == key)
        with self.clock.travel():
            return self.world.register_base(self.application, service, tag, **members)

    def claim(self, owner: str, minutes: float) -> None:
        """Have somebody else own the application."""
        until = moment.text(self.clock.now() + timedelta(minutes=minutes))
        table = self.world.template.one("AWS::DynamoDB::Table").logical_id
        fence = (self.world.item("orders", "claim") or {"fence": 0})["fence"] + 1
        item = {
            "pk": {"S": "app#orders"},
            "sk": {"S": "claim"},
            "owner": {"S": owner},
            "fence": {"N": str(fence)},
            "lease_until": {"S": until},
        }
        self.call("dynamodb", "put_item", TableName=self.world.template.name(table), Item=item)

    # What goes wrong

    def fail(self, state: str, error: Exception, times: int = 1) -> None:
        """Have the next calls of a state refused: those of the state itself, not of its handler."""

        def fits(call: Call) -> bool:
            return call.function is None and state == f"{word(call.execution)}: {call.state}"

        self.refusals.plan(fits, error, times)

    def refuse(self, name: str, error: Exception, times: int = 1) -> None:
        """Have the next calls of an operation refused: `ecs:DescribeServices`."""
        self.refusals.plan(lambda call: call.name == name, error, times)

    # What a person sees

    def service(self, key: str) -> Service:
        # As it was prepared: a test may put another name into the catalogue since.
        place = f"production/orders-{key}"
        return self.world.scheduler.service(f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/{place}")

    def runs(self, key: str) -> set[tuple[str, str]]:
        """Return revision and digest of each task that runs: `orders-web:2`, `sha256:…`."""
        return self.story.runs(self.service(key))

    def digest(self, tag: str) -> str:
        answer = self.call(
            "ecr", "describe_images", repositoryName="orders", imageIds=[{"imageTag": tag}]
        )
        return str(answer["imageDetails"][0]["imageDigest"])

    def revisions(self, key: str) -> int:
        """Return how many revisions the family of a service has."""
        return sum(each.family == f"orders-{key}" for each in self.definitions())

    def definition(self, arn: str) -> Definition:
        return next(each for each in self.definitions() if each.arn == arn)

    def definitions(self) -> list[Definition]:
        return list(self.world.scheduler.region(ACCOUNT, REGION).definitions.all())

    def item(self, sort_key: str) -> dict[str, Any] | None:
        return self.world.item("orders", sort_key)

    def closed_by(self, execution: Execution) -> Mapping[str, Any]:
        """Return the terminal record that an execution has written, or nothing."""
        return self.story.closed_by(execution)

    def ends(self) -> list[tuple[Call, Mapping[str, Any]]]:
        """Return the terminal records as they were written."""
        return self.story.ends()

    def writes(self) -> list[Call]:
        """Return what the executions have changed in ECS."""
        reads = ("ecs:Describe", "ecs:List")
        return [
            each
            for each in self.calls.made
            if each.name.startswith("ecs:") and not each.name.startswith(reads)
        ]


def word(execution: Execution) -> str:
    """Return which workflow it is an execution of: `roll`."""
    return execution.machine.name.rpartition("-")[2]


def _on_entry(
    state: str, action: Callable[[Execution], object]
) -> Callable[[Execution, str, str], None]:
    def listen(execution: Execution, name: str, what: str) -> None:
        if what.endswith("StateEntered") and state == f"{word(execution)}: {name}":
            action(execution)

    return listen
