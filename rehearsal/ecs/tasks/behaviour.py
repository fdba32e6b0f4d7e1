"""What does a container of an image do?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Seconds are virtual. Those after `starts_in` count from RUNNING; None means never."""

    starts_in: float = 20.0
    healthy_after: float | None = 10.0
    """The first health check that passes, of the container and of its target."""
    unhealthy_after: float | None = None
    exits_after: float | None = None
    exit_code: int = 1
    exit_reason: str | None = None
    term_code: int = 143
    """The exit code when somebody else stops the task."""
    pull_error: str | None = None
    """A whole `ResourceInitializationError: ...`, or what follows `CannotPullContainerError: `."""
    fails_in: float = 30.0
    """From creation to STOPPED, where the task cannot start."""
    log: str = ""
    task_takes: float | None = 15.0
    task_exit_code: int = 0
    """The last two: how a task of RunTask ends."""
    commands: Mapping[str, "Behaviour"] = field(default_factory=dict)
    """By a word of the container's command: how that command behaves instead."""

    def running(self, command: Sequence[str]) -> "Behaviour":
        """Return how the image behaves when it runs this command."""
        return next((self.commands[word] for word in command if word in self.commands), self)


HEALTHY = Behaviour()

Lookup = Callable[[str, str], Behaviour | None]
"""By repository, and tag or digest: a resolved image is asked for by its digest, then its tags."""


class Behaviours:
    """The behaviours of a world by image; an image nobody described is healthy."""

    def __init__(self, known: Mapping[tuple[str, str], Behaviour] | None = None) -> None:
        self._known = dict(known or {})

    def learn(self, repository: str, reference: str, behaviour: Behaviour) -> None:
        self._known[repository, reference] = behaviour

    def __call__(self, repository: str, reference: str) -> Behaviour | None:
        return self._known.get((repository, reference))


def find(lookup: Lookup, repository: str, names: Sequence[str]) -> Behaviour:
    """Return what is known under the first of an image's names that is known at all."""
    found = (lookup(repository, name) for name in names)
    return next((each for each in found if each is not None), HEALTHY)


def spoken(command: Sequence[object] | None) -> Sequence[str]:
    """Return a command of a container definition or an override as its words."""
    return [word for part in command or () for word in str(part).split()]
