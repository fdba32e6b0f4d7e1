"""What does the preflight find out, before anything is touched?"""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """STOP keeps the release from being deployed; UNKNOWN is what could not be found out."""

    OK = "ok"
    WARN = "warn"
    STOP = "stop"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer: `check` names the question, `subject` a service key or what else it is about.

    `message` is the sentence, with what it rests on; `advice` what to do, empty where nothing.
    """

    check: str
    grade: Grade
    subject: str
    message: str
    advice: str = ""
