"""How did a task end that was to do its work once, and end?

The exit code of its one container decides; sidecars do not (scheduler-rules R13.5). A task that was
taken away has an exit code as well, also 0: what it ends with on a signal. It never ended well.
"""

from dataclasses import dataclass

from functions.domain.reason import Blame, Code, Reason
from functions.domain.stop_reason.cause import Stop, cause

TAKEN = (Blame.PLATFORM, Blame.CAPACITY, Blame.PERSON)
"""Who takes a task away: what its containers then end with says nothing of what they run."""

BY_ITSELF = (Code.APP_EXIT, Code.APP_EXIT_ZERO)


@dataclass(frozen=True, slots=True)
class Ending:
    """`exit_code` is that of `container`, None where nobody knows one; `why` is of the task."""

    container: str
    exit_code: int | None
    why: Reason

    @property
    def taken(self) -> bool:
        return self.why.blame in TAKEN

    @property
    def well(self) -> bool:
        return self.exit_code == 0 and not self.taken

    @property
    def said(self) -> str:
        """How it ended, if not well, as half a sentence."""
        told = f" ({self.why.code}: {self.why.message.rstrip('.')})"
        if self.exit_code is None:
            return f"it has no exit code{told}"
        if self.taken:
            return f"its task was taken away{told}"
        exited = f"container {self.container} exited with code {self.exit_code}"
        return exited if self.why.code in BY_ITSELF else exited + told


def ending(stop: Stop, container: str) -> Ending:
    return Ending(container, exit_code(stop, container), cause(stop))


def exit_code(stop: Stop, container: str) -> int | None:
    """Return what the container ended with, None where nobody knows."""
    return next((each.exit_code for each in stop.containers if each.name == container), None)
