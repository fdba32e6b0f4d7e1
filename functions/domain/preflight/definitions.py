"""What does the preflight say of all that the task definitions of a release rest on?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from functions.domain.bake.armed import Alarm
from functions.domain.catalogue import Application
from functions.domain.known import Facts, Known
from functions.domain.preflight import (
    alarms,
    drift,
    log_groups,
    manifest,
    migrations,
    roles,
    secrets,
    stables,
)
from functions.domain.preflight.finding import Finding
from functions.domain.preflight.lifecycle import Policy
from functions.domain.preflight.log_groups import Place
from functions.domain.preflight.manifest import Manifest
from functions.domain.preflight.naming import Document
from functions.domain.preflight.sight import Seen, Unread
from functions.domain.recovery.restorable import Restorable
from functions.domain.release import Image


@dataclass(frozen=True, slots=True)
class Definitions:
    """What was found at a moment of what the task definitions name; what was not says why.

    `manifest` is that of the image, None for a way back. `secrets` are by what the task definition
    writes, `roles` by ARN; `stables` and `runs`, the revisions that had to be read to be compared
    with the base, by service key.
    """

    at: datetime
    manifest: Manifest | Unread | None = None
    secrets: Mapping[str, Seen] = field(default_factory=dict)
    log_groups: Mapping[Place, Seen] = field(default_factory=dict)
    roles: Mapping[str, Seen] = field(default_factory=dict)
    alarms: Mapping[str, Alarm] | Unread = field(default_factory=dict)
    stables: Mapping[str, Restorable | Unread] = field(default_factory=dict)
    policy: Policy | Unread = field(default_factory=Policy)
    runs: Mapping[str, Document | Unread] = field(default_factory=dict)


def findings(
    application: Application,
    facts: Mapping[str, Facts],
    known: Known,
    image: Image | None,
    seen: Definitions,
) -> tuple[Finding, ...]:
    """Return every finding, also those that are ok; at least one for each question."""
    return tuple(_findings(application, facts, known, image, seen))


def _findings(
    application: Application,
    facts: Mapping[str, Facts],
    known: Known,
    image: Image | None,
    seen: Definitions,
) -> Iterator[Finding]:
    if image is not None and seen.manifest is not None:
        yield from manifest.findings(facts, image, seen.manifest)
    yield from secrets.findings(facts, seen.secrets)
    yield from log_groups.findings(facts, seen.log_groups)
    yield from roles.findings(application, facts, seen.roles)
    yield from alarms.findings(application, seen.alarms)
    yield from stables.findings(facts, known, seen.stables)
    yield from stables.kept(known, image, seen.policy, seen.at)
    yield from drift.findings(facts, seen.runs)
    yield migrations.finding(application, facts, known)
