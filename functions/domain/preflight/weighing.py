"""What becomes of a plan, given what the preflight found?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from functions.domain.admission import Decision
from functions.domain.known import Facts
from functions.domain.plan import Do, Kind, Plan
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.zero import at_zero


def wanted(plan: Plan) -> bool:
    """Say whether a plan is looked over: one that rolls forward; no way back is kept waiting."""
    rolls = any(step.do is Do.ROLL for step in plan.steps)
    return plan.kind is Kind.FORWARD and plan.decision is Decision.DEPLOY and rolls


def weighed(
    plan: Plan,
    findings: Sequence[Finding],
    notes: Sequence[str],
    facts: Mapping[str, Facts],
    *,
    force: bool,
) -> Plan:
    """Return the plan with what was found; any stop refuses it, unless a person overrules.

    Only what is not ok is kept: a plan travels through every state.
    """
    odd = tuple(each for each in findings if each.grade is not Grade.OK)
    seen = replace(plan, findings=odd, notes=(*plan.notes, *notes), unseen=_unseen(facts))
    against = [each for each in odd if each.grade is Grade.STOP]
    if force:
        overruled = tuple(f"Overruled by force: {each.message}" for each in against)
        return replace(seen, notes=(*seen.notes, *overruled))
    if not against:
        return seen
    called = plan.release.called if plan.release else "The release"
    said = " ".join(_told(each) for each in against)
    many = "a finding stops it" if len(against) == 1 else f"{len(against)} findings stop it"
    message = f"{called} is not deployed, {many}. {said}"
    return replace(seen, decision=Decision.STOPPED, message=message, steps=())


def stops(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """Return what would stop a release, in short: question and subject of each stop."""
    return sorted((each.check, each.subject) for each in findings if each.grade is Grade.STOP)


def _told(finding: Finding) -> str:
    return f"{finding.message} {finding.advice}".strip()


def _unseen(facts: Mapping[str, Facts]) -> dict[str, str]:
    """Return the services that are scaled to zero, each with the revision that it has set."""
    return {key: facts[key].runs for key in sorted(at_zero(facts))}
