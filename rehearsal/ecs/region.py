"""What belongs together in one account and region?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from rehearsal.ecs.errors import invalid, no_service
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
from rehearsal.ecs.world import World


@dataclass(frozen=True, slots=True)
class Cluster:
    name: str
    arn: str


FindCluster = Callable[[str], Cluster]
"""By name or ARN; raises where there is none."""


class Region:
    def __init__(self, world: World, account: str, region: str, cluster: FindCluster) -> None:
        self.world = world
        self.account = account
        self.region = region
        self.definitions = Definitions(world, account, region)
        self.tasks = Book(world)
        self.services: dict[tuple[str, str], Service] = {}
        """By names of cluster and service."""
        self.on_change: list[Callable[[Task, Change], object]] = []
        self.lifecycle = Lifecycle(world, self._heard)
        self.launcher = Launcher(
            world, account, region, self.lifecycle, self.tasks.add, self.tasks.live
        )
        self.scheduler = Scheduler(
            world,
            self.lifecycle,
            Starting(world, self.launcher.for_service, self.tasks.live),
        )
        self.runs = Runs(world, self.launcher)
        self._cluster = cluster

    def cluster(self, name: str | None) -> Cluster:
        return self._cluster(name or "default")

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
                if each.arn == arn
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

    def now(self) -> datetime:
        return self.world.now()

    def _heard(self, task: Task, change: Change) -> None:
        if change is Change.STOPPED:
            self.tasks.stopped(task)
        self.scheduler.heard(task, change)
        for listener in self.on_change:
            listener(task, change)
        self.world.changed(task)
