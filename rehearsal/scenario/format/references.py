"""Does a scenario have what it names: an application, a service, an image, an alarm, a cluster?"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import core_schema

from functions.domain.fields import hint
from rehearsal.scenario.format.fields import mistake


@dataclass(frozen=True, slots=True)
class Known:
    """What the file itself holds under its names, found before its fields are looked at."""

    services: tuple[str, ...]
    """As people name them: `orders/web`."""
    images: Mapping[str, tuple[str, ...]]
    """The tags under `world.images`, by application."""
    clusters: tuple[str, ...]
    alarms: tuple[str, ...]
    workflows: tuple[str, ...]

    @property
    def applications(self) -> tuple[str, ...]:
        return tuple(self.images)


def _application(known: Known, name: str) -> None:
    _among("application", name, known.applications)


def _service(known: Known, name: str) -> None:
    if name.count("/") != 1:
        given = known.services[0] if known.services else "orders/web"
        raise mistake(
            f'"{name}" does not name a service as application/key', f"write for example {given}"
        )
    _among("service", name, known.services)


def _image(known: Known, name: str) -> None:
    application, _, tag = name.partition(":")
    if not tag:
        raise mistake(f'"{name}" does not name an image', 'write for example "orders:v2"')
    _among("application", application, known.applications)
    tags = known.images[application]
    if tag not in tags:
        described = f"world.images.{application}"
        near = hint(tag, tags) if tags else f"add {tag}: {{}} there"
        raise mistake(f'{described} has no "{tag}"', near)


def _cluster(known: Known, name: str) -> None:
    _among("cluster", name, known.clusters)


def _alarm(known: Known, name: str) -> None:
    _among("alarm", name, known.alarms)


def _workflow(known: Known, name: str) -> None:
    _among("workflow", name, known.workflows)


def _among(kind: str, name: str, names: Iterable[str]) -> None:
    names = tuple(names)
    if name not in names:
        instead = hint(name, names) if names else "the catalogue has none"
        raise mistake(f'there is no {kind} "{name}"', instead)


@dataclass(frozen=True, slots=True)
class Names:
    """A text that names something of the same file."""

    check: Callable[[Known, str], None]
    example: str

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.with_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "examples": [self.example]}

    def _checked(self, name: str, info: ValidationInfo) -> str:
        if isinstance(info.context, Known):
            self.check(info.context, name)
        return name


ApplicationName = Annotated[str, Names(_application, "orders")]
ServiceName = Annotated[str, Names(_service, "orders/web")]
ImageName = Annotated[str, Names(_image, "orders:v2")]
ClusterName = Annotated[str, Names(_cluster, "production")]
AlarmName = Annotated[str, Names(_alarm, "orders-5xx")]
WorkflowName = Annotated[str, Names(_workflow, "deploy")]
