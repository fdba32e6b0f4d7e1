"""Where does headroom stand: is it raised, kept, or given back?"""

from datetime import timedelta

from functions.domain.headroom.giving import giving
from functions.domain.headroom.move import WHILE_DEPLOYING_SECONDS, Do, Look, Move, wait
from functions.domain.headroom.raising import raising

LONGEST_SECONDS = 86_400
"""So long a deployment is waited for; what is not closed then is closed by nobody."""


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
        return wait(WHILE_DEPLOYING_SECONDS, "The deployment goes on.")
    due = ended + timedelta(seconds=look.headroom.back_after_seconds)
    return giving(look, look.raised, due)
