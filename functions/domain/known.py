"""What is known when a release is planned: of the services, and of what came before?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.domain.migration.ran import Ran
from functions.domain.recovery.hold import Hold
from functions.domain.release import Release, Stable


@dataclass(frozen=True, slots=True)
class Facts:
    """A service as it is: `runs` is the revision in use, `digests` what its tasks report.

    `base` and `containers` (name to image) are of the newest revision the user registered;
    `run` is what a RunTask borrows. `problem` is the sentence that stops a deployment. `service`
    and `definition` are what DescribeServices and DescribeTaskDefinition (of the base) say.
    """

    key: str
    problem: str | None = None
    runs: str = ""
    steady: bool = False
    images: Mapping[str, str] | None = None
    digests: Mapping[str, str] | None = None
    base: str = ""
    containers: tuple[str, ...] = ()
    run: Mapping[str, object] | None = None
    service: Mapping[str, Any] | None = None
    definition: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class BadOn:
    """A digest that was turned back on these bases (by service key), and why; others may do."""

    digest: str
    bases: Mapping[str, str]
    why: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger knows: stable revisions by service key, and the newest releases.

    `bad` says of each digest that was turned back why it was, `bad_on` of those that were not to
    blame alone; `hold` is the one in force, `migrations` are those that were begun.
    """

    stables: Mapping[str, Stable]
    releases: tuple[Release, ...]
    bad: Mapping[str, str] = field(default_factory=dict)
    bad_on: tuple[BadOn, ...] = ()
    hold: Hold | None = None
    migrations: tuple[Ran, ...] = ()

    @property
    def current(self) -> Release | None:
        """Return the release that is stable: the one most lately verified among the stables'."""
        numbers = {stable.release for stable in self.stables.values()}
        verified = [each for each in self.releases if each.number in numbers]
        return max(verified, key=lambda each: (each.verified_at or "", each.number), default=None)


def runs_already(release: Release, current: Release | None, facts: Mapping[str, Facts]) -> bool:
    """Say whether a release is the stable one, and every service runs it steadily."""
    return (
        current is not None
        and current.number == release.number
        and runs(current, facts)
        and steady(facts)
    )


def steady(facts: Mapping[str, Facts]) -> bool:
    """Say whether nothing moves at any service."""
    return all(each.steady for each in facts.values())


def runs(release: Release, facts: Mapping[str, Facts]) -> bool:
    """Say whether each service has the revision of a release set."""
    return all(
        facts[key].runs == (part.revision or part.base)
        for key, part in release.parts.items()
        if key in facts
    )
