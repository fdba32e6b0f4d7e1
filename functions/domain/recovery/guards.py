"""What keeps a release from going back, or one of its services?"""

from datetime import timedelta

from functions.domain import moment
from functions.domain.catalogue import Application, OnFailure
from functions.domain.migration.ran import Ran
from functions.domain.plan import Kind
from functions.domain.reason import Code
from functions.domain.recovery.failure import Failure, Situation
from functions.domain.recovery.standing import Standing
from functions.domain.schema import behind
from functions.domain.verdict import Word

WINDOW_SECONDS = 20 * 60
"""A failure that is older has been seen to, or lived with, by a person: going back surprises."""


def guard(application: Application, failure: Failure, situation: Situation) -> str | None:
    """Return why a person has to decide, or None; what tells most comes first."""
    if failure.plan.kind is not Kind.FORWARD:
        return "a rollback never starts another one"
    if situation.at - failure.since > timedelta(seconds=WINDOW_SECONDS):
        return f"the failure is older than {moment.span(WINDOW_SECONDS)}"
    if application.on_failure is OnFailure.HOLD:
        return "on_failure is hold"
    missing = sorted(failure.touched - situation.stables.keys())
    if missing:
        have = "has" if len(missing) == 1 else "have"
        return f"{', '.join(missing)} {have} nothing stable to go back to"
    if any(each.verdict is Word.NO_DATA for each in failure.verdicts):
        return "the bake has no answer, and the catalogue says hold"
    return None


def no_way_back(failure: Failure, situation: Situation, ran: Ran) -> bool:
    """Say whether what is gone back to is from before a migration that its code does not bear."""
    release = failure.plan.release
    if failure.plan.kind is not Kind.FORWARD or release is None:
        return False
    seen = failure.touched & situation.stables.keys() - failure.plan.unseen.keys()
    stables = (situation.stables[key] for key in seen)
    return release.number == ran.release or any(
        behind(each.release, situation.verified.get(each.release), ran) for each in stables
    )


def moved_on(ran: Ran) -> str:
    return f"the {ran.phase} migration of release #{ran.release} leaves no way back for their code"


def taken(failure: Failure, situation: Situation) -> frozenset[str]:
    """Return the services that run neither the release nor what ECS or we go back to.

    Between the verdict and now somebody may have mended one by hand: other services of its wave
    had to come to theirs first. One that is gone was deleted.
    """
    replaced = Code.REPLACED_BY_OTHER in [
        each.reason.code for each in failure.verdicts if each.reason
    ]
    gone = failure.touched - situation.standing.keys() if replaced else frozenset()
    return gone | {
        key
        for key, standing in situation.standing.items()
        if standing.runs not in _known(key, standing, failure, situation)
    }


def _known(key: str, standing: Standing, failure: Failure, situation: Situation) -> set[str | None]:
    known = {failure.revisions.get(key), standing.returns_to, ""}
    if key in situation.stables:
        part = situation.stables[key].part
        known |= {part.revision, part.base}
    return known
