"""What is answered where AWS may also refuse to, or not answer at all?"""

from collections.abc import Callable
from typing import TypeVar

from functions.aws.failures import translated
from functions.domain.preflight.sight import Unread

Answer = TypeVar("Answer")

MOST = 20
"""So many things of a kind are asked for one by one; a plan is made within 60 calls."""


def asked(action: str, call: Callable[[], Answer]) -> Answer | Unread:
    """Return the answer, or why there is none; `action` is the permission that asking takes."""
    try:
        return call()
    except Exception as error:
        known = translated(error)
        if known is None:
            raise
        return Unread(str(known), action)


def too_many(what: str) -> Unread:
    return Unread(f"the release names more than {MOST} {what}, and the others are not asked for")
