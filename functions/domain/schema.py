"""Does the schema of the database let this release be deployed?"""

from functions.domain.admission import Decision
from functions.domain.known import Known
from functions.domain.migration.ran import CONTRACT, Ran, State, found, point_of_no_return
from functions.domain.plan import Kind, Plan
from functions.domain.reason import Code
from functions.domain.release import Release, named
from functions.domain.request import By, Request


def is_open(release: Release, phase: str, known: Known) -> bool:
    """Say whether a migration of a release has still to be run; once per release is enough."""
    ran = found(known.migrations, release.number, phase)
    return ran is None or ran.state is not State.PASSED


def kept(kind: Kind, request: Request, release: Release, known: Known) -> Plan | None:
    """Return the plan that says why a release is not to be deployed on this schema, or None."""
    behind_ = _behind(release, known)
    unsettled = None if behind_ else _unsettled(request, release, known)
    why = behind_ or unsettled
    if why is None or request.force:
        return None
    decision = Decision.HELD if request.by is By.PUSH else Decision.REFUSED
    condition = Code.CONTRACT_FAILED if unsettled else None
    return Plan(kind, decision, why, condition=condition)


def overruled(request: Request, release: Release, known: Known) -> tuple[str, ...]:
    """Return what a person's `force` has overruled, for those who are told of it."""
    why = _behind(release, known) or _unsettled(request, release, known)
    return (f"Overruled by force: {why}",) if why and request.force else ()


def _unsettled(request: Request, release: Release, known: Known) -> str | None:
    """Hold everything else while the contract of what runs is neither done nor given up."""
    current = known.current
    ran = found(known.migrations, current.number, CONTRACT) if current else None
    if current is None or ran is None or ran.state is State.PASSED:
        return None
    # Where nobody has seen its end, that is looked for before anything of another release is done.
    if release.number == current.number or _looked_for(request, ran):
        return None
    how = ran.message or "Nobody has seen how it ended."
    return (
        f"The contract migration of {current.called} is not settled since deployment "
        f"#{ran.deployment}: {how} Deploy {current.image_tag or current.called} again by hand, "
        'which runs only that, or this one with "force": true.'
    )


def _looked_for(request: Request, ran: Ran) -> bool:
    return ran.state is State.STARTED and request.rollback is None


def unseen(request: Request, release: Release, known: Known) -> Release | None:
    """Return the release that runs, if another one is deployed and nobody saw its contract end."""
    current = None if request.force else known.current
    ran = found(known.migrations, current.number, CONTRACT) if current else None
    if current is None or ran is None or ran.state is not State.STARTED:
        return None
    return current if current.number != release.number else None


def _behind(release: Release, known: Known) -> str | None:
    """Refuse what passed its bake before a migration that its code does not bear."""
    ran = point_of_no_return(known.migrations)
    if ran is None or not behind(release.number, release.verified_at, ran):
        return None
    after = named(ran.release, _tag(ran, known))
    return (
        f"{release.called} is from before the {ran.phase} migration of {after}, and its code may "
        'not bear the schema any more: add "force": true to deploy it anyway.'
    )


def behind(number: int, verified_at: str | None, ran: Ran) -> bool:
    """Say whether release `number` is from before a migration that left no way back.

    One that passed its bake since has shown that it bears the schema.
    """
    return number < ran.release and not (verified_at is not None and verified_at >= ran.started_at)


def _tag(ran: Ran, known: Known) -> str | None:
    found = (each for each in known.releases if each.number == ran.release)
    return next((each.image_tag for each in found), None)
