"""How are times, ids, codes and pieces of HTML written?"""

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

SHORT, LONG = 6, 12
ARN = re.compile(r"arn:aws:[\w-]+:[\w-]*:\d*:")
ID = re.compile(rf"\b([0-9a-f]{{{SHORT}}})[0-9a-f]{{{32 - SHORT}}}\b")
"""Of a task or a container instance, which is called by its beginning everywhere."""
DIGEST = re.compile(rf"(sha256:[0-9a-f]{{{LONG}}})[0-9a-f]{{{64 - LONG}}}")
DAY, HOUR, MINUTE = 86_400, 3_600, 60


def clock(seconds: float) -> str:
    """Return virtual time as people read it off a watch: `1:05`, `2:00:00`."""
    whole = int(seconds + 0.5)
    minutes, left = divmod(whole, MINUTE)
    if minutes < MINUTE:
        return f"{minutes}:{left:02}"
    return f"{minutes // MINUTE}:{minutes % MINUTE:02}:{left:02}"


def span(seconds: float) -> str:
    """Return a length of time: `12 s`, `9 min 12 s`, `4 h`."""
    whole = int(seconds + 0.5)
    if whole == 0:
        return f"{seconds:.1f} s" if seconds else "no time"
    names = (DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (1, "s")
    parts = []
    for size, name in names:
        number, whole = divmod(whole, size)
        if number:
            parts.append(f"{number} {name}")
    return " ".join(parts[:2])


def roughly(seconds: float) -> str:
    """Return a length of time as short as can be: `28 min`."""
    names = (DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (1, "s")
    size, name = next(each for each in names if seconds >= 1.5 * each[0] or each[0] == 1)
    return f"{seconds / size:.0f} {name}"


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(names: Iterable[str], most: int = 4) -> str:
    """Return `web, worker and 3 more`."""
    found = list(names)
    shown, more = found[:most], len(found) - most
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def anchor(prefix: str, identity: str) -> str:
    """Return the id of the bar of a task."""
    return f"{prefix}-{identity[:LONG]}"


def short(identity: str) -> str:
    """Return the beginning of a task's id, which is enough to tell tasks apart."""
    return identity[:SHORT]


def tag(name: str, body: str = "", **attributes: object) -> str:
    """Return an element. The body is HTML already; attributes are escaped, those of None left out.

    Python's names for attributes: `class_`, `aria_label`.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{body}</{name}>"


def percent(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") + "%"


def plain(value: object) -> str:
    """Return any piece of JSON as one line for people."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {plain(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(plain(each) for each in value)
    return "" if value is None else str(value)


def sentence(value: Any) -> str:  # noqa: ANN401 - an expectation or invariant, however it is told
    """Return what a failure says: its message first where it has one."""
    if not isinstance(value, Mapping):
        return plain(value)
    for key in ("sentence", "message", "text", "why"):
        if value.get(key):
            rest = {name: each for name, each in value.items() if name != key and each is not None}
            if isinstance(rest.get("at"), int | float):
                rest["at"] = clock(rest["at"])
            return f"{value[key]} ({plain(rest)})" if rest else str(value[key])
    return plain(value)


def spoken(text: str) -> str:
    """Return a text without the parts of its ARNs and ids that say nothing to people."""
    return DIGEST.sub(r"\1", ID.sub(r"\1", ARN.sub("", text)))


def stopped(text: str) -> str:
    """Return a sentence with its full stop."""
    return text if text.endswith((".", "!", "?")) else text + "."
