"""How did the deployment end, and what is a person told?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from functions.domain.admission import Admission, Decision
from functions.domain.fault import Fault, shown
from functions.domain.plan import Kind, Plan
from functions.domain.preflight.finding import Grade
from functions.domain.reason import Blame, Code, Reason
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
    are services that did not go back with the others; `holds`: pushes wait for a person.
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


def end(application: str, course: Course) -> End:
    """Return the outcome, its sentence and its reason."""
    if course.fault is not None:
        return _fault(application, course, course.fault)
    if course.expired:
        return _expired(application)
    if course.admission.decision is not Decision.DEPLOY:
        return _not_admitted(application, course.admission.decision, course.admission.message)
    if course.plan is None:
        return _fault(application, course, Fault("NoPlan", "nothing was planned"))
    if course.plan.decision is not Decision.DEPLOY:
        return _not_planned(application, course.plan)
    failure = _failure(course)
    if failure is None:
        return _promoted(application, course.plan, course.verdict)
    if course.promoted:
        return _unsettled(application, course.plan, failure)
    return replace(_failed(application, course, course.plan, failure), holds=course.holds)


def _failure(course: Course) -> Verdict | None:
    """Return what failed first: before a recovery is chosen, that is the last step taken."""
    found = (course.failure, course.verdict)
    return next((each for each in found if each and each.verdict in BAD), None)


def _promoted(application: str, plan: Plan, verdict: Verdict | None) -> End:
    went = "went back to" if plan.kind is Kind.BY_HAND else "runs"
    what = f"{application} {went} {called(plan)}."
    # Going back by hand skips the bake: its last look is not worth a word.
    baked = verdict.message if verdict and plan.kind is Kind.FORWARD else ""
    return End(Outcome.PROMOTED, told(what, baked), what=what, done=baked)


def _unsettled(application: str, plan: Plan, failure: Verdict) -> End:
    """Return the end of a release that is the running one, with a contract that did not go well."""
    why = _reason(failure)
    reason = replace(why, code=Code.CONTRACT_FAILED)
    what = f"{application} runs {called(plan)}, which passed its bake, but its contract failed."
    done = "There is no way back behind it now. The next release is held until this is settled."
    message = told(what, why.message, done)
    return End(Outcome.PROMOTED, message, reason, what, done, condition=Code.CONTRACT_FAILED)


def _failed(application: str, course: Course, plan: Plan, failure: Verdict) -> End:
    reason, name = _reason(failure), f"{application} {called(plan)}"
    if plan.kind is Kind.BY_HAND:
        what, now = f"{application} did not get back to {called(plan)}", ""
        if course.recovery is None:
            now = LOOK_NOW
        return _bad(Outcome.ROLLBACK_FAILED, what, reason, course.recovery or "", now)
    if not course.recovering:
        return _bad(Outcome.FAILED, f"{name} failed", reason, course.recovery or "")
    back = course.verdict is not None and course.verdict.verdict is Word.PASS
    if back and course.left:
        return _bad(
            Outcome.ROLLBACK_FAILED, f"{name} failed", reason, _all_but(course.left), LOOK_NOW
        )
    if back:
        correct = ": push a corrected build" if reason.blame is Blame.RELEASE else ""
        done = f"{STABLE_AGAIN}{correct}."
        return _bad(Outcome.ROLLED_BACK, f"{name} was turned back", reason, done)
    last = f"The rollback failed as well: {course.verdict.message}" if course.verdict else ""
    return _bad(Outcome.ROLLBACK_FAILED, f"{name} failed", reason, told(last), LOOK_NOW)


def _all_but(left: tuple[str, ...]) -> str:
    these = f"{', '.join(left)} {'was' if len(left) == 1 else 'were'}"
    return f"{STABLE_AGAIN}, but {these} left alone, since somebody else deployed there."


def _bad(outcome: Outcome, what: str, reason: Reason, done: str, now: str = "") -> End:
    message = told(f"{what}: {reason.message}", done, now)
    return End(outcome, message, reason, f"{what}.", done, now)


def _reason(failure: Verdict) -> Reason:
    """Return why it failed: a sentence, and at least one piece of evidence."""
    reason = failure.reason or Reason(Code.UNKNOWN, Blame.PLATFORM, failure.message)
    return replace(
        reason, message=told(reason.message), evidence=reason.evidence or (reason.message,)
    )


def _not_planned(application: str, plan: Plan) -> End:
    if plan.decision is not Decision.STOPPED:
        return _not_admitted(application, plan.decision, plan.message)
    stops = tuple(each.message for each in plan.findings if each.grade is Grade.STOP)
    reason = Reason(Code.PREFLIGHT_STOPPED, Blame.CONFIGURATION, plan.message, stops)
    what = f"{application}: the preflight stopped {called(plan)}."
    message = told(f"{application}: {plan.message}", UNTOUCHED)
    return End(Outcome.FAILED, message, reason, what, UNTOUCHED)


def _not_admitted(application: str, decision: Decision, message: str) -> End:
    said = f"{application}: {message}"
    if decision is Decision.REFUSED:
        reason = Reason(Code.INVALID_REQUEST, Blame.PERSON, message, (message,))
        what = f"{application}: the request was refused."
        return End(Outcome.FAILED, told(said, UNTOUCHED), reason, what, UNTOUCHED)
    if decision is Decision.OLDER:
        reason = Reason(Code.REPLACED_BY_OTHER, Blame.PERSON, message, (message,))
        return End(Outcome.SUPERSEDED, said, reason, f"{application}: nothing to deploy.")
    if decision is Decision.HELD:
        reason = Reason(Code.HELD, Blame.PERSON, message, (message,))
        return End(
            Outcome.REJECTED,
            told(said, UNTOUCHED),
            reason,
            f"{application}: the push is held.",
            UNTOUCHED,
        )
    return End(Outcome.NO_OP, said, what=said)


def _expired(application: str) -> End:
    why = "Another deployment of it held the claim all the time this one waited."
    message = f"{why} Nothing was touched: start it again when the other one is done."
    reason = Reason(Code.EXPIRED, Blame.PERSON, message, ("the claim was taken at every try",))
    what = f"{application} waited in vain."
    return End(Outcome.EXPIRED, f"{application}: {message}", reason, what, UNTOUCHED, why=why)


def _fault(application: str, course: Course, fault: Fault) -> End:
    touched, failure = course.plan is not None and course.rolling, _failure(course)
    could_not, why = f"{application}: Pilothouse could not go on", shown(fault, 300)
    now = LOOK_NOW if touched else "No service was touched: start the deployment again."
    if course.plan is not None and course.promoted:
        now = f"Its services run {called(course.plan)}, but nobody knows how its contract ended."
    known = f"The release had failed: {failure.message}" if failure else NOTHING_SAID
    message = told(f"{could_not} ({why}).", now, known)
    reason = Reason(Code.FAULT, Blame.PILOTHOUSE, message, (shown(fault, 1000),))
    outcome = Outcome.ROLLBACK_FAILED if course.recovering else Outcome.FAILED
    return End(outcome, message, reason, f"{could_not}.", told(known), now, told(why))


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
