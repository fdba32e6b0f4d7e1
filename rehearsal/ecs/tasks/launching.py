"""How is a task made out of a task definition?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from rehearsal.ecs.rollout.deployments import Deployment
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.tasks import images
from rehearsal.ecs.tasks.behaviour import find, spoken
from rehearsal.ecs.tasks.definitions import Definition
from rehearsal.ecs.tasks.lifecycle import Lifecycle
from rehearsal.ecs.tasks.task import Container, Placement, Purpose, Task
from rehearsal.ecs.tasks.timeline import Timeline
from rehearsal.ecs.world import Document, World

ZONES = "abc"


@dataclass(slots=True)
class Launcher:
    world: World
    account: str
    region: str
    lifecycle: Lifecycle
    keep: Callable[[Task], object]
    live: Callable[[], int]
    order: "count[int]" = field(default_factory=count)

    def for_service(self, service: Service, deployment: Deployment) -> Task:
        """Start a task as a service revision wants it."""
        purpose = Purpose(
            f"service:{service.name}",
            deployment.id,
            _propagated(service, deployment),
            bool(service.spec.get("enableExecuteCommand")),
        )
        definition, settings = deployment.definition, dict(deployment.settings)
        placement = self.placement(service.cluster_arn, definition, settings, purpose)
        task = self._make(definition, placement, deployment)
        task.service, task.deployment, task.batch = service, deployment, service.batches
        groups = (each.get("targetGroupArn") for each in deployment.load_balancers)
        task.targets = {group: "initial" for group in groups if group}
        deployment.tasks[task.id] = task
        self._begin(task)
        return task

    def alone(self, definition: Definition, placement: Placement) -> Task:
        task = self._make(definition, placement, None)
        self._begin(task)
        return task

    def placement(
        self, cluster_arn: str, definition: Definition, asked: Document, purpose: Purpose
    ) -> Placement:
        """Decide where a task goes; `asked` has the members of RunTask and of a revision."""
        launch_type, provider = launched_by(asked)
        is_awsvpc = definition.document.get("networkMode") == "awsvpc"
        return Placement(
            cluster_arn,
            purpose,
            launch_type,
            zone=self.region + self.world.random.choice(ZONES),
            platform_version="1.4.0" if launch_type == "FARGATE" else None,
            capacity_provider=provider,
            network=asked.get("networkConfiguration") if is_awsvpc else None,
            overrides=asked.get("overrides") or {},
        )

    def _begin(self, task: Task) -> None:
        self.keep(task)
        self.lifecycle.begin(task)

    def _make(
        self, definition: Definition, placement: Placement, deployment: Deployment | None
    ) -> Task:
        order, task_id = next(self.order), self.world.hex(32)
        containers = [
            self._container(spec, placement, task_id, deployment)
            for spec in _overridden(definition, placement.overrides)
        ]
        _settle_digests(deployment, containers)
        return Task(
            task_id,
            self._arn("task", placement, task_id),
            order,
            definition,
            placement,
            containers,
            Timeline(self.world),
            self.world.now(),
            attachment=self.world.uuid(),
            address=f"10.0.{order // 250 % 250}.{order % 250 + 4}",
            tags=[dict(tag) for tag in placement.purpose.tags],
        )

    def _arn(self, kind: str, placement: Placement, path: str) -> str:
        cluster = placement.cluster_arn.rpartition("/")[2]
        return f"arn:aws:ecs:{self.region}:{self.account}:{kind}/{cluster}/{path}"

    def _container(
        self, spec: Document, placement: Placement, task_id: str, deployment: Deployment | None
    ) -> Container:
        settled = (deployment.digests or {}).get(spec["name"]) if deployment is not None else None
        pull = images.pull(self.world.registry, images.parse(spec["image"]), settled)
        behaviour = find(self.world.behaviours, pull.image.repository, pull.names)
        return Container(
            arn=self._arn("container", placement, f"{task_id}/{self.world.uuid()}"),
            spec=spec,
            behaviour=behaviour.running(spoken(spec.get("command"))),
            runtime_id=f"{task_id}-{self.world.random.randrange(10**9, 10**10)}",
            digest=pull.digest,
            pull_error=pull.error,
        )


def launched_by(asked: Document) -> tuple[str, str | None]:
    """Return the launch type and the capacity provider that stands behind it."""
    strategy = asked.get("capacityProviderStrategy")
    if not strategy:
        return str(asked.get("launchType") or "EC2"), None
    provider = str(strategy[0]["capacityProvider"])
    return ("FARGATE" if provider.startswith("FARGATE") else "EC2"), provider


def _overridden(definition: Definition, overrides: Document) -> list[Document]:
    asked = {each["name"]: each for each in overrides.get("containerOverrides") or []}
    return [{**spec, **asked.get(spec["name"], {})} for spec in definition.containers]


def _settle_digests(deployment: Deployment | None, containers: Sequence[Container]) -> None:
    """Keep what the first task of a deployment resolved for all later ones (R6.1)."""
    if deployment is None or deployment.digests is not None:
        return
    if any(each.pull_error for each in containers):
        return
    deployment.digests = {
        each.name: each.digest
        for each in containers
        if each.digest and each.spec.get("versionConsistency") != "disabled"
    }


def _propagated(service: Service, deployment: Deployment) -> tuple[dict[str, str], ...]:
    source = str(service.spec.get("propagateTags"))
    tags = {"SERVICE": service.tags, "TASK_DEFINITION": deployment.definition.tags}.get(source, [])
    managed = {}
    if service.spec.get("enableECSManagedTags"):
        managed = {
            "aws:ecs:clusterName": service.cluster_name,
            "aws:ecs:serviceName": service.name,
        }
    return (*tags, *({"key": key, "value": value} for key, value in managed.items()))
