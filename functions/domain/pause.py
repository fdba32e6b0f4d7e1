"""What is to be done while Pilothouse cannot look?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from functions.domain import moment
from functions.domain.catalogue import Unsure
from functions.domain.ending.news import subject
from functions.domain.reason import Blame, Code, Reason
from functions.domain.verdict import Verdict, Word, failed

LOOK_AGAIN_SECONDS = 300
"""While AWS does not let us look; a wake is not waited for, since events may be lost as well."""


@dataclass(frozen=True, slots=True)
class About:
    """Whose pause it is: `release` as people call it, `execution` the ARN of the deployment."""

    application: str
    deployment: int
    release: str
    execution: str


@dataclass(frozen=True, slots=True)
class Pause:
    """What to do now: say it, if it was not said yet, and look again, or give up at the deadline.

    `subject` and `text` are for people, `news` for the bus.
    """

    verdict: Verdict
    announce: bool
    news: Mapping[str, object]
    subject: str
    text: str


def pause(
    about: About,
    what: str,
    why: str,
    now: datetime,
    gives_up_at: datetime,
    unsure: Unsure,
    *,
    told: bool,
) -> Pause:
    """Return what to do when a look at `what` (`web`, `the bake`) fails, `why` being what AWS says.

    It says nothing about the release: nothing is turned back because we could not look, unless the
    bake is told to (`unsure`).
    """
    over = now >= gives_up_at
    cannot = f"Pilothouse cannot look at {what}: {why.rstrip('.')}."
    verdict = _given_up(cannot, unsure) if over else _waiting(cannot)
    name = f"{about.application} {about.release}"
    return Pause(
        verdict,
        announce=not told and not over,
        news=_news(about, what, verdict.message),
        subject=subject(f"Paused: {name}"),
        text=_text(name, verdict.message, about, gives_up_at),
    )


def _waiting(cannot: str) -> Verdict:
    again = moment.span(LOOK_AGAIN_SECONDS)
    return Verdict(
        Word.WAIT, f"{cannot} Nothing is turned back for that; it tries again every {again}."
    )


def _given_up(cannot: str, unsure: Unsure) -> Verdict:
    """Return what becomes of it when the time is over."""
    over = f"{cannot} The time for it is over"
    match unsure:
        case Unsure.PROMOTE:
            return Verdict(Word.PASS, f"{over}; it counts as passed, since error is promote.")
        case Unsure.ROLLBACK:
            message = f"{over}; the release is turned back, since error is rollback."
            return failed(Reason(Code.FAULT, Blame.PILOTHOUSE, message, (cannot,)))
    return Verdict(Word.ERROR, f"{over}, so the services are left as they are.")


def _news(about: About, what: str, message: str) -> dict[str, object]:
    return {
        "announcement": f"{about.application}#{about.deployment}/Paused/{what}",
        "application": about.application,
        "deployment": about.deployment,
        "phase": "Paused",
        "outcome": None,
        "message": message,
        "execution": about.execution,
    }


def _text(name: str, message: str, about: About, gives_up_at: datetime) -> str:
    return "\n".join(
        (
            f"The deployment of {name} is paused.",
            "",
            message,
            "",
            "What to do now: if AWS denies access, correct the role or the policy that it names; "
            "if it is throttled, wait. The deployment goes on by itself with the first look that "
            f"succeeds, and gives up at {moment.text(gives_up_at)}.",
            "",
            f"Execution: {about.execution}",
        )
    )
