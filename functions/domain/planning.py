"""What is to be done, given what was asked, what runs and what is recorded?"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from functions.domain import migrating, schema
from functions.domain.admission import Decision, turned_back, turned_back_on
from functions.domain.catalogue import Application
from functions.domain.image import pin
from functions.domain.known import Facts, Known, runs_already
from functions.domain.migration.ran import CONTRACT, EXPAND
from functions.domain.plan import Kind, Plan
from functions.domain.recovery.hold import held, when_pushed
from functions.domain.release import Image, Part, Release, short
from functions.domain.request import By, Request
from functions.domain.returning import refused, rollback
from functions.domain.steps import Tasks, contracting, forward

Older = Callable[[Image, Release], bool]


def plan(
    application: Application,
    request: Request,
    image: Image | None,
    number: int,
    facts: Mapping[str, Facts],
    known: Known,
    older: Older,
) -> Plan:
    """Return the plan of deployment `number`, with the hold that it was made under.

    `older` says whether the image is below what runs, by the application's order; only pushes are
    held to it: a person may deploy anything.
    """
    made = _plan(application, request, image, number, facts, known, older)
    return replace(made, hold=known.hold)


def _plan(
    application: Application,
    request: Request,
    image: Image | None,
    number: int,
    facts: Mapping[str, Facts],
    known: Known,
    older: Older,
) -> Plan:
    problems = [each.problem for each in facts.values() if each.problem]
    if problems:
        return refused(request, " ".join(problems))
    if image is None:
        return rollback(application, request, known, facts)
    # Admitted before: another deployment may have gone back while this one waited for its turn.
    against = _turned_back(request, image, facts, known)
    if against is not None:
        return Plan(Kind.FORWARD, *against)
    current = known.current
    if request.by is By.PUSH and current is not None and older(image, current):
        return Plan(Kind.FORWARD, Decision.OLDER, _below(image, current), before=current.number)
    release = _release(number, image, facts, known)
    return _forward(application, request, release, facts, known)


def _turned_back(
    request: Request, image: Image, facts: Mapping[str, Facts], known: Known
) -> tuple[Decision, str] | None:
    why = known.bad.get(image.digest)
    if why and not request.force:
        return turned_back(request, why)
    bases = {key: each.base for key, each in facts.items()}
    marks = (each for each in known.bad_on if each.digest == image.digest)
    mark = next((each for each in marks if each.bases == bases), None)
    if mark and not request.force:
        return turned_back_on(request, mark.why)
    why = held(known.hold, request.by, when_pushed(request, image))
    return (Decision.HELD, why) if why else None


def _release(number: int, image: Image, facts: Mapping[str, Facts], known: Known) -> Release:
    """Return the release: that of the same digest on the same bases, or a new one."""
    reference = pin(image.repository, image.digest)
    parts = {
        key: Part(
            base=each.base,
            images=dict.fromkeys(each.containers, reference),
            digests=dict.fromkeys(each.containers, image.digests),
        )
        for key, each in facts.items()
    }
    bases = {key: (part.base, dict(part.images)) for key, part in parts.items()}
    for release in known.releases:
        if {k: (p.base, dict(p.images)) for k, p in release.parts.items()} == bases:
            return release
    return Release(number, parts, image.digest, image.tag, image.pushed_at)


def _forward(
    application: Application,
    request: Request,
    release: Release,
    facts: Mapping[str, Facts],
    known: Known,
) -> Plan:
    current = known.current
    if runs_already(release, current, facts):
        return _again(application, request, release, facts, known)
    kept = schema.kept(Kind.FORWARD, request, release, known)
    if kept is not None:
        return kept
    made = _tasks(application, request, release, facts, known)
    first = ""
    if made.before is not None and current is not None:
        first = f", once it is known how the contract of {current.called} ended"
    return Plan(
        Kind.FORWARD,
        Decision.DEPLOY,
        f"Deploy {release.called}{first}.",
        release,
        before=current.number if current else None,
        steps=forward(application, release, made, {key: each.runs for key, each in facts.items()}),
        rollback_safe=made.expand is None or not made.expand.breaking,
        notes=schema.overruled(request, release, known),
    )


def _again(
    application: Application,
    request: Request,
    release: Release,
    facts: Mapping[str, Facts],
    known: Known,
) -> Plan:
    """Return what there is to do for a release that runs: only its contract, if that is open."""
    open_ = schema.is_open(release, CONTRACT, known)
    task = migrating.contract(application, release.number, facts, again=True) if open_ else None
    if task is None or request.by is By.PUSH:
        message = f"{release.called} runs already."
        return Plan(Kind.FORWARD, Decision.NO_OP, message, release)
    return Plan(
        Kind.FORWARD,
        Decision.DEPLOY,
        f"Run the contract migration of {release.called}, which runs already.",
        release,
        before=release.number,
        steps=contracting(release, task),
        rollback_safe=False,
    )


def _tasks(
    application: Application,
    request: Request,
    release: Release,
    facts: Mapping[str, Facts],
    known: Known,
) -> Tasks:
    """Return the tasks of a release; what has run for it once is not run again."""
    again, number = request.by is By.PERSON, release.number
    expand = schema.is_open(release, EXPAND, known)
    contract = schema.is_open(release, CONTRACT, known)
    before = schema.unseen(request, release, known)
    return Tasks(
        before=migrating.unseen(application, before, facts) if before else None,
        expand=migrating.expand(application, number, facts, again=again) if expand else None,
        probe=migrating.probe(application, number, facts),
        contract=migrating.contract(application, number, facts, again=again) if contract else None,
    )


def _below(image: Image, current: Release) -> str:
    called = image.tag or short(image.digest)
    return f"{called} is older than {current.called}, which runs: a push never goes below it."
