"""What is a person told of headroom that could not be given back?"""

from functions.domain.ending.news import News, subject
from functions.domain.pause import About


def told(about: About, message: str) -> News:
    name = f"{about.application} #{about.deployment}"
    detail = {
        "announcement": f"{about.application}#{about.deployment}/Headroom",
        "application": about.application,
        "deployment": about.deployment,
        "phase": "Headroom",
        "outcome": None,
        "message": message,
        "execution": about.execution,
    }
    text = "\n".join((message, "", f"Execution: {about.execution}"))
    return News(detail, subject(f"Headroom is left: {name}"), text)
