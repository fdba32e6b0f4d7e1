"""Which release does a person go back to, and what brings it back?"""

from collections.abc import Mapping
from dataclasses import replace

from functions.domain import migrating, schema
from functions.domain.admission import Decision
from functions.domain.catalogue import Application
from functions.domain.known import Facts, Known, runs, runs_already, steady
from functions.domain.migration.ran import EXPAND, State, found
from functions.domain.plan import Kind, Migrate, Plan
from functions.domain.release import Release, Stable
from functions.domain.request import PREVIOUS, Request
from functions.domain.steps import back


def rollback(
    application: Application, request: Request, known: Known, facts: Mapping[str, Facts]
) -> Plan:
    current = known.current
    if current is None:
        return refused(
            request,
            f"{application.application} has no stable release to go back to: "
            "none of its deployments has passed a bake yet.",
        )
    target = _target(request.rollback or PREVIOUS, current, known, facts)
    if isinstance(target, str):
        return refused(request, target)
    why = known.bad.get(target.digest or "")
    if why and not request.force:
        return refused(request, f'{why} Add "force": true to go back to it anyway.')
    lacking = ", ".join(sorted(facts.keys() - target.parts.keys()))
    if lacking:
        return refused(
            request,
            f"{target.called} says nothing of {lacking}, which would stay as it is: "
            "deploy an image instead.",
        )
    return _on_this_schema(application, request, target, current, facts, known)


def _on_this_schema(
    application: Application,
    request: Request,
    target: Release,
    current: Release,
    facts: Mapping[str, Facts],
    known: Known,
) -> Plan:
    kept = schema.kept(Kind.BY_HAND, request, target, known)
    if kept is not None:
        return kept
    undo = None
    if target.number != current.number:
        undo = _undo(application, current, facts, known)
    made = _back(application, target, current, facts, undo)
    return replace(made, notes=schema.overruled(request, target, known))


def _back(
    application: Application,
    target: Release,
    current: Release,
    facts: Mapping[str, Facts],
    undo: Migrate | None,
) -> Plan:
    stables = {
        key: _restarted(stable, facts[key])
        for key, stable in target.stables().items()
        if key in facts
    }
    if target.number == current.number and runs_already(target, current, facts):
        message = f"{target.called} runs already."
        return Plan(Kind.BY_HAND, Decision.NO_OP, message, target, current.number)
    return Plan(
        Kind.BY_HAND,
        Decision.DEPLOY,
        f"Roll back to {target.called}.",
        target,
        current.number,
        back(application, stables, undo=undo),
    )


def _undo(
    application: Application, current: Release, facts: Mapping[str, Facts], known: Known
) -> Migrate | None:
    """Return what takes the expand migration of the release that runs back, if it is to be."""
    migration, ran = application.migrations.expand, found(known.migrations, current.number, EXPAND)
    if migration is None or ran is None or ran.state is not State.PASSED:
        return None
    part = current.parts.get(migration.service)
    if part is None or part.revision is None:
        return None
    lender = replace(facts[migration.service], containers=tuple(sorted(part.images)))
    began = migrating.expand(application, current.number, {migration.service: lender})
    return migrating.undo(application, began, part.revision) if began else None


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
    if to == PREVIOUS and not (runs(current, facts) and steady(facts)):
        return current
    if to == PREVIOUS:
        found = next((each for each in verified if each.number == current.before), None)
        others = [each for each in verified if each is not current]
        return found or f"No release before {current.called} is known{_choices(others)}."
    for release in sorted(verified, key=lambda each: -each.number):
        if to in (f"#{release.number}", release.image_tag):
            return release
    return f'No release "{to}" has passed its bake{_choices(verified)}.'


def _choices(releases: list[Release]) -> str:
    newest = sorted(releases, key=lambda each: -each.number)[:5]
    return f": choose from {', '.join(each.called for each in newest)}" if newest else ""


def refused(request: Request, message: str) -> Plan:
    """Return the plan that does nothing but say why."""
    kind = Kind.FORWARD if request.rollback is None else Kind.BY_HAND
    return Plan(kind, Decision.REFUSED, message)
