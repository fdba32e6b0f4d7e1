"""Has this revision won, has it lost, or is it too early to say?"""

from dataclasses import dataclass, replace

from functions.domain.reason import Blame, Code, Reason
from functions.domain.rollout.convergence import cannot_move, shape, starvation
from functions.domain.rollout.deadlines import Patience, out_of_time
from functions.domain.rollout.failures import (
    Failure,
    blame_of,
    counted,
    excused,
    failures,
    how_many,
    late,
    leading,
    too_many,
)
from functions.domain.rollout.identity import GOING_BACK, Expected, lost, ours
from functions.domain.rollout.look import Deployment, Look, Task, named_revision, progress, runs
from functions.domain.rollout.memory import Memory, advance
from functions.domain.verdict import Verdict, Word, failed

TICK_SECONDS = 60
TICK_WHILE_AWAITED_SECONDS = 900
"""The next look at the latest, while tasks move and while a hook or a person is awaited."""

COALESCED_SECONDS = 10
"""At most one look in this time, however many events wake us."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and what is remembered of the look that it rests on."""

    verdict: Verdict
    memory: Memory


def judge(look: Look, expected: Expected, before: Memory, patience: Patience) -> Judgement:
    """Return the verdict. Identity comes first: a steady service of another revision is no success.

    Failures outrank success, and success outranks the clocks.
    """
    found = (*failures(look.tasks), *late(look, patience.task_healthy_seconds))
    memory = advance(before, look, starving=starvation(look) is not None)
    memory = replace(memory, failed=counted(before.failed, found))
    so_far = _so_far(look, expected)
    verdict = (
        _identity(look, expected, memory, found)
        or _failing(look, expected, memory, found)
        or _declared_failed(look, expected, found)
        or _won(look, expected)
        or cannot_move(look, memory)
        or out_of_time(look, memory, patience, so_far)
        or Verdict(Word.WAIT, so_far)
    )
    return Judgement(verdict, _settled(memory, look, verdict))


def _settled(memory: Memory, look: Look, verdict: Verdict) -> Memory:
    """Remember which deployment has won where ECS had to choose it: the bake watches that one.

    When it was made is not taken over: it is older than what it replaces.
    """
    if memory.deployment is not None or verdict.verdict is not Word.PASS or look.primary is None:
        return memory
    return replace(memory, deployment=look.primary.id)


def next_look_seconds(look: Look) -> int:
    return TICK_WHILE_AWAITED_SECONDS if look.awaits_hook else TICK_SECONDS


def _so_far(look: Look, expected: Expected) -> str:
    if look.primary is not None and not ours(look.primary, expected):
        return "ECS does not show our deployment yet."
    return progress(look)


def _identity(
    look: Look, expected: Expected, memory: Memory, found: tuple[Failure, ...]
) -> Verdict | None:
    verdict = lost(look, expected, memory)
    if verdict is None or verdict.reason is None:
        return verdict
    if verdict.reason.code is not Code.ROLLED_BACK_BY_ECS:
        return verdict
    if verdict.reason.blame is not Blame.RELEASE:
        return verdict
    # The breaker counts tasks, whatever they died of: those say why.
    innocent = starvation(look) or excused(look.tasks)
    if not found and innocent is not None:
        message = f"{verdict.message} {innocent.message}."
        evidence = (*verdict.reason.evidence, *innocent.evidence)
        return _told(message, innocent.code, innocent.blame, evidence)
    return with_causes(verdict.reason.code, verdict.message.rstrip("."), expected, found) or verdict


def _failing(
    look: Look, expected: Expected, memory: Memory, found: tuple[Failure, ...]
) -> Verdict | None:
    if not memory.failed or not too_many(memory.failed, look.desired):
        return None
    return failing(memory, found, named_revision(expected.revision), _so_far(look, expected))


def failing(
    memory: Memory,
    found: tuple[Failure, ...],
    revision: str,
    so_far: str,
    *,
    rolled: bool = False,
) -> Verdict:
    """Fail with the cause that leads, and how the tasks failed."""
    code = leading(memory.failed)
    told = [each for each in found if each.reason.code is code]
    what = ": ".join(filter(None, (shape(memory, rolled=rolled), how_many(memory.failed))))
    why = f": {told[0].reason.message}" if told else f" ({code})"
    evidence = [line for each in (told or list(found))[:3] for line in each.reason.evidence]
    evidence += [] if evidence else [f"task {task}: {cause}" for task, cause in _few(memory)]
    return failed(
        Reason(
            code,
            told[0].reason.blame if told else blame_of(code),
            f"{what} of {revision} failed{why}. {so_far}",
            tuple(evidence),
        )
    )


def _few(memory: Memory) -> list[tuple[str, str]]:
    return sorted(memory.failed.items())[:3]


def _declared_failed(look: Look, expected: Expected, found: tuple[Failure, ...]) -> Verdict | None:
    """Fail where ECS has given our deployment up without going back."""
    primary, watched = look.primary, look.service_deployment
    gave_up = primary and primary.rollout_state == "FAILED" and ours(primary, expected)
    if not gave_up and (watched is None or watched.status != "ROLLBACK_FAILED"):
        return None
    said = (watched.status_reason if watched else "") or (primary.rollout_reason if primary else "")
    why = said.strip().rstrip(".") or "ECS declared the deployment failed"
    so_far = _so_far(look, expected)
    if watched is not None and watched.alarms:
        alarms = tuple(f"alarm {name} is in ALARM" for name in watched.alarms)
        message = f"{why} ({', '.join(watched.alarms)}). {so_far}"
        return _told(message, Code.ALARM_BREACH, Blame.RELEASE, (why, *alarms))
    return with_causes(Code.NEVER_CONVERGES, why, expected, found) or _told(
        f"{why}. {so_far}", Code.NEVER_CONVERGES, Blame.RELEASE, (why, so_far)
    )


def with_causes(
    code: Code, said: str, expected: Expected, found: tuple[Failure, ...]
) -> Verdict | None:
    """Fail with the cause of the tasks where they tell one: the most specific is the code."""
    if not found:
        return None
    last = next((each for each in found if each.reason.code is not Code.UNKNOWN), found[0])
    why = f"{said}. A task of {named_revision(expected.revision)} failed: {last.reason.message}."
    evidence = (line for each in found[:3] for line in each.reason.evidence)
    known = last.reason.code if last.reason.code is not Code.UNKNOWN else code
    return _told(why, known, last.reason.blame, (said, *evidence))


def _told(message: str, code: Code, blame: Blame, evidence: tuple[str, ...]) -> Verdict:
    return failed(Reason(code, blame, message, evidence))


def _won(look: Look, expected: Expected) -> Verdict | None:
    primary = look.primary
    if primary is None or primary.rollout_state != "COMPLETED" or not ours(primary, expected):
        return None
    if primary.task_definition != expected.revision:
        return None
    wrong = wrong_digest(look, expected)
    if wrong is not None or _going_back(look, expected):
        return wrong
    running = [task for task in look.tasks if runs(task)]
    healthy = sum(1 for task in running if look.healthy(task))
    # A task that has not reported its digest yet is waited for.
    if healthy < primary.desired or not all(_as_expected(task, expected) for task in running):
        return None
    return Verdict(Word.PASS, _runs_all(running, primary))


def _going_back(look: Look, expected: Expected) -> bool:
    """Say whether ECS turns back what we wait for, or is on a way back that it chose itself."""
    status = look.service_deployment.status if look.service_deployment else ""
    return status in GOING_BACK or (
        expected.deployment is not None and status.startswith("ROLLBACK")
    )


def _as_expected(task: Task, expected: Expected) -> bool:
    return all(task.digests.get(name) in good for name, good in expected.digests.items())


def _differs(task: Task, expected: Expected) -> bool:
    return any(
        name in task.digests and task.digests[name] not in good
        for name, good in expected.digests.items()
    )


def _runs_all(running: list[Task], primary: Deployment) -> str:
    revision = named_revision(primary.task_definition)
    if not primary.desired:
        return f"No task is wanted now: the next one runs {revision}."
    return f"{len(running)} of {primary.desired} tasks run {revision}."


def wrong_digest(look: Look, expected: Expected) -> Verdict | None:
    """Fail where a running task reports another image than the release has."""
    odd = min(
        (task for task in look.tasks if runs(task) and _differs(task, expected)),
        key=lambda task: task.id,
        default=None,
    )
    if odd is None:
        return None
    ran = ", ".join(f"{name} {digest}" for name, digest in sorted(odd.digests.items()))
    message = f"A task of {named_revision(expected.revision)} runs another image than the release."
    return _told(message, Code.UNKNOWN, Blame.PLATFORM, (f"task {odd.id} reports {ran}",))
