"""How does a deployment end that has touched nothing?"""

from functions.domain.admission import Decision
from functions.domain.ending.end import UNTOUCHED, End, Outcome, called, told
from functions.domain.plan import Plan
from functions.domain.preflight.finding import Grade
from functions.domain.reason import Blame, Code, Reason


def not_planned(application: str, plan: Plan) -> End:
    if plan.condition is not None:
        return waits(application, plan.decision, plan.message)
    if plan.decision is not Decision.STOPPED:
        return not_admitted(application, plan.decision, plan.message)
    stops = tuple(each.message for each in plan.findings if each.grade is Grade.STOP)
    reason = Reason(Code.PREFLIGHT_STOPPED, Blame.CONFIGURATION, plan.message, stops)
    what = f"{application}: the preflight stopped {called(plan)}."
    message = told(f"{application}: {plan.message}", UNTOUCHED)
    return End(Outcome.FAILED, message, reason, what, UNTOUCHED)


def waits(application: str, decision: Decision, message: str) -> End:
    """Return the end of a release that waits for a contract that is not settled."""
    reason = Reason(Code.CONTRACT_FAILED, Blame.PERSON, message, (message,))
    refused = decision is Decision.REFUSED
    outcome = Outcome.FAILED if refused else Outcome.REJECTED
    what = f"{application}: {'the request was refused' if refused else 'the release is held'}."
    return End(outcome, told(f"{application}: {message}", UNTOUCHED), reason, what, UNTOUCHED)


def not_admitted(application: str, decision: Decision, message: str) -> End:
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


def expired(application: str) -> End:
    why = "Another deployment of it held the claim all the time this one waited."
    message = f"{why} Nothing was touched: start it again when the other one is done."
    reason = Reason(Code.EXPIRED, Blame.PERSON, message, ("the claim was taken at every try",))
    what = f"{application} waited in vain."
    return End(Outcome.EXPIRED, f"{application}: {message}", reason, what, UNTOUCHED, why=why)
