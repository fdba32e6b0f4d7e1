"""Who acts for a deployment, what is known of it from its first moment on, and what it did?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from functions.domain.plan import Pin
from functions.domain.request import Request
from functions.domain.writes import Check, Condition


@dataclass(frozen=True, slots=True)
class Claim:
    """The lease as a state machine holds it; `owner` is its execution ARN."""

    pk: str
    owner: str
    fence: int

    def held(self) -> Check:
        """Return what keeps all that is written with it from who has lost the claim."""
        values = {"owner": self.owner, "fence": self.fence}
        condition = Condition("#owner = :owner AND #fence = :fence", values)
        return Check({"pk": self.pk, "sk": "claim"}, condition)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a record says from its first moment on."""

    application: str
    number: int
    request: Request
    owner: str
    opened_at: str


@dataclass(frozen=True, slots=True)
class Done:
    """What the steps of a deployment have come to.

    By service key: `revisions` that were registered, what each service `said` last, and the
    `stages` of native strategies. `pins` are those of the last steps taken, `migrations` say how
    each task that was run ended: phase, task, exit code, message.
    """

    revisions: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)
    pins: tuple[Pin, ...] = ()
    migrations: Sequence[Mapping[str, object]] = ()
    stages: Mapping[str, Sequence[object]] = field(default_factory=dict)

    def described(self) -> dict[str, object]:
        return {
            "services": dict(self.said),
            "revisions": dict(self.revisions),
            "migrations": [dict(each) for each in self.migrations],
            "stages": {key: list(each) for key, each in self.stages.items() if each},
        }
