"""How did the deployment end, and what is a person told?"""

from collections.abc import Mapping
from dataclasses import dataclass
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

LOOK_NOW = "The services were left as they are: look at them in the ECS console now."


@dataclass(frozen=True, slots=True)
class Fault:
    """An error that a state could not handle, as Step Functions names it."""

    error: str
    cause: str


@dataclass(frozen=True, slots=True)
class Course:
    """What happened: as far as it went, nothing more.

    `failure` is what made the release fail, `verdict` that of the last step taken, `recovery` what
    Choose Recovery said, `expired` that the claim was not to be had.
    """

    admission: Admission
    plan: Plan | None = None
    verdict: Verdict | None = None
    failure: Verdict | None = None
    recovery: str | None = None
    recovering: bool = False
    fault: Fault | None = None
    expired: bool = False


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
    if course.plan is None or course.plan.decision is not Decision.DEPLOY:
        decision = course.plan.decision if course.plan else Decision.REFUSED
        return _not_admitted(application, decision, course.plan.message if course.plan else "")
    if course.failure is None:
        return _promoted(application, course.plan, course.verdict)
    return _failed(application, course, course.plan, course.failure)


def _promoted(application: str, plan: Plan, verdict: Verdict | None) -> End:
    called = _called(plan)
    seen = f" {verdict.message}" if verdict else ""
    if plan.kind is Kind.BY_HAND:
        return End(Outcome.PROMOTED, f"{application} went back to {called}.{seen}")
    return End(Outcome.PROMOTED, f"{application} runs {called}.{seen}")


def _failed(application: str, course: Course, plan: Plan, failure: Verdict) -> End:
    reason = failure.reason or Reason(
        Code.UNKNOWN, Blame.PLATFORM, failure.message, (failure.message,)
    )
    called = _called(plan)
    if plan.kind is Kind.BY_HAND:
        message = f"{application} did not get back to {called}: {reason.message} {LOOK_NOW}"
        return End(Outcome.ROLLBACK_FAILED, message, reason)
    if not course.recovering:
        message = f"{application} {called} failed: {reason.message} {course.recovery or ''}".strip()
        return End(Outcome.FAILED, message, reason)
    if course.verdict is not None and course.verdict.verdict is Word.PASS:
        message = (
            f"{application} {called} was turned back: {reason.message} "
            "The services run their stable revisions again. Push a corrected build."
        )
        return End(Outcome.ROLLED_BACK, message, reason)
    last = course.verdict.message if course.verdict else ""
    message = (
        f"{application} {called} failed: {reason.message} "
        f"The rollback failed as well: {last} {LOOK_NOW}"
    )
    return End(Outcome.ROLLBACK_FAILED, message, reason)


def _not_admitted(application: str, decision: Decision, message: str) -> End:
    said = f"{application}: {message}"
    if decision is Decision.REFUSED:
        reason = Reason(Code.INVALID_REQUEST, Blame.PERSON, message, (message,))
        return End(Outcome.FAILED, f"{said} Nothing was touched.", reason)
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
    touched = course.plan is not None and bool(course.plan.steps)
    left = "Look at its services in the ECS console: they may run a mix of revisions."
    message = (
        f"{application}: Pilothouse could not go on ({fault.error}: {fault.cause[:300]}). "
        f"{left if touched else 'No service was touched.'} It says nothing about the release."
    )
    reason = Reason(
        Code.FAULT, Blame.PILOTHOUSE, message, (f"{fault.error}: {fault.cause[:1000]}",)
    )
    return End(Outcome.FAILED, message, reason)


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
