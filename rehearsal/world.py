"""The embedded AWS, put together: the template, moto, a scheduler, a bus and a clock."""

import hashlib
import os
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

import boto3
from moto import mock_aws
from moto.moto_api._internal import mock_random

from functions.domain.catalogue import Application, Service
from infra.cache import cached
from rehearsal import stack
from rehearsal.bus import Bus, Delivery
from rehearsal.clock import Clock
from rehearsal.ecs import Behaviour, Behaviours, install
from rehearsal.lambdas import Lambdas
from rehearsal.manifests import manifest
from rehearsal.named import Missing, provide
from rehearsal.partitions import by_partition
from rehearsal.prepare import Running as Running
from rehearsal.prepare import base, create, target_group
from rehearsal.prepare import repository_uri as repository_uri
from rehearsal.schedules import Schedules
from rehearsal.sdk import Sdk
from rehearsal.states.executions import StateMachines
from rehearsal.states.history import Execution
from rehearsal.template import ACCOUNT, REGION, Template


class World:
    """Everything that AWS is to Pilothouse, in one process; use it in a `with`."""

    entered: "ClassVar[World | None]" = None

    def __init__(self, applications: Sequence[Application], seed: object = 0) -> None:
        self.applications = {each.application: each for each in applications}
        self.template = _template(cached(applications))
        self.clock = Clock()
        self.news: list[dict[str, Any]] = []
        self.mail: list[str] = []
        """What the topic's subscribers got."""
        self.images = Behaviours()
        self.on_note: list[Callable[[str, str, str], object]] = []
        """Hear what a scenario does ("mark") and what strikes it ("fault"): kind, what, text."""
        self.missing = Missing()
        self.functions: dict[str, Callable[[dict[str, Any]], object]] = {}
        """Lambda functions that are the users' own, by ARN: what ECS asks at its hooks."""
        self._seed = seed
        self._mock = mock_aws()
        self._by_partition = by_partition()

    def __enter__(self) -> "World":
        self._take_process()
        # One that is not there would keep every client from being made.
        os.environ.pop("AWS_PROFILE", None)
        self._mock.start()
        self._by_partition.__enter__()
        mock_random.seed(str(self._seed))
        self.sdk = Sdk(REGION, seed=self._seed)
        self.sdk.pause = self.clock.pause
        self.bus = Bus(self.clock, account=ACCOUNT, region=REGION, seed=self._seed)
        self.lambdas = Lambdas(self.template, self.sdk.session)
        self.machines = StateMachines(
            self.clock, self.sdk, self.lambdas.invoke, emit=self.bus.put, seed=self._seed
        )
        self.scheduler = install(
            self.clock,
            random.Random(f"{self._seed}/ecs"),
            self._from_ecs,
            self.images,
            invoke=self._invoke,
        )
        self.schedules = Schedules(self.clock, self.client, ACCOUNT, REGION)
        self.sdk.answers |= self.scheduler.answers(ACCOUNT, REGION) | self.schedules.answers()
        with self.clock.travel():
            self._machines = stack.deploy(self.template, self.sdk, self.machines, self.bus)
            repositories = [each.repository.name for each in self.applications.values()]
            stack.create_repositories(self.sdk, repositories)
        self._listen()
        return self

    def _listen(self) -> None:
        self.bus.deliver["states"] = self._deliver_to_machine
        self.bus.deliver["sns"] = lambda each: self.mail.append(str(each.payload))
        self.bus.on_event.append(self._put_on_bus)
        self.sdk.answers["sns", "Publish"] = self._published

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clock.close()
        self.scheduler.uninstall()
        self._by_partition.__exit__(None, None, None)
        self._mock.stop()
        boto3.DEFAULT_SESSION = None
        self.sdk.close()
        os.environ.clear()
        os.environ.update(self._before)
        World.entered = None

    def _take_process(self) -> None:
        if World.entered is not None:
            raise RuntimeError("moto and the clock are the process's own: one world at a time")
        World.entered = self
        self._before = dict(os.environ)
        os.environ.update(self._environment())

    def _environment(self) -> dict[str, str]:
        """Return what the template gives the functions, and what moto is told of the account."""
        given: dict[str, str] = {"AWS_DEFAULT_REGION": REGION, "MOTO_ACCOUNT_ID": ACCOUNT}
        for function in self.template.of("AWS::Lambda::Function"):
            given |= function.properties.get("Environment", {}).get("Variables", {})
        return given

    def note(self, kind: str, what: str, text: str) -> None:
        for listener in self.on_note:
            listener(kind, what, text)

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes these classes as it runs
        return self.sdk.client(service)

    def prepare(self, application: str, services: Mapping[str, Running]) -> None:
        """Have an application run as its users' tooling left it, and wait until it is steady."""
        self.create(application, services)
        self.clock.run(until=self.clock.seconds + 300)

    def create(
        self, application: str, services: Mapping[str, Running], *, schedules: bool = True
    ) -> None:
        """Have the users' tooling create the services of an application, and what it schedules."""
        with self.clock.travel():
            catalogued = self.applications[application]
            create(self.client, self.register, catalogued, services, schedules=schedules)

    def register_base(
        self, application: Application, service: Service, tag: str, **more: object
    ) -> str:
        """Register a task definition as the user's own tooling does; return its ARN."""
        return self.register(base(application, service, tag, more=more))

    def register(self, asked: Mapping[str, Any]) -> str:
        """Register a task definition as the users' tooling does, with what it names; its ARN."""
        provide(self.client, asked, self.missing)
        answer = self.client("ecs").register_task_definition(**asked)
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def push(
        self,
        application: str,
        tag: str,
        behaviour: Behaviour | None = None,
        content: str | None = None,
        platforms: Sequence[str] = (),
    ) -> str:
        """Push an image and have ECR say so; return its digest."""
        digest = self.store(application, tag, behaviour, content, platforms)
        detail = {
            "result": "SUCCESS",
            "repository-name": self.applications[application].repository.name,
            "image-digest": digest,
            "action-type": "PUSH",
            "image-tag": tag,
        }
        self.bus.emit("aws.ecr", "ECR Image Action", detail)
        return digest

    def store(
        self,
        application: str,
        tag: str,
        behaviour: Behaviour | None = None,
        content: str | None = None,
        platforms: Sequence[str] = (),
    ) -> str:
        """Put an image into ECR, without the event; the same content has the same digest.

        With platforms it is the index of an image for each, `arm64` or `amd64`.
        """
        name = self.applications[application].repository.name
        document = manifest(content or tag, platforms)
        # moto's own digest is that of the layers, which would be the same for all images here.
        digest = "sha256:" + hashlib.sha256(document.encode()).hexdigest()
        if behaviour is not None:
            self.images.learn(name, digest, behaviour)
        image = {"imageManifest": document, "imageTag": tag, "imageDigest": digest}
        # Pushed again it is what it was, which ECR answers with an error and an event.
        with (
            self.clock.travel(),
            suppress(self.client("ecr").exceptions.ImageAlreadyExistsException),
        ):
            self.client("ecr").put_image(repositoryName=name, **image)
        return digest

    def requests(self, application: str, key: str, per_minute: float) -> None:
        """Have so many requests a minute come to the load balancer of a service from now on."""
        named = {each.key: target_group(each) for each in self.applications[application].services}
        self.scheduler.target_groups.ask(named[key], per_minute, self.clock.now())

    def digest(self, application: str, tag: str) -> str:
        """Return the digest that a tag stands for in ECR."""
        name = self.applications[application].repository.name
        with self.clock.travel():
            answer = self.client("ecr").describe_images(
                repositoryName=name, imageIds=[{"imageTag": tag}]
            )
        return str(answer["imageDetails"][0]["imageDigest"])

    def redeploy(self, application: Application) -> None:
        """Deploy the stack anew, with another document of an application in its old one's place."""
        self.applications[application.application] = application
        self.template = _template(cached(tuple(self.applications.values())))
        self._machines = stack.update(self.template, self.sdk, self.machines, self.bus)

    def start(self, machine: str, given: object) -> Execution:
        """Start a workflow by hand, as from the console."""
        return self.machines.start(self._machines[machine], given=given)

    def executions(self, machine: str) -> list[Execution]:
        """Return the executions of a workflow in the order of their starts."""
        arn = self._machines[machine]
        return [each for each in self.machines.executions.values() if each.machine.arn == arn]

    def item(self, application: str, sort_key: str) -> dict[str, Any] | None:
        """Return an item of the ledger as plain data."""
        found = self._ledger().get_item(Key={"pk": f"app#{application}", "sk": sort_key})
        item = found.get("Item")
        return dict(item) if item else None

    def items(self, application: str, prefix: str) -> list[dict[str, Any]]:
        """Return the items of the ledger under a prefix."""
        answer = self._ledger().scan()
        mine = (each for each in answer["Items"] if each["pk"] == f"app#{application}")
        found = [dict(each) for each in mine if str(each["sk"]).startswith(prefix)]
        return sorted(found, key=lambda each: each["sk"])

    def write(self, application: str, sort_key: str, item: Mapping[str, Any]) -> None:
        """Put an item into the ledger, as if it had been there before."""
        with self.clock.travel():
            self._ledger().put_item(Item={"pk": f"app#{application}", "sk": sort_key, **item})

    def service(self, application: str, key: str) -> dict[str, Any]:
        """Return what ECS says of a service."""
        catalogued = self.applications[application]
        service = next(each for each in catalogued.services if each.key == key)
        with self.clock.travel():
            answer = self.client("ecs").describe_services(
                cluster=catalogued.cluster, services=[service.service]
            )
        return dict(answer["services"][0])

    def running(self, application: str, key: str) -> list[dict[str, Any]]:
        """Return the tasks of a service that run, as ECS describes them."""
        service = self.service(application, key)
        ecs, cluster = self.client("ecs"), service["clusterArn"]
        with self.clock.travel():
            arns = ecs.list_tasks(cluster=cluster, serviceName=service["serviceName"])["taskArns"]
            tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
        return [dict(each) for each in tasks if each["lastStatus"] == "RUNNING"]

    def _ledger(self) -> Any:  # noqa: ANN401 - boto3 makes these classes as it runs
        return self.sdk.session.resource("dynamodb").Table(
            self.template.name(self.template.one("AWS::DynamoDB::Table").logical_id)
        )

    def _invoke(self, arn: str, event: dict[str, Any]) -> object:
        if arn in self.functions:
            return self.functions[arn](event)
        return self.lambdas.asked_by_ecs(arn, event)

    def _deliver_to_machine(self, delivery: Delivery) -> None:
        self.machines.start(delivery.arn, delivery.name, delivery.payload)

    def _put_on_bus(self, event: Mapping[str, Any]) -> None:
        if event["source"] == "pilothouse":
            self.news.append(event["detail"])

    def _published(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self.mail.append(f"{asked['Subject']}\n\n{asked['Message']}")
        return {"MessageId": f"mail-{len(self.mail)}"}

    def _from_ecs(
        self, detail_type: str, resources: Sequence[str], detail: Mapping[str, Any]
    ) -> None:
        self.bus.emit("aws.ecs", detail_type, detail, resources)


@cache
def _template(path: Path) -> Template:
    return Template.read(path)
