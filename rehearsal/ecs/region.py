"""What belongs together in one account and region?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from rehearsal.ecs.capacity import asking
from rehearsal.ecs.capacity.clusters import FindProvider, Rooms
from rehearsal.ecs.errors import RefusedError, invalid, no_service
from rehearsal.ecs.rollout import alarms
from rehearsal.ecs.rollout.deployments import Deployment, ServiceDeployment
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.rollout.scheduler import Scheduler
from rehearsal.ecs.rollout.starting import Starting
from rehearsal.ecs.tasks.book import Book
from rehearsal.ecs.tasks.definitions import Definitions
from rehearsal.ecs.tasks.launching import Launcher
from rehearsal.ecs.tasks.lifecycle import Lifecycle
from rehearsal.ecs.tasks.runs import Runs
from rehearsal.ecs.tasks.task import Change, Task
from rehearsal.ecs.world import Document, World


@dataclass(frozen=True, slots=True)
class Cluster:
    name: str
    arn: str
    default_strategy: tuple[Document, ...] = ()


FindCluster = Callable[[str], Cluster]
"""By name or ARN; raises where there is none."""


class Region:
    def __init__(
        self,
        world: World,
        account: str,
        region: str,
        cluster: FindCluster,
        provider: FindProvider = lambda name: None,
    ) -> None:
        self.world = world
        self.account = account
        self.region = region
        self.definitions = Definitions(world, account, region)
        self.tasks = Book(world)
        self.services: dict[tuple[str, str], Service] = {}
        """By names of cluster and service."""
        self.on_change: list[Callable[[Task, Change], object]] = []
        self.lifecycle = Lifecycle(world, self._heard)
        self.rooms = Rooms(world, self.lifecycle, self.tasks, self._wake, provider)
        self.launcher = Launcher(world, account, region, self.lifecycle, self.tasks.add, self.rooms)
        self.scheduler = Scheduler(
            world,
            self.lifecycle,
            Starting(world, self.launcher),
        )
        self.runs = Runs(world, self.launcher)
        self._cluster = cluster

    def cluster(self, name: str | None) -> Cluster:
        return self._cluster(name or "default")

    def understood(self, cluster: Cluster, asked: Document) -> Document:
        """Return a call of RunTask or CreateService with what holds where it says nothing."""
        known = partial(self.rooms.knows, cluster.arn)
        return asking.understood(asked, cluster.default_strategy, known)

    def cluster_arn(self, name: str) -> str | None:
        """Return the ARN of a cluster, None where there is none of this name."""
        try:
            return self._cluster(name).arn
        except RefusedError:
            return None

    def find_service(self, cluster: str | None, name: str) -> Service | None:
        return self.services.get((self.cluster(cluster).name, name.rpartition("/")[2]))

    def service(self, cluster: str | None, name: str) -> Service:
        found = self.find_service(cluster, name)
        if found is None:
            raise no_service()
        return found

    def service_of(self, arn: str) -> Service:
        for service in self.services.values():
            if service.arn == arn:
                return service
        raise no_service()

    def service_deployment(self, arn: str) -> ServiceDeployment | None:
        return next(
            (
                each
                for service in self.services.values()
                for each in service.history
                if each.arn == arn and each.is_kept(self.now())
            ),
            None,
        )

    def revision(self, arn: str) -> tuple[Service, Deployment] | None:
        for service in self.services.values():
            for each in service.history:
                if each.target.revision_arn == arn:
                    return service, each.target
        return None

    def task(self, cluster: str | None, name: str) -> Task:
        found = self.tasks.find(name, self.cluster(cluster).arn)
        if found is None:
            raise invalid("The referenced task was not found.")
        return found

    def alarm_changed(self, name: str) -> None:
        """Look at the services whose deployments listen to an alarm (R9.1)."""
        for service in self.services.values():
            if name in alarms.names(service):
                self.scheduler.wake(service)

    def now(self) -> datetime:
        return self.world.now()

    def _wake(self, cluster_arn: str) -> None:
        for service in self.services.values():
            if service.cluster_arn == cluster_arn and service.status == "ACTIVE":
                self.scheduler.wake(service)

    def _heard(self, task: Task, change: Change) -> None:
        if change is Change.STOPPED:
            self.tasks.stopped(task)
        self.rooms.heard(task, change)
        self.scheduler.heard(task, change)
        for listener in self.on_change:
            listener(task, change)
        self.world.changed(task)
