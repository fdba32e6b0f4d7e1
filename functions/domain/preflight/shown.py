"""How does a person read a plan: what it would do, what was found out, and how to deploy it?"""

from collections.abc import Iterable, Iterator, Sequence

from functions.domain.admission import Decision
from functions.domain.catalogue import Application, Headroom
from functions.domain.moment import span
from functions.domain.plan import Bake, Do, Follow, Kind, Migrate, Pin, Plan, Roll
from functions.domain.preflight.drift import CHECK as DRIFT
from functions.domain.preflight.finding import Finding, Grade

ORDER = (Grade.STOP, Grade.WARN, Grade.UNKNOWN, Grade.OK)


def shown(
    application: Application, plan: Plan, findings: Sequence[Finding], token: str
) -> dict[str, object]:
    """Return the document that the console shows of a plan that was only asked for.

    `findings` are all of them, also what is fine. `deploy_it_with` is there where it can be.
    """
    ordered = sorted(findings, key=lambda each: ORDER.index(each.grade))
    return {
        "plan": " ".join(filter(None, (application.application, _release(plan)))),
        "verdict": _verdict(plan, findings),
        **({"deploy_it_with": {"plan": token}} if plan.decision is Decision.DEPLOY else {}),
        "finds": [line(each) for each in ordered if each.check != DRIFT],
        "diff": [each.message for each in ordered if each.check == DRIFT],
        "does": [f"{number}. {each}" for number, each in enumerate(_does(plan), 1)],
        "notes": list(plan.notes),
    }


def line(finding: Finding) -> str:
    """Return a finding in one line: `stop  web  web can never roll: … Set maximumPercent …`."""
    said = f"{finding.grade}  {finding.subject or finding.check}  {finding.message}"
    return f"{said} {finding.advice}".rstrip()


def _release(plan: Plan) -> str:
    return plan.release.called if plan.release else ""


def _verdict(plan: Plan, findings: Sequence[Finding]) -> str:
    stops = sum(1 for each in findings if each.grade is Grade.STOP)
    number = "1 finding" if stops == 1 else f"{stops} findings"
    match plan.decision:
        case Decision.STOPPED:
            return f"is stopped by {number}"
        case Decision.DEPLOY:
            return f"can be deployed{f', as force overrules {number}' if stops else ''}"
    return plan.message


def _does(plan: Plan) -> Iterator[str]:
    for step in plan.steps:
        yield from _pins(step.pins)
        yield from _migrates(step.migrate)
        yield from _rolls(plan.kind, step.rolls)
        yield from _bakes(step.bake)
        yield from _follows(step.follow)
        yield from _adds(step.headroom)
        if step.do is Do.PROMOTE:
            yield "make the release the one that is gone back to"


def _pins(pins: Sequence[Pin]) -> Iterator[str]:
    new = [each.key for each in pins if each.revision is None]
    old = [each.key for each in pins if each.revision is not None]
    if new:
        yield f"register task definitions for {_listed(new)}"
    if old:
        yield f"use the task definitions of {_listed(old)} that are registered already"


def _migrates(task: Migrate | None) -> Iterator[str]:
    if task is None:
        return
    most = f"for at most {span(task.timeout_seconds)}"
    if task.phase == "probe":
        yield f"run one task of {task.key} beside its service, without traffic, {most}"
    else:
        yield f"run the {task.phase} migration with {task.key} {most}"


def _rolls(kind: Kind, rolls: Sequence[Roll]) -> Iterator[str]:
    if not rolls:
        return
    keys = _listed(each.key for each in rolls)
    together = " at the same time" if len(rolls) > 1 else ""
    down = _listed(each.key for each in rolls if each.recreate)
    back = " back" if kind is Kind.BY_HAND else ""
    yield f"roll {keys}{back}{together}" + (f", with downtime of {down}" if down else "")


def _bakes(bake: Bake | None) -> Iterator[str]:
    if bake is not None and bake.minutes:
        keys = _listed(each.key for each in bake.services)
        yield f"watch {keys} for {span(60 * bake.minutes)}"
    elif bake is not None:
        yield "look at all services once more"


def _follows(follow: Follow | None) -> Iterator[str]:
    if follow is not None:
        what = "what runs now, by its revision" if follow.revisions else "the release"
        yield f"have {_listed(follow.names)} run {what}"


def _adds(headroom: Headroom | None) -> Iterator[str]:
    if headroom is not None:
        number = headroom.scale_out
        more = "1 instance" if number == 1 else f"{number} instances"
        to = headroom.group or headroom.capacity_provider
        after = span(headroom.back_after_seconds)
        yield f"add {more} to {to}, taken back {after} after the end"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)
