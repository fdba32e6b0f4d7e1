"""Where does headroom stand: is it raised, kept, or given back?"""

from datetime import timedelta

from functions.domain.headroom.giving import giving
from functions.domain.headroom.move import (
    MOST_WHILE_DEPLOYING_SECONDS,
    WHILE_DEPLOYING_SECONDS,
    Do,
    Look,
    Move,
    wait,
)
from functions.domain.headroom.raising import raising

LONGEST_SECONDS = 21 * 86_400
"""So long a deployment is waited for: an execution of `deploy` may not run longer."""


def next_move(look: Look) -> Move:
    """Return what to do now.

    It rests on what is so, not on who did what before: any execution may go on where another one
    has died.
    """
    mine = look.raised is not None and look.raised.deployment == look.deployment
    longest = look.began_at + timedelta(seconds=LONGEST_SECONDS)
    ended = look.closed_at or (longest if look.now >= longest else None)
    if ended is None and not look.answered:
        return raising(look)
    if look.raised is None or not mine:
        return Move(Do.LEAVE, "There is nothing of this deployment to give back.")
    if ended is None:
        return wait(_patiently(look), "The deployment goes on.")
    due = ended + timedelta(seconds=look.headroom.back_after_seconds)
    return giving(look, look.raised, due)


def _patiently(look: Look) -> int:
    """Return the wait, longer the longer it took: an execution has 25,000 events at most."""
    so_far = int((look.now - look.began_at).total_seconds())
    return min(MOST_WHILE_DEPLOYING_SECONDS, max(WHILE_DEPLOYING_SECONDS, so_far // 60))
