"""What time is it, and how long is that: the forms in which states and people read it."""

from datetime import UTC, datetime


def text(moment: datetime) -> str:
    """Return ISO 8601 in UTC with milliseconds, so that texts compare like the moments they name.

    It is the form of `$states.context.State.EnteredTime`.
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def span(seconds: int) -> str:
    """Return a time as people say it, in its two largest units: `4 min 30 s`, `1 h 2 min`."""
    parts = [(seconds // 3_600, "h"), (seconds % 3_600 // 60, "min"), (seconds % 60, "s")]
    said = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(said[:2]) or "0 s"
