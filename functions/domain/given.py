"""How is what somebody gave told back to them, with what they may have meant?"""

import difflib
import json
from collections.abc import Iterable

LONGEST = 60


def shown(value: object) -> str:
    """Return a given value as its author wrote it, short enough for a sentence."""
    written = json.dumps(value, default=str, ensure_ascii=False)
    return written if len(written) <= LONGEST else f"{written[: LONGEST - 3]}..."


def near(given: str, known: Iterable[str]) -> str:
    """Return how the sentence about something unknown ends: with what is most like it, if any."""
    found = difflib.get_close_matches(given, list(known), n=1)
    return f': did you mean "{found[0]}"?' if found else "."


def listed(known: Iterable[str]) -> str:
    return ", ".join(sorted(known))


def unknown_application(name: object, known: Iterable[str]) -> str:
    """Return the sentence for a name that the catalogue does not have; `known` is what it has."""
    names = sorted(known)
    hint = near(str(name), names)
    return f"Unknown application {shown(name)}{hint} The catalogue has {listed(names)}."
