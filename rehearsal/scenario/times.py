"""How is a time in a scenario read by a person?"""


def clock_time(seconds: float) -> str:
    """Return 8m12s, 2h05m or 40s."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3_600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours}h{minutes:02}m"
    return f"{minutes}m{rest:02}s" if minutes else f"{rest}s"
