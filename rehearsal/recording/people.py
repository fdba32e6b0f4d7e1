"""What do people call it: a service of ECS, a digest, a workflow?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from functions.domain.catalogue import Application
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.tasks.images import ECR, Registry, parse
from rehearsal.ecs.tasks.task import Container, Task
from rehearsal.states.history import Execution


@dataclass(slots=True)
class People:
    """Remembers what it has found: a tag is asked for once per image, not once per task."""

    applications: Mapping[str, Application]
    registry: Registry
    _services: dict[tuple[str, str], str] = field(default_factory=dict)
    _tags: dict[str, str] = field(default_factory=dict)

    def service(self, service: Service) -> str:
        """Return `orders/web`; a service that no catalogue names goes by its name in ECS."""
        place = service.cluster_name, service.name
        if place not in self._services:
            self._services.update(_services(self.applications.values()))
        return self._services.get(place, f"{service.cluster_name}/{service.name}")

    def purpose(self, task: Task) -> str:
        """Return the service of a task, or for one that runs alone its application and family."""
        if task.service is not None:
            return self.service(task.service)
        family = task.definition.family
        for name, application in self.applications.items():
            if any(each.family == family for each in application.services):
                return f"{name}/one-off"
        return family

    def image(self, container: Container) -> str:
        """Return the tag that an image had when it was first met, else what it is asked for by."""
        reference, digest = str(container.spec["image"]), container.digest
        image = parse(reference)
        if digest is None:
            return image.name
        if digest not in self._tags:
            found = None
            if image.account is not None and image.region is not None:
                found = self.registry.find(image.account, image.region, image.repository, digest)
            tags = found.tags if found is not None else ()
            self._tags[digest] = tags[0] if tags else image.name[: len("sha256:") + 12]
        return self._tags[digest]


def workflow(execution: Execution) -> str:
    return execution.machine.name.rpartition("-")[2]


def subject(container: Iterable[Container]) -> Container:
    """Return the container that a task is there for: the first essential one out of ECR."""
    found = list(container)
    ours = (each for each in found if each.essential and ECR.match(str(each.spec["image"])))
    return next(ours, found[0])


def _services(applications: Iterable[Application]) -> Iterable[tuple[tuple[str, str], str]]:
    for application in applications:
        for service in application.services:
            place = application.cluster, service.service
            yield place, f"{application.application}/{service.key}"
