"""What time is it: the one form in which moments travel between states."""

from datetime import UTC, datetime


def text(moment: datetime) -> str:
    """Return ISO 8601 in UTC with milliseconds, so that texts compare like the moments they name.

    It is the form of `$states.context.State.EnteredTime`.
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
