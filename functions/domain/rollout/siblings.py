"""What becomes of a service when another one of its wave has failed?"""

from functions.domain.verdict import Verdict, Word


def stopped(verdict: Verdict, key: str, failing: str | None) -> Verdict:
    """Return Stopped where `key` is still rolling and the service `failing` has failed.

    What a look has decided by itself stays: who has won or lost did so whatever the others do.
    """
    if failing is None or verdict.verdict is not Word.WAIT:
        return verdict
    return Verdict(Word.STOPPED, f"{key} was stopped where it is, since {failing} failed.")
