"""How is a task made out of a task definition?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from rehearsal.ecs.capacity import account
from rehearsal.ecs.capacity.asking import platform
from rehearsal.ecs.capacity.clusters import Rooms
from rehearsal.ecs.capacity.instances import Instance
from rehearsal.ecs.capacity.places import Place, Request
from rehearsal.ecs.capacity.refusals import Refusal
from rehearsal.ecs.rollout.deployments import Deployment
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.tasks import complaints, images
from rehearsal.ecs.tasks.behaviour import Behaviour, find, spoken
from rehearsal.ecs.tasks.definitions import Definition
from rehearsal.ecs.tasks.lifecycle import Lifecycle
from rehearsal.ecs.tasks.task import Container, Placement, Purpose, Task
from rehearsal.ecs.tasks.timeline import Timeline
from rehearsal.ecs.world import Document, World

PLACING = ("capacityProviderStrategy", "placementConstraints", "placementStrategy")
"""What a service says of places; a change acts at once, without a deployment (R3.2)."""


@dataclass(slots=True)
class Launcher:
    world: World
    account: str
    region: str
    lifecycle: Lifecycle
    keep: Callable[[Task], object]
    rooms: Rooms
    order: "count[int]" = field(default_factory=count)

    def for_service(
        self, service: Service, deployment: Deployment, on: Instance | None = None
    ) -> Task | Refusal:
        """Start a task as a service revision wants it, if there is a place for it."""
        purpose = Purpose(
            f"service:{service.name}",
            deployment.id,
            _propagated(service, deployment),
            bool(service.spec.get("enableExecuteCommand")),
        )
        definition = deployment.definition
        request = _request(service, deployment, on)
        placement = self.placement(service.cluster_arn, request, purpose)
        if isinstance(placement, Refusal):
            return placement
        task = self._make(definition, placement, deployment)
        task.service, task.deployment, task.batch = service, deployment, service.batches
        groups = (each.get("targetGroupArn") for each in deployment.load_balancers)
        task.targets = {group: "initial" for group in groups if group}
        deployment.tasks[task.id] = task
        self._begin(task)
        return task

    def stations(self, service: Service, deployment: Deployment) -> list[Instance]:
        """Return the instances that a revision may run on, full or not."""
        room = self.rooms.of(service.cluster_arn)
        return room.fitting(_request(service, deployment))

    def zones(self, service: Service, deployment: Deployment) -> list[str]:
        """Return the zones that tasks of a revision go to."""
        room = self.rooms.of(service.cluster_arn)
        if not room.instances:
            return room.zones
        return sorted({each.zone for each in self.stations(service, deployment)})

    def alone(self, definition: Definition, placement: Placement) -> Task:
        task = self._make(definition, placement, None)
        self._begin(task)
        return task

    def placement(
        self, cluster_arn: str, request: Request, purpose: Purpose
    ) -> Placement | Refusal:
        """Find a place for a task."""
        place = self._within_quota(request, self.rooms.of(cluster_arn).place(request))
        if isinstance(place, Refusal):
            return place
        is_awsvpc = request.definition.document.get("networkMode") == "awsvpc"
        return Placement(
            cluster_arn,
            purpose,
            place.launch_type,
            place.zone,
            platform_version=platform(request.asked) if place.launch_type == "FARGATE" else None,
            capacity_provider=place.provider,
            network=request.asked.get("networkConfiguration") if is_awsvpc else None,
            overrides=request.asked.get("overrides") or {},
            place=place,
        )

    def _within_quota(self, request: Request, place: Place | Refusal) -> Place | Refusal:
        if isinstance(place, Refusal) or place.launch_type != "FARGATE":
            return place
        kind, tasks = place.provider or "FARGATE", self.rooms.book.all()
        return self.world.account.refusal(request.definition, kind, tasks) or place

    def _begin(self, task: Task) -> None:
        self.keep(task)
        self.lifecycle.begin(task)
        self.rooms.of(task.placement.cluster_arn).settle(task)

    def _make(
        self, definition: Definition, placement: Placement, deployment: Deployment | None
    ) -> Task:
        order, task_id = next(self.order), self.world.hex(32)
        containers = [
            self._container(spec, definition, placement, task_id, deployment)
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
        self,
        spec: Document,
        definition: Definition,
        placement: Placement,
        task_id: str,
        deployment: Deployment | None,
    ) -> Container:
        settled = (deployment.digests or {}).get(spec["name"]) if deployment is not None else None
        pull = images.pull(self.world.registry, images.parse(spec["image"]), settled)
        behaviour = self._behaviour(spec, definition, placement, pull)
        wanted = images.architecture(definition.document)
        digest = pull.digest
        if not self.world.settings.index_digest_is_reported:
            digest = pull.platforms.get(wanted, digest)
        return Container(
            arn=self._arn("container", placement, f"{task_id}/{self.world.uuid()}"),
            spec=spec,
            behaviour=behaviour,
            runtime_id=f"{task_id}-{self.world.random.randrange(10**9, 10**10)}",
            digest=digest,
            resolved=pull.digest,
            pull_error=_pull_error(pull, settled, behaviour.platform, wanted),
        )

    def _behaviour(
        self, spec: Document, definition: Definition, placement: Placement, pull: images.Pull
    ) -> Behaviour:
        """Decide what this very container will do: by image, service, command, and chance."""
        kind, _, name = placement.purpose.group.partition(":")
        found = find(self.world.behaviours, pull.image.repository, pull.names)
        found = found.within(name if kind == "service" else definition.family)
        drawn = found.running(spoken(spec.get("command"))).drawn(self.world.random)
        if kind != "service" and self._stays_up(definition, placement):
            drawn = replace(drawn, task_takes=drawn.exits_after, task_exit_code=drawn.exit_code)
        if placement.network and self.world.account.starves(self.rooms.book.all()):
            return replace(drawn, start_error=account.WITHOUT_ADDRESS)
        return drawn

    def _stays_up(self, definition: Definition, placement: Placement) -> bool:
        """Tell a task that does what those of a service do from one that has a command of its own.

        What no service runs is a job anyway.
        """
        if any(each.get("command") for each in placement.overrides.get("containerOverrides") or ()):
            return False
        others = (each for each in self.rooms.book.all() if each.service is not None)
        return any(each.definition.family == definition.family for each in others)


def _request(service: Service, deployment: Deployment, on: Instance | None = None) -> Request:
    asked = {**deployment.settings, **{each: service.spec.get(each) for each in PLACING}}
    # Each revision is spread over the zones by itself: the others are on their way out.
    group, peers = f"service:{service.name}", [*deployment.tasks.values()]
    return Request(deployment.definition, asked, group, peers, is_of_service=True, on=on)


def _pull_error(pull: images.Pull, settled: str | None, built_for: str, wanted: str) -> str | None:
    if pull.is_missing:
        return complaints.not_found(pull.image, settled)
    return None if images.fits(pull, built_for, wanted) else complaints.misfit(wanted)


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
        each.name: each.resolved
        for each in containers
        if each.resolved and each.spec.get("versionConsistency") != "disabled"
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
