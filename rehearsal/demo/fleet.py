"""Which tasks run which image, and how are they?"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from functions.domain.catalogue import Application, Service
from rehearsal.ecs.images import parse
from rehearsal.ecs.tasks import Status, Task
from rehearsal.template import ACCOUNT, REGION
from rehearsal.world import World

GONE = {"EssentialContainerExited", "TaskFailedToStart"}
"""The stop codes of tasks that nobody asked to stop."""

MIGRATION = "migration"


class Light(StrEnum):
    """How a task is, in the word that counts it."""

    RUNNING = "running"
    STARTING = "starting"
    STOPPING = "stopping"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Group:
    """The tasks of one revision; `tag` is what people call its image."""

    revision: str
    tag: str
    lights: tuple[Light, ...]

    @property
    def counts(self) -> str:
        return counted(self.lights)


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    groups: tuple[Group, ...]

    @property
    def counts(self) -> str:
        return counted(light for group in self.groups for light in group.lights)


class Fleet:
    """The tasks of an application, as the scheduler has them."""

    def __init__(self, world: World, application: Application) -> None:
        self._world = world
        self._application = application
        self._region = world.scheduler.region(ACCOUNT, REGION)
        self.begin()

    def begin(self) -> None:
        """Look up the tags there are, and forget the failures there were."""
        self._since = self._world.clock.now()
        self._tags = tags(self._world, self._application)

    def rows(self) -> tuple[Row, ...]:
        return (
            *(Row(each.key, self._groups(_of(each))) for each in self._application.services),
            Row(MIGRATION, self._groups("")),
        )

    def _groups(self, service: str) -> tuple[Group, ...]:
        lit: dict[tuple[int, str, str], list[Light]] = {}
        for task in self._tasks(service):
            light = lit_by(task, self._since)
            if light is not None:
                lit.setdefault(self._revision(task), []).append(light)
        return tuple(Group(lit_key[1], lit_key[2], tuple(lit[lit_key])) for lit_key in sorted(lit))

    def _tasks(self, service: str) -> Iterator[Task]:
        """Yield the tasks of a service; those of no service are the migration's."""
        for task in self._region.tasks.all():
            if (task.service.name if task.service else "") == service:
                yield task

    def _revision(self, task: Task) -> tuple[int, str, str]:
        image = parse(task.definition.containers[0]["image"])
        name = task.definition.arn.rpartition("/")[2]
        return task.definition.revision, name, self._tags.get(image.name, image.name)


def lit_by(task: Task, since: datetime) -> Light | None:
    """Return how a task is; None if it is no longer there to be seen."""
    crashed = any(each.exit_code for each in task.containers)
    if task.stop is not None and task.stop.code in GONE and (crashed or task.started_at is None):
        return Light.FAILED if task.created_at >= since else None
    if task.last is Status.STOPPED:
        return None
    if not task.live or task.stop is not None:
        return Light.STOPPING
    return Light.RUNNING if task.running else Light.STARTING


def counted(lights: Iterable[Light]) -> str:
    found = Counter(lights)
    return ", ".join(f"{found[each]} {each}" for each in Light if found[each])


def tags(world: World, application: Application) -> dict[str, str]:
    """Return the tags in ECR by digest."""
    with world.clock.travel():
        answer = world.client("ecr").describe_images(repositoryName=application.repository.name)
    images = answer["imageDetails"]
    return {each["imageDigest"]: each["imageTags"][0] for each in images if each.get("imageTags")}


def _of(service: Service) -> str:
    return service.service
