"""What time is it, and how long is that: the forms in which states and people read it."""

from datetime import UTC, datetime


def text(moment: datetime) -> str:
    """Return ISO 8601 in UTC with milliseconds, so that texts compare like the moments they name.

    It is the form of `$states.context.State.EnteredTime`.
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def span(seconds: int) -> str:
    """Return a time as people say it: `10 min`, or `90 s` where that is no whole minute."""
    return f"{seconds} s" if seconds % 60 else f"{seconds // 60} min"
