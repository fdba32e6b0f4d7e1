"""What becomes of a service when another one of its wave has failed?"""

from functions.domain.reason import Code
from functions.domain.verdict import Verdict, Word


def stopped(verdict: Verdict, key: str, failing: str | None) -> Verdict:
    """Return Stopped where `key` is still rolling and the service `failing` has failed.

    What a look has decided by itself stays: who has won or lost did so whatever the others do. But
    where ECS has gone back only afterwards, our own hook may have had it do so: the other failed.
    """
    if failing is None or failing == key:
        return verdict
    if verdict.verdict is Word.WAIT:
        return Verdict(Word.STOPPED, f"{key} was stopped where it is, since {failing} failed.")
    if verdict.reason is not None and verdict.reason.code is Code.ROLLED_BACK_BY_ECS:
        return Verdict(Word.STOPPED, f"ECS went back with {key}, after {failing} had failed.")
    return verdict
