"""What is the end of a deployment, and what is known when it has come?"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from functions.domain.admission import Admission
from functions.domain.fault import Fault
from functions.domain.plan import Plan
from functions.domain.reason import Code, Reason
from functions.domain.release import named
from functions.domain.verdict import Verdict, Word


class Outcome(StrEnum):
    PROMOTED = "Promoted"
    NO_OP = "NoOp"
    FAILED = "Failed"
    ROLLED_BACK = "RolledBack"
    ROLLBACK_FAILED = "RollbackFailed"
    EXPIRED = "Expired"
    SUPERSEDED = "Superseded"
    ABORTED = "Aborted"
    REJECTED = "Rejected"


PHASES = {
    Outcome.PROMOTED: "Succeeded",
    Outcome.NO_OP: "Succeeded",
    Outcome.FAILED: "Failed",
    Outcome.ROLLED_BACK: "Failed",
    Outcome.ROLLBACK_FAILED: "Failed",
    Outcome.EXPIRED: "Aborted",
    Outcome.SUPERSEDED: "Superseded",
    Outcome.ABORTED: "Aborted",
    Outcome.REJECTED: "Aborted",
}
"""The terminal phase of each outcome (DESIGN §2)."""

LOOK_NOW = "Look at its services in the ECS console now: they may run a mix of revisions."
LOOK_AT_DATABASE = (
    "The services were rolled back before that. Look at the database now: its schema may be undone "
    "in part, and nothing is known to bear it."
)
STABLE_AGAIN = "The services run their stable revisions again"
UNTOUCHED = "Nothing was touched."
NOTHING_SAID = "This says nothing about the release."

BAD = (Word.FAIL, Word.NO_DATA)
"""The verdicts after which a recovery is chosen."""


@dataclass(frozen=True, slots=True)
class Course:
    """What happened: as far as it went, nothing more.

    `failure` is what made the release fail, `verdict` that of the last step taken, `recovery` what
    Choose Recovery said, `expired` that the claim was not to be had. Until it is `rolling` no
    service is touched; once it is `promoted` it is stable, and only its contract can fail. `left`
    are services that did not go back with the others; `holds`: pushes wait for a person. `waits`:
    what failed is the contract of the release before.
    """

    admission: Admission
    plan: Plan | None = None
    verdict: Verdict | None = None
    failure: Verdict | None = None
    recovery: str | None = None
    recovering: bool = False
    fault: Fault | None = None
    expired: bool = False
    rolling: bool = True
    promoted: bool = False
    left: tuple[str, ...] = ()
    holds: bool = False
    waits: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """`message` says it all in one breath; the other texts are its parts, for the announcement.

    `what` happened, what was `done`, what a person has to do `now`, besides what the reason
    advises. Why is the message of the `reason`, or `why` where that would say the rest as well.
    `condition` stands until somebody settles it; `holds`: pushes wait for a person.
    """

    outcome: Outcome
    message: str
    reason: Reason | None = None
    what: str = ""
    done: str = ""
    now: str = ""
    why: str = ""
    condition: Code | None = None
    holds: bool = False

    @property
    def phase(self) -> str:
        return PHASES[self.outcome]


def told(*sentences: str) -> str:
    """Return the sentences as one text; what AWS says often has no full stop."""
    said = (each.strip() for each in sentences)
    return " ".join(each if each[-1] in ".!?" else f"{each}." for each in said if each)


def called(plan: Plan) -> str:
    return named(plan.release.number, plan.release.image_tag) if plan.release else "the release"


def reason_document(reason: Reason | None) -> Mapping[str, object] | None:
    """Return the reason as recorded and announced: `blame` is its `class`."""
    if reason is None:
        return None
    return {
        "code": reason.code.value,
        "class": reason.blame.value,
        "message": reason.message,
        "evidence": list(reason.evidence),
        "log_lines": list(reason.log_lines),
    }


def end_document(end: End) -> dict[str, str | None]:
    """Return the end as the workflows hand it on, and `deploy` ends by it."""
    code = end.reason.code.value if end.reason else None
    return {"outcome": end.outcome.value, "message": end.message, "code": code}
