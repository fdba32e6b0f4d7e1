"""How is a task made out of a task definition?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from rehearsal.ecs import images
from rehearsal.ecs.behaviour import find, spoken
from rehearsal.ecs.definitions import Definition
from rehearsal.ecs.deployments import Deployment
from rehearsal.ecs.lifecycle import Lifecycle
from rehearsal.ecs.services import Service
from rehearsal.ecs.tasks import Container, Placement, Task
from rehearsal.ecs.timeline import Timeline
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
        placement = self.placement(
            service.cluster_arn,
            deployment.definition,
            dict(deployment.settings),
            group=f"service:{service.name}",
            started_by=deployment.id,
            tags=_propagated(service, deployment),
            exec_enabled=bool(service.spec.get("enableExecuteCommand")),
        )
        task = self._make(deployment.definition, placement, deployment)
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
        self,
        cluster_arn: str,
        definition: Definition,
        asked: Document,
        *,
        group: str,
        started_by: str,
        tags: Sequence[dict[str, str]] = (),
        exec_enabled: bool = False,
    ) -> Placement:
        """Decide where a task goes; `asked` has the members of RunTask and of a revision."""
        launch_type, provider = launched_by(asked)
        is_awsvpc = definition.document.get("networkMode") == "awsvpc"
        return Placement(
            cluster_arn=cluster_arn,
            cluster_name=cluster_arn.rpartition("/")[2],
            group=group,
            started_by=started_by,
            launch_type=launch_type,
            zone=self.region + self.world.random.choice(ZONES),
            platform_version="1.4.0" if launch_type == "FARGATE" else None,
            capacity_provider=provider,
            network=asked.get("networkConfiguration") if is_awsvpc else None,
            overrides=asked.get("overrides") or {},
            tags=tuple(tags),
            exec_enabled=exec_enabled,
        )

    def _begin(self, task: Task) -> None:
        self.keep(task)
        self.lifecycle.begin(task)

    def _make(
        self, definition: Definition, placement: Placement, deployment: Deployment | None
    ) -> Task:
        order, task_id = next(self.order), self.world.hex(32)
        base = f"arn:aws:ecs:{self.region}:{self.account}"
        path = f"{placement.cluster_name}/{task_id}"
        containers = [
            self._container(f"{base}:container/{path}", spec, task_id, deployment)
            for spec in _overridden(definition, placement.overrides)
        ]
        _settle_digests(deployment, containers)
        return Task(
            id=task_id,
            arn=f"{base}:task/{path}",
            order=order,
            definition=definition,
            placement=placement,
            containers=containers,
            timeline=Timeline(self.world),
            created_at=self.world.now(),
            attachment=self.world.uuid(),
            tags=[dict(tag) for tag in placement.tags],
            address=f"10.0.{order // 250 % 250}.{order % 250 + 4}",
        )

    def _container(
        self, base: str, spec: Document, task_id: str, deployment: Deployment | None
    ) -> Container:
        settled = (deployment.digests or {}).get(spec["name"]) if deployment is not None else None
        pull = images.pull(self.world.registry, images.parse(spec["image"]), settled)
        behaviour = find(self.world.behaviours, pull.image.repository, pull.names)
        return Container(
            arn=f"{base}/{self.world.uuid()}",
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


def _propagated(service: Service, deployment: Deployment) -> list[dict[str, str]]:
    source = str(service.spec.get("propagateTags"))
    tags = {"SERVICE": service.tags, "TASK_DEFINITION": deployment.definition.tags}.get(source, [])
    managed = {}
    if service.spec.get("enableECSManagedTags"):
        managed = {
            "aws:ecs:clusterName": service.cluster_name,
            "aws:ecs:serviceName": service.name,
        }
    return [*tags, *({"key": key, "value": value} for key, value in managed.items())]
