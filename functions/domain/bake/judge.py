"""Does the release stay well once it runs?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from functions.domain.bake.breach import blocked, breached
from functions.domain.bake.look import BakeLook, Watched
from functions.domain.bake.unsure import concluded, few, unread
from functions.domain.reason import Blame, Code, Reason
from functions.domain.rollout.convergence import starvation
from functions.domain.rollout.failures import excused, sick, too_many
from functions.domain.rollout.identity import lost, replaced
from functions.domain.rollout.judge import TICK_SECONDS, failing, with_causes, wrong_digest
from functions.domain.rollout.look import named_revision, progress
from functions.domain.verdict import Verdict, Word, failed

LOOK_SECONDS = 300
"""A bake looks at its start, on a wake, this often, and at its end."""

LAST_TASK_SECONDS = 600
"""So long a bake that is over waits for a task that is being replaced just then, and for what could
not be read just then. It counts from the first look after the end: we may have been late."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a bake remembers from look to look; what CloudWatch keeps is read anew each time.

    `failed` are the tasks that failed since the roll began, by service: ECS forgets them within
    the hour. `over_since` is the first look after the end, `kept` tells what is kept as evidence
    already.
    """

    failed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    over_since: datetime | None = None
    kept: str = ""


def remember(look: BakeLook) -> Remembered:
    failed = {each.key: each.failed for each in look.watched}
    return Remembered(failed, None if _goes_on(look) else look.over_since or look.at)


def judge(look: BakeLook) -> Verdict:
    """Return the verdict, the gravest first.

    What ECS says of services and tasks tells more than an alarm, and both more than requests that
    did not come.
    """
    return (
        blocked(look)
        or next(_failing(look), None)
        or breached(look)
        or _goes_on(look)
        or _waited_for(look)
        or concluded(look)
    )


def next_look_seconds(at: datetime, ends_at: datetime) -> int:
    """Return the time to the next look, in whole seconds; after the end it is a short one."""
    left = -(-(ends_at - at) // timedelta(seconds=1))
    return min(LOOK_SECONDS, left) if left > 0 else TICK_SECONDS


def _failing(look: BakeLook) -> Iterator[Verdict]:
    """Yield what speaks against each service: whose it is first, then its tasks."""
    for check in (_lost, _dying, _wrong):
        for each in sorted(look.watched, key=lambda service: service.key):
            verdict = check(each)
            if verdict is not None and verdict.reason is not None:
                message = f"During the bake of {each.key}: {verdict.message}"
                yield failed(replace(verdict.reason, message=message))


def _lost(watched: Watched) -> Verdict | None:
    expected, primary = watched.expected, watched.look.primary
    verdict = lost(watched.look, expected, watched.memory)
    if verdict or primary is None or primary.id != expected.deployment:
        return verdict
    # By whatever means: what runs under our id has to be what we asked for.
    other = primary.task_definition != expected.revision
    return replaced(watched.look, primary, expected) if other else None


def _dying(watched: Watched) -> Verdict | None:
    memory = replace(watched.memory, failed=watched.failed)
    # One has failed in the bake: what the roll tolerated is not judged by a smaller service.
    if not memory.failed.keys() - watched.rolled.keys():
        return None
    if not too_many(memory.failed, watched.look.desired):
        return None
    revision = named_revision(watched.expected.revision)
    so_far = progress(watched.look)
    return failing(memory, watched.found, revision, so_far, rolled=True)


def _wrong(watched: Watched) -> Verdict | None:
    return wrong_digest(watched.look, watched.expected)


def _goes_on(look: BakeLook) -> Verdict | None:
    if look.at < look.ends_at:
        minutes = -(-(look.ends_at - look.at) // timedelta(minutes=1))
        return Verdict(Word.WAIT, f"Baking for {minutes} more min.")
    extended = [few(look, each) for each in look.services if look.over_at(each) is None]
    return Verdict(Word.WAIT, f"The bake goes on: {'; '.join(extended)}.") if extended else None


def _waited_for(look: BakeLook) -> Verdict | None:
    """Wait for a task that is being replaced, and for what could not be read, but not for ever."""
    short = {each.key: each for each in look.watched if not _steady(each)}
    late = look.at - (look.over_since or look.at)
    in_time = late < timedelta(seconds=_patience(list(short.values())))
    said = [f"{key}: {_stands(short[key])}" for key in sorted(short)]
    if in_time and (said or unread(look)):
        left = "; ".join((*said, *unread(look)))
        return Verdict(Word.WAIT, f"The bake is over, but for this: {left}.")
    return _missing(said, [short[key] for key in sorted(short)]) if said else None


def _patience(short: Sequence[Watched]) -> int:
    """Return how long missing tasks are waited for: longer where there is no room for them."""
    starving = (each.capacity_seconds for each in short if starvation(each.look) is not None)
    return max((LAST_TASK_SECONDS, *starving))


def _steady(watched: Watched) -> bool:
    """Say whether our deployment has all its tasks, each of them healthy."""
    primary, expected = watched.look.primary, watched.expected
    if primary is None or primary.task_definition != expected.revision:
        return False
    if expected.deployment not in (None, primary.id):
        return False
    return sum(watched.look.healthy(task) for task in watched.look.tasks) >= primary.desired


def _stands(watched: Watched) -> str:
    return progress(watched.look).rstrip(".")


def _missing(said: Sequence[str], short: Sequence[Watched]) -> Verdict:
    message = f"The bake ended with tasks missing: {'; '.join(said)}"
    for each in short:
        told = with_causes(Code.NEVER_CONVERGES, message, each.expected, each.late)
        if told is not None:
            return told
        innocent = starvation(each.look) or excused(each.look.tasks)
        if innocent is not None:
            why = f"{message}. {innocent.message}."
            return failed(replace(innocent, message=why, evidence=(*said, *innocent.evidence)))
    evidence = (*said, *(line for each in short for line in sick(each.look)))
    return failed(Reason(Code.NEVER_CONVERGES, Blame.PLATFORM, f"{message}.", evidence))
