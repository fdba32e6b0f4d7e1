"""How did the deployment end, and what is a person told?"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from functions.domain.admission import Admission, Decision
from functions.domain.plan import Kind, Plan
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


PHASES = {
    Outcome.PROMOTED: "Succeeded",
    Outcome.NO_OP: "Succeeded",
    Outcome.FAILED: "Failed",
    Outcome.ROLLED_BACK: "Failed",
    Outcome.ROLLBACK_FAILED: "Failed",
    Outcome.EXPIRED: "Aborted",
    Outcome.SUPERSEDED: "Superseded",
}
"""The terminal phase of each outcome (DESIGN §2)."""

LOOK_NOW = "Look at its services in the ECS console now: they may run a mix of revisions."


@dataclass(frozen=True, slots=True)
class Fault:
    """An error that a state could not handle, as Step Functions names it."""

    error: str
    cause: str


@dataclass(frozen=True, slots=True)
class Course:
    """What happened: as far as it went, nothing more.

    `failure` is what made the release fail, `verdict` that of the last step taken, `recovery` what
    Choose Recovery said, `expired` that the claim was not to be had. Until it is `rolling` no
    service is touched.
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


@dataclass(frozen=True, slots=True)
class End:
    outcome: Outcome
    message: str
    reason: Reason | None = None

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
        return _not_admitted(application, course.plan.decision, course.plan.message)
    failure = _failure(course)
    if failure is None:
        return _promoted(application, course.plan, course.verdict)
    return _failed(application, course, course.plan, failure)


def _failure(course: Course) -> Verdict | None:
    """Return what failed first: before a recovery is chosen, that is the last step taken."""
    found = (course.failure, course.verdict)
    return next((each for each in found if each and each.verdict is Word.FAIL), None)


def _promoted(application: str, plan: Plan, verdict: Verdict | None) -> End:
    went = "went back to" if plan.kind is Kind.BY_HAND else "runs"
    done = f"{application} {went} {_called(plan)}."
    # Going back by hand skips the bake: its last look is not worth a word.
    baked = verdict.message if verdict and plan.kind is Kind.FORWARD else ""
    return End(Outcome.PROMOTED, _told(done, baked))


def _failed(application: str, course: Course, plan: Plan, failure: Verdict) -> End:
    reason, called = _reason(failure), _called(plan)
    if plan.kind is Kind.BY_HAND:
        failed = f"{application} did not get back to {called}: {reason.message}"
        return End(Outcome.ROLLBACK_FAILED, _told(failed, course.recovery or LOOK_NOW), reason)
    failed = f"{application} {called} failed: {reason.message}"
    if not course.recovering:
        return End(Outcome.FAILED, _told(failed, course.recovery or ""), reason)
    if course.verdict is not None and course.verdict.verdict is Word.PASS:
        message = _told(
            f"{application} {called} was turned back: {reason.message}",
            "The services run their stable revisions again: push a corrected build.",
        )
        return End(Outcome.ROLLED_BACK, message, reason)
    last = f"The rollback failed as well: {course.verdict.message}" if course.verdict else ""
    return End(Outcome.ROLLBACK_FAILED, _told(failed, last, LOOK_NOW), reason)


def _reason(failure: Verdict) -> Reason:
    """Return why it failed: a sentence, and at least one piece of evidence."""
    reason = failure.reason or Reason(Code.UNKNOWN, Blame.PLATFORM, failure.message)
    return replace(
        reason, message=_told(reason.message), evidence=reason.evidence or (reason.message,)
    )


def _not_admitted(application: str, decision: Decision, message: str) -> End:
    said = f"{application}: {message}"
    if decision is Decision.REFUSED:
        reason = Reason(Code.INVALID_REQUEST, Blame.PERSON, message, (message,))
        return End(Outcome.FAILED, _told(said, "Nothing was touched."), reason)
    if decision is Decision.OLDER:
        reason = Reason(Code.REPLACED_BY_OTHER, Blame.PERSON, message, (message,))
        return End(Outcome.SUPERSEDED, said, reason)
    return End(Outcome.NO_OP, said)


def _expired(application: str) -> End:
    message = (
        "Another deployment of it held the claim all the time this one waited. "
        "Nothing was touched: start it again when the other one is done."
    )
    reason = Reason(Code.EXPIRED, Blame.PERSON, message, ("the claim was taken at every try",))
    return End(Outcome.EXPIRED, f"{application}: {message}", reason)


def _fault(application: str, course: Course, fault: Fault) -> End:
    touched, failure = course.plan is not None and course.rolling, _failure(course)
    message = _told(
        f"{application}: Pilothouse could not go on ({_shown(fault, 300)}).",
        LOOK_NOW if touched else "No service was touched: start the deployment again.",
        f"The release had failed: {failure.message}"
        if failure
        else "This says nothing about the release.",
    )
    reason = Reason(Code.FAULT, Blame.PILOTHOUSE, message, (_shown(fault, 1000),))
    outcome = Outcome.ROLLBACK_FAILED if course.recovering else Outcome.FAILED
    return End(outcome, message, reason)


def _shown(fault: Fault, longest: int) -> str:
    error, cause = _innermost(fault.error, fault.cause)
    return ": ".join(filter(None, (error, cause[:longest].rstrip(". \n"))))


def _innermost(error: str, cause: str) -> tuple[str, str]:
    """Return what went wrong in the child or the function: their causes are JSON around it."""
    try:
        found = json.loads(cause)
    except ValueError:
        return error, cause
    if not isinstance(found, dict):
        return error, cause
    if found.get("Status") == "ABORTED":
        return "Stopped", f"somebody stopped the execution {_name_of(found)} by hand"
    if "errorMessage" in found:
        return error, str(found["errorMessage"])
    if "Cause" in found:
        return _innermost(str(found.get("Error", error)), str(found["Cause"]))
    return error, cause


def _name_of(execution: Mapping[str, object]) -> str:
    return str(execution.get("ExecutionArn", "")).rpartition(":")[2]


def _told(*sentences: str) -> str:
    """Return the sentences as one text; what AWS says often has no full stop."""
    said = (each.strip() for each in sentences)
    return " ".join(each if each[-1] in ".!?" else f"{each}." for each in said if each)


def _called(plan: Plan) -> str:
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
    }
