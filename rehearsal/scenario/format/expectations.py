"""What has to be so when a scenario is over?"""

from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from functions.domain.ending.end import Outcome
from functions.domain.reason import Code
from rehearsal.scenario.format.before import Count
from rehearsal.scenario.format.fields import Duration
from rehearsal.scenario.format.groups import GroupAfter
from rehearsal.scenario.format.references import ApplicationName, ServiceName
from rehearsal.scenario.format.schedules import ONE_OR_MORE, ScheduleAfter


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment as its record says; what is not given may be anything."""

    application: ApplicationName | None = None
    image: str | None = None
    """The tag that was asked for."""
    outcome: Outcome | None = None
    reason: Code | None = None
    phase: str | None = None
    message: str | None = None
    """A part of its message."""


@dataclass(frozen=True, slots=True)
class Deployments:
    exactly: list[Deployment] | None = None
    """All deployments there were, in the order of their records."""
    at_least: list[Deployment] | None = None
    """Some of them, in this order."""


class Listed:
    """Let a list stand for `{exactly: the list}`."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(_exactly, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        mapping = handler(schema)
        members = handler.resolve_ref_schema(mapping["anyOf"][0])["properties"]
        return {"anyOf": [members["exactly"]["anyOf"][0], *mapping["anyOf"]]}


def _exactly(value: object) -> object:
    return {"exactly": value} if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class ServiceAfter:
    """A service as ECS shows it; what is not given may be anything."""

    runs: Annotated[list[str] | None, ONE_OR_MORE] = None
    """The tag of the image of every task that runs; a list where several images do."""
    desired: Count | None = None
    running: Count | None = None
    healthy: Count | None = None


@dataclass(frozen=True, slots=True)
class Announcement:
    outcome: Outcome
    times: Count = 1
    application: ApplicationName | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """What subscribers of the topic get."""

    contains: str
    times: Count | None = None
    """At least once if not given."""


@dataclass(frozen=True, slots=True)
class Breach:
    """An invariant that this scenario breaks, for a reason that is understood."""

    invariant: Annotated[int, Field(ge=1, le=10)]
    because: str


@dataclass(frozen=True, slots=True)
class Expect:
    deployments: Annotated[Deployments | None, Listed()] = None
    services: dict[ServiceName, ServiceAfter] = field(default_factory=dict)
    schedules: dict[str, ScheduleAfter] = field(default_factory=dict)
    groups: dict[str, GroupAfter] = field(default_factory=dict)
    """Auto Scaling groups by their names."""
    announcements: list[Announcement] | None = None
    """How often an outcome is announced; one that is not in the list may be anything."""
    mail: list[Mail] = field(default_factory=list)
    migrations: dict[str, Count] = field(default_factory=dict)
    """How many migration tasks are run, by expand and contract."""
    within: Duration | None = None
    """From 0s until every deployment has ended and every service is steady."""
    breaks: list[Breach] = field(default_factory=list)
    """The scenario passes only if exactly these invariants are broken."""
