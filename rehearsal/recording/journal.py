"""What has been written down so far, and when did it happen?"""

from collections.abc import Mapping
from typing import Any

from rehearsal.clock import Clock

Entry = dict[str, Any]

EMPTY: tuple[object, ...] = (None, "", (), {}, [])


class Journal:
    """The entries of a timeline. Times count from `begin`, the 0s of a scenario."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._zero = clock.seconds
        self._entries: list[Entry] = []

    def begin(self) -> None:
        """Forget what came before, and count from now on."""
        self._zero = self._clock.seconds
        self._entries.clear()

    def write(self, kind: str, about: Mapping[str, object]) -> Entry:
        """Add an entry of this moment; what is empty is left out."""
        told = {key: value for key, value in about.items() if value not in EMPTY}
        entry = {"at": self._now(), "kind": kind, **told}
        self._entries.append(entry)
        return entry

    def rewrite(self, entry: Entry, about: Mapping[str, object]) -> Entry:
        """Say it again: in the same entry at the same instant, in one of its own later on."""
        if entry["at"] != self._now():
            return self.write(entry["kind"], about)
        entry.update({key: value for key, value in about.items() if value not in EMPTY})
        return entry

    def entries(self) -> list[Entry]:
        return [dict(each) for each in self._entries]

    def _now(self) -> float:
        return round(self._clock.seconds - self._zero, 3)
