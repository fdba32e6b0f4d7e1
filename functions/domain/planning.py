"""What is to be done, given what was asked, what runs and what is recorded?"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from functions.domain.admission import Decision, turned_back, turned_back_on
from functions.domain.catalogue import Application, Migration, Service
from functions.domain.image import pin
from functions.domain.known import Facts, Known
from functions.domain.plan import Kind, Migrate, Plan
from functions.domain.recovery.hold import held, when_pushed
from functions.domain.release import Image, Part, Release, Stable, named, short
from functions.domain.request import PREVIOUS, By, Request
from functions.domain.steps import back, forward

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
        return _refused(request, " ".join(problems))
    if image is None:
        return _rollback(application, request, known, facts)
    # Admitted before: another deployment may have gone back while this one waited for its turn.
    refused = _turned_back(request, image, facts, known)
    if refused is not None:
        return Plan(Kind.FORWARD, *refused)
    current = known.current
    if request.by is By.PUSH and current is not None and older(image, current):
        return Plan(Kind.FORWARD, Decision.OLDER, _below(image, current), before=current.number)
    return _forward(application, _release(number, image, facts, known), current, facts)


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


def _runs_already(release: Release, current: Release | None, facts: Mapping[str, Facts]) -> bool:
    return (
        current is not None
        and current.number == release.number
        and _runs(current, facts)
        and _steady(facts)
    )


def _steady(facts: Mapping[str, Facts]) -> bool:
    return all(each.steady for each in facts.values())


def _runs(release: Release, facts: Mapping[str, Facts]) -> bool:
    return all(
        facts[key].runs == (part.revision or part.base)
        for key, part in release.parts.items()
        if key in facts
    )


def _forward(
    application: Application,
    release: Release,
    current: Release | None,
    facts: Mapping[str, Facts],
) -> Plan:
    if _runs_already(release, current, facts):
        return Plan(Kind.FORWARD, Decision.NO_OP, f"{_name(release)} runs already.", release)
    return Plan(
        Kind.FORWARD,
        Decision.DEPLOY,
        f"Deploy {_name(release)}.",
        release,
        before=current.number if current else None,
        steps=forward(application, release, _expand(application, facts)),
    )


def _rollback(
    application: Application, request: Request, known: Known, facts: Mapping[str, Facts]
) -> Plan:
    current = known.current
    if current is None:
        return _refused(
            request,
            f"{application.application} has no stable release to go back to: "
            "none of its deployments has passed a bake yet.",
        )
    target = _target(request.rollback or PREVIOUS, current, known, facts)
    if isinstance(target, str):
        return _refused(request, target)
    why = known.bad.get(target.digest or "")
    if why and not request.force:
        return _refused(request, f'{why} Add "force": true to go back to it anyway.')
    lacking = ", ".join(sorted(facts.keys() - target.parts.keys()))
    if lacking:
        return _refused(
            request,
            f"{_name(target)} says nothing of {lacking}, which would stay as it is: "
            "deploy an image instead.",
        )
    return _back(application, target, current, facts)


def _back(
    application: Application, target: Release, current: Release, facts: Mapping[str, Facts]
) -> Plan:
    stables = {
        key: _restarted(stable, facts[key])
        for key, stable in target.stables().items()
        if key in facts
    }
    if target.number == current.number and _runs_already(target, current, facts):
        message = f"{_name(target)} runs already."
        return Plan(Kind.BY_HAND, Decision.NO_OP, message, target, current.number)
    return Plan(
        Kind.BY_HAND,
        Decision.DEPLOY,
        f"Roll back to {_name(target)}.",
        target,
        current.number,
        back(application, stables),
    )


def _restarted(stable: Stable, facts: Facts) -> Stable:
    """Have the revision registered anew where the service has it and is not steady with it.

    ECS starts no deployment for the revision that is set already, also where that one has failed.
    """
    revision = stable.part.revision
    if revision is None or facts.runs != revision or facts.steady:
        return stable
    return replace(stable, part=replace(stable.part, base=revision, revision=None))


def _target(to: str, current: Release, known: Known, facts: Mapping[str, Facts]) -> Release | str:
    verified = [each for each in known.releases if each.verified_at or each.number == 0]
    if to == PREVIOUS and not (_runs(current, facts) and _steady(facts)):
        return current
    if to == PREVIOUS:
        found = next((each for each in verified if each.number == current.before), None)
        others = [each for each in verified if each is not current]
        return found or f"No release before {_name(current)} is known{_choices(others)}."
    for release in sorted(verified, key=lambda each: -each.number):
        if to in (f"#{release.number}", release.image_tag):
            return release
    return f'No release "{to}" has passed its bake{_choices(verified)}.'


def _choices(releases: list[Release]) -> str:
    newest = sorted(releases, key=lambda each: -each.number)[:5]
    return f": choose from {', '.join(_name(each) for each in newest)}" if newest else ""


def _refused(request: Request, message: str) -> Plan:
    kind = Kind.FORWARD if request.rollback is None else Kind.BY_HAND
    return Plan(kind, Decision.REFUSED, message)


def _expand(application: Application, facts: Mapping[str, Facts]) -> Migrate | None:
    migration: Migration | None = application.migrations.expand
    if migration is None:
        return None
    service: Service = next(each for each in application.services if each.key == migration.service)
    container = facts[service.key].containers[0]
    override = {"Name": container, "Command": list(migration.command)}
    return Migrate(
        phase="expand",
        key=service.key,
        cluster=application.cluster,
        container=container,
        timeout_seconds=migration.timeout_seconds,
        log_lines=application.log_lines,
        run={
            **(facts[service.key].run or {}),
            "Cluster": application.cluster,
            "Count": 1,
            "PropagateTags": "TASK_DEFINITION",
            "Overrides": {"ContainerOverrides": [override]},
        },
    )


def _below(image: Image, current: Release) -> str:
    called = image.tag or short(image.digest)
    return f"{called} is older than {_name(current)}, which runs: a push never goes below it."


def _name(release: Release) -> str:
    return named(release.number, release.image_tag)
