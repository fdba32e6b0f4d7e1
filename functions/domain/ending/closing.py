"""How did the deployment end, and what is a person told?"""

from dataclasses import replace

from functions.domain.admission import Decision
from functions.domain.ending.end import (
    BAD,
    LOOK_AT_DATABASE,
    LOOK_NOW,
    NOTHING_SAID,
    STABLE_AGAIN,
    Course,
    End,
    Outcome,
    called,
    told,
)
from functions.domain.ending.refusals import expired, not_admitted, not_planned, waits
from functions.domain.fault import Fault, shown
from functions.domain.plan import Kind, Plan
from functions.domain.reason import Blame, Code, Reason
from functions.domain.verdict import Verdict, Word


def end(application: str, course: Course) -> End:
    """Return the outcome, its sentence and its reason."""
    if course.fault is not None:
        return _fault(application, course, course.fault)
    if course.expired:
        return expired(application)
    if course.admission.decision is not Decision.DEPLOY:
        return not_admitted(application, course.admission.decision, course.admission.message)
    if course.plan is None:
        return _fault(application, course, Fault("NoPlan", "nothing was planned"))
    if course.plan.decision is not Decision.DEPLOY:
        return not_planned(application, course.plan)
    return _ended(application, course, course.plan)


def _ended(application: str, course: Course, plan: Plan) -> End:
    """Return the end of a deployment whose steps were taken."""
    failure = _failure(course)
    if failure is None:
        return _promoted(application, plan, course.verdict)
    if course.promoted:
        return _unsettled(application, plan, failure)
    if course.waits:
        return waits(application, Decision.HELD, failure.message)
    return replace(_failed(application, course, plan, failure), holds=course.holds)


def _failure(course: Course) -> Verdict | None:
    """Return what failed first: before a recovery is chosen, that is the last step taken."""
    found = (course.failure, course.verdict)
    return next((each for each in found if each and each.verdict in BAD), None)


def _promoted(application: str, plan: Plan, verdict: Verdict | None) -> End:
    went = "went back to" if plan.kind is Kind.BY_HAND else "runs"
    what = f"{application} {went} {called(plan)}."
    # Going back by hand skips the bake: its last look is not worth a word.
    baked = verdict.message if verdict and plan.kind is Kind.FORWARD else ""
    done = told(baked, _unseen(plan))
    return End(Outcome.PROMOTED, told(what, done), what=what, done=done)


def _unseen(plan: Plan) -> str:
    if not plan.unseen:
        return ""
    keys, several = ", ".join(plan.unseen), len(plan.unseen) > 1
    return f"Nothing of it was seen at {keys}, which {'are' if several else 'is'} scaled to zero."


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
    undone = course.verdict is not None and _code(course.verdict) is Code.MIGRATION_FAILED
    now = LOOK_AT_DATABASE if undone else LOOK_NOW
    return _bad(Outcome.ROLLBACK_FAILED, f"{name} failed", reason, told(last), now)


def _code(verdict: Verdict) -> Code | None:
    return verdict.reason.code if verdict.reason else None


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
