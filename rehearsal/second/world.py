"""What becomes of the same story where moto's own parts stand in the place of ours?

Its CloudFormation creates what the template holds, its interpreter executes the state machines on
real threads, and its rules match the events. The ECS scheduler and the handlers are the same.
"""

import json
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from threading import RLock
from types import TracebackType
from typing import Any

import boto3
from moto import mock_aws
from moto.awslambda.models import LambdaFunction
from moto.core.botocore_stubber import BotocoreStubber
from moto.moto_api._internal import mock_random
from moto.stepfunctions.responses import get_backend

from functions.domain.catalogue import Application
from infra.cache import cached
from rehearsal.ecs import install
from rehearsal.lambdas import Lambdas
from rehearsal.sdk import Sdk
from rehearsal.second import cloudformation, interpreter
from rehearsal.second.clock import ThreadClock
from rehearsal.second.histories import told_by_moto
from rehearsal.second.rules import Rules
from rehearsal.second.seams import replace
from rehearsal.second.telling import Told
from rehearsal.stack import create_repositories
from rehearsal.states.measured import Failure
from rehearsal.template import ACCOUNT, REGION
from rehearsal.world import World

SERVICES = (
    "cloudformation",
    "cloudwatch",
    "dynamodb",
    "ecr",
    "ecs",
    "elbv2",
    "events",
    "lambda",
    "logs",
    "s3",
    "sns",
    "ssm",
    "stepfunctions",
)
EXECUTING: Any = {"stepfunctions": {"execute_state_machine": True}}
"""What moto is told, so that state machines do not only exist."""


class SecondWorld(World):
    """A `World` to prepare, push and start in; its executions are read from moto's API."""

    def __init__(self, applications: Sequence[Application], seed: object = 0) -> None:
        super().__init__(applications, seed)
        self.path = cached(applications)
        # What a World asks of its clock, this one has too.
        self.clock = ThreadClock()  # type: ignore[assignment]
        self._mock = mock_aws(config=EXECUTING)
        self._calls, self._handlers = RLock(), RLock()

    def __enter__(self) -> "SecondWorld":
        with ExitStack() as stack:
            before = dict(os.environ)
            stack.callback(_restore, before)
            os.environ.update(self._environment())
            self._mock.start()
            stack.callback(self._mock.stop)
            mock_random.seed(str(self._seed))
            self._put_together(stack)
            with self.clock.travel():
                cloudformation.deploy(self.path, self.client, ACCOUNT, REGION)
                repositories = [each.repository.name for each in self.applications.values()]
                create_repositories(self.sdk, repositories)
            self._machines = self._created("AWS::StepFunctions::StateMachine")
            self._closing = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.close()

    def _put_together(self, stack: ExitStack) -> None:
        clock: Any = self.clock
        self.sdk = Sdk(REGION)
        stack.callback(setattr, boto3, "DEFAULT_SESSION", None)
        for service in SERVICES:
            # One after the other: boto3 makes no clients on two threads at once.
            self.sdk.client(service)
        self.sdk.answers["sns", "Publish"] = self._published
        self.sdk.before.append(self._hear)
        self.lambdas = Lambdas(self.template, self.sdk.session)
        self.bus: Any = Rules(clock, ACCOUNT, REGION, self._deliver)
        self.scheduler = install(
            clock, random.Random(f"{self._seed}/ecs"), self._from_ecs, self.images
        )
        stack.callback(self.scheduler.uninstall)
        # In ECS's own place stands what answers moto's requests: see `ecs/wire.py`.
        told = self.scheduler.answers(ACCOUNT, REGION).items()
        self.sdk.answers |= {key: each for key, each in told if key[0] != "ecs"}
        self.bus.install(stack)
        interpreter.install(stack, clock, self.sdk.client)
        cloudformation.install(stack)
        replace(stack, LambdaFunction, "_invoke_lambda", self._invoked())
        replace(stack, BotocoreStubber, "__call__", self._one_by_one())

    def _invoked(self) -> Any:  # noqa: ANN401
        """Run a function's handler in this process: moto wants Docker for it."""

        def invoke(function: LambdaFunction, event: object) -> tuple[str, bool, str]:
            with self._handlers:
                try:
                    answer = self.lambdas.invoke(function.function_arn, event)
                except Failure as failure:
                    return failure.cause, True, ""
            return json.dumps(answer), False, ""

        return invoke

    def _one_by_one(self) -> Any:  # noqa: ANN401
        """Answer one call at a time: moto's conditional writes are not atomic across threads.

        But for calls of functions, which call AWS themselves.
        """
        answer = BotocoreStubber.__call__

        def answered(stubber: Any, event_name: str, request: Any, **more: Any) -> Any:  # noqa: ANN401
            if "//lambda." in request.url:
                return answer(stubber, event_name, request, **more)
            with self._calls:
                return answer(stubber, event_name, request, **more)

        return answered

    def _deliver(self, arn: str, name: str, payload: object, event: Mapping[str, Any]) -> None:
        if ":states:" in arn:
            self.client("stepfunctions").start_execution(
                stateMachineArn=arn, name=name, input=json.dumps(payload)
            )
        else:
            self.mail.append(str(payload))

    def _hear(self, service: str, operation: str, asked: Mapping[str, Any]) -> None:
        """Note what is put on the bus as news; no rule takes it anywhere."""
        if (service, operation) == ("events", "PutEvents"):
            ours = (each for each in asked["Entries"] if each["Source"] == "pilothouse")
            self.news.extend(json.loads(each["Detail"]) for each in ours)

    def executes(self) -> bool:
        """Tell whether any execution has not ended."""
        machines = get_backend(ACCOUNT, REGION).state_machines
        return any(each.stop_date is None for one in machines for each in one.executions)

    def told(self) -> Iterator[Told]:
        return told_by_moto(self.client("stepfunctions"), self._machines)

    def _created(self, kind: str) -> dict[str, str]:
        """Return the physical ids of the stack's resources of a type, by their workflow's word."""
        (stack,) = self.client("cloudformation").describe_stacks()["Stacks"]
        found = self.client("cloudformation").describe_stack_resources(StackName=stack["StackName"])
        ids = [
            each["PhysicalResourceId"]
            for each in found["StackResources"]
            if each.get("ResourceType") == kind
        ]
        return {each.rpartition("-")[2]: each for each in ids}

    def _ledger(self) -> Any:  # noqa: ANN401
        (name,) = self._created("AWS::DynamoDB::Table").values()
        return self.sdk.session.resource("dynamodb").Table(name)


def _restore(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
