"""How does a long answer come in pages?"""

from collections.abc import Sequence
from typing import TypeVar

from rehearsal.ecs.errors import invalid
from rehearsal.ecs.world import Document

MOST = 100

Item = TypeVar("Item")


def page(items: Sequence[tuple[int, Item]], asked: Document) -> tuple[list[Item], str | None]:
    """Return the page asked for and the token of the next one.

    Every item comes with its place, which does not move when others vanish between two pages.
    """
    size = int(asked.get("maxResults") or MOST)
    if not 1 <= size <= MOST:
        raise invalid(f"maxResults must be between 1 and {MOST}, {size} was given.")
    after = _after(asked.get("nextToken"))
    ahead = [(place, item) for place, item in items if place > after]
    shown = ahead[:size]
    token = f"after-{shown[-1][0]}" if len(ahead) > size else None
    return [item for _, item in shown], token


def answer(name: str, items: Sequence[object], token: str | None) -> Document:
    return {name: list(items)} | ({"nextToken": token} if token else {})


def _after(token: str | None) -> int:
    if token is None:
        return -1
    place = token.removeprefix("after-")
    if not place.isdigit():
        raise invalid("The nextToken is not one of ours.")
    return int(place)
