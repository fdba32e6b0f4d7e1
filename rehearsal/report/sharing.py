"""How is room that does not suffice shared out?"""

from collections.abc import Sequence


def shares(needs: Sequence[int], room: int) -> list[int]:
    """Give each what it needs, the modest first; those that need more share the rest evenly."""
    given = [0] * len(needs)
    left = sorted(range(len(needs)), key=lambda index: needs[index])
    while left:
        index = left[0]
        given[index] = min(needs[index], room // len(left))
        room -= given[index]
        left.pop(0)
    return given
