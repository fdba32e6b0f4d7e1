"""What is known of a release that failed, and of how things stand since?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from functions.domain.migration.ran import Ran
from functions.domain.plan import Plan
from functions.domain.recovery.restorable import Restorable
from functions.domain.recovery.standing import Standing
from functions.domain.recovery.successor import Pending
from functions.domain.release import Stable
from functions.domain.steps import rolled
from functions.domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed: a step of the plan, by its index, known since then, in the words of its parts.

    `revisions` are those that the release was pinned to, by service key.
    """

    plan: Plan
    at: int
    since: datetime
    verdicts: Sequence[Verdict]
    revisions: Mapping[str, str] = field(default_factory=dict)

    @property
    def touched(self) -> frozenset[str]:
        return rolled(self.plan.steps, self.at)


@dataclass(frozen=True, slots=True)
class Situation:
    """How things stand, by service key; `successor` is what is about to replace the release.

    `migrations` are those that were begun, of any release, `verified` says when each release has
    passed a bake, by its number.
    """

    at: datetime
    stables: Mapping[str, Stable]
    standing: Mapping[str, Standing] = field(default_factory=dict)
    restorable: Mapping[str, Restorable] = field(default_factory=dict)
    successor: Pending | None = None
    migrations: tuple[Ran, ...] = ()
    verified: Mapping[int, str | None] = field(default_factory=dict)
