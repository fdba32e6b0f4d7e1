"""Which tasks run which image, and how are they?"""

from collections.abc import Iterator
from datetime import datetime

from functions.domain.catalogue import Application
from rehearsal.demo.stage import Group, Light, Row
from rehearsal.ecs.tasks.images import Image, parse
from rehearsal.ecs.tasks.task import Status, Task
from rehearsal.template import ACCOUNT, REGION
from rehearsal.world import World

UNASKED = {"EssentialContainerExited", "TaskFailedToStart"}
"""The stop codes of tasks that nobody asked to stop."""


class Fleet:
    """The tasks of an application, as the scheduler has them."""

    def __init__(self, world: World, application: Application) -> None:
        self._world = world
        self._application = application
        self._region = world.scheduler.region(ACCOUNT, REGION)
        self._tags: dict[str, str] = {}
        self.begin()

    def begin(self) -> None:
        """Forget the failures there were."""
        self._since = self._world.clock.now()

    def rows(self) -> tuple[Row, ...]:
        services = [
            Row(each.key, self._groups(each.service)) for each in self._application.services
        ]
        return (*services, Row("migration", self._groups(None)))

    def _groups(self, service: str | None) -> tuple[Group, ...]:
        lit: dict[tuple[int, str, str], list[Light]] = {}
        for task in self._tasks(service):
            light = lit_by(task, self._since)
            if light is not None:
                lit.setdefault(self._revision(task), []).append(light)
        return tuple(
            Group(name, tag, tuple(lights)) for (_, name, tag), lights in sorted(lit.items())
        )

    def _tasks(self, service: str | None) -> Iterator[Task]:
        """Yield the tasks of a service; those of none are a migration's."""
        for task in self._region.tasks.all():
            if (task.service.name if task.service else None) == service:
                yield task

    def _revision(self, task: Task) -> tuple[int, str, str]:
        image = parse(task.definition.containers[0]["image"])
        name = task.definition.arn.rpartition("/")[2]
        return task.definition.revision, name, self._tag(image)

    def _tag(self, image: Image) -> str:
        if image.digest and image.digest not in self._tags:
            self._tags = tags(self._world, self._application)
        return self._tags.get(image.name, image.name)


def lit_by(task: Task, since: datetime) -> Light | None:
    """Return how a task is; None if it is not to be seen, like a failure of long ago."""
    if _failed(task):
        return Light.FAILED if task.created_at >= since else None
    if task.last is Status.STOPPED:
        return None
    if not task.live or task.stop is not None:
        return Light.STOPPING
    return Light.RUNNING if task.running else Light.STARTING


def tags(world: World, application: Application) -> dict[str, str]:
    """Return the tags that images have in ECR, by digest."""
    with world.clock.travel():
        answer = world.client("ecr").describe_images(repositoryName=application.repository.name)
    images = answer["imageDetails"]
    return {each["imageDigest"]: each["imageTags"][0] for each in images if each.get("imageTags")}


def _failed(task: Task) -> bool:
    if task.stop is None or task.stop.code not in UNASKED:
        return False
    return task.started_at is None or any(each.exit_code for each in task.containers)
