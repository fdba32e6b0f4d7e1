"""What does a container of an image do?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Seconds are virtual. Those after `starts_in` count from RUNNING; None means never.

    What ECS sees of an app that answers well, or no more, follows by the numbers of the check. A
    check without numbers sees it at once.
    """

    starts_in: float = 20.0
    """Seconds from creation to RUNNING."""
    healthy_after: float | None = 10.0
    """Seconds until the app answers well."""
    unhealthy_after: float | None = None
    """Seconds until it stops doing so."""
    unhealthy_code: int | None = 503
    """The HTTP code it answers with then; None: it does not answer, and checks run out of time."""
    exits_after: float | None = None
    """Seconds until it ends by itself, as a task of a service."""
    exit_code: int = 1
    exit_reason: str | None = None
    term_code: int = 143
    """The exit code when somebody else stops the task."""
    ignores_sigterm: bool = False
    """It has to be killed, which is done after the container's `stopTimeout`, with code 137."""
    oom_after: float | None = None
    """Seconds until the kernel kills it for its memory, in any task."""
    heap: int | None = None
    """MiB that it takes; more than there is for it kills it soon after RUNNING."""
    cpu: int | None = None
    """CPU units that the base task definition asks for."""
    memory: int | None = None
    """MiB that the base task definition asks for."""
    platform: str = "amd64"
    """What it is built for: amd64 or arm64."""
    pull_error: str | None = None
    """A whole `ResourceInitializationError: ...`, what follows `CannotPullContainerError: `, or one
    word: auth, network, secret, log_group."""
    start_error: str | None = None
    """The `stoppedReason` of a task that cannot start, word by word."""
    fails_in: float = 30.0
    """Seconds from creation to STOPPED, where the task cannot start."""
    log: str = ""
    """The last lines it prints: as it ends, or as it starts where it does not end by itself."""
    task_takes: float | None = 15.0
    """Seconds until a task of RunTask ends."""
    task_exit_code: int = 0
    fails: float | None = None
    """The share, 0 to 1, of its tasks that behave so; the others are healthy."""
    commands: Mapping[str, "Behaviour"] = field(default_factory=dict)
    """By a word of the container's command: how that command behaves instead."""
    by_service: Mapping[str, "Behaviour"] = field(default_factory=dict)
    """By a service's name, or by what follows `<application>-` in it: how it behaves there."""

    def running(self, command: Sequence[str]) -> "Behaviour":
        """Return how the image behaves when it runs this command."""
        return next((self.commands[word] for word in command if word in self.commands), self)

    def within(self, name: str) -> "Behaviour":
        """Return how the image behaves in a service; without one, by the task's family."""
        fitting = [key for key in self.by_service if name == key or name.endswith(f"-{key}")]
        return self.by_service[max(fitting, key=len)] if fitting else self

    def drawn(self, random: Random) -> "Behaviour":
        """Return how one task behaves: so, or well, by chance."""
        if self.fails is None or random.random() < self.fails:
            return self
        after = HEALTHY.healthy_after if self.healthy_after is None else self.healthy_after
        return replace(
            HEALTHY,
            starts_in=self.starts_in,
            healthy_after=after,
            platform=self.platform,
            term_code=self.term_code,
            task_takes=HEALTHY.task_takes if self.task_takes is None else self.task_takes,
        )


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
