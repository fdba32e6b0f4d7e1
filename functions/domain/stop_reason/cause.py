"""Why did a task stop?

What ECS, its agent and the registries say decides first, then the exit codes (stop codes and
reasons: scheduler-rules R1.7, exit codes: R13.6).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from functions.domain.reason import Blame, Code, Reason
from functions.domain.stop_reason.blame import (
    BLAME,
    conclusive,
    counts_against_release,
    waits_for_capacity,
)
from functions.domain.stop_reason.text import named

__all__ = [
    "ContainerStop",
    "Stop",
    "cause",
    "cause_of_event",
    "conclusive",
    "counts_against_release",
    "waits_for_capacity",
]

# A person gives any text when stopping a task, so here the code is the only sign.
BY_CODE = {
    "userinitiated": Code.USER_STOPPED,
    "spotinterruption": Code.SPOT_INTERRUPTION,
    "terminationnotice": Code.SPOT_INTERRUPTION,
    "infrastructurehealth": Code.HOST_FAILURE,
}
# Whoever stopped it did so whatever its containers then ended with.
BY_OTHERS = (Code.SCALE_IN, Code.USER_STOPPED, Code.SPOT_INTERRUPTION, Code.HOST_FAILURE)
BY_SIGNAL = (137, 143)
LONGEST = 200


@dataclass(frozen=True, slots=True)
class ContainerStop:
    name: str
    exit_code: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """How a task ended, as DescribeTasks tells it.

    `health` is its healthStatus; `started` is False where it has no startedAt, since then no
    container ever ran.
    """

    task: str
    code: str | None
    reason: str | None
    containers: tuple[ContainerStop, ...] = ()
    health: str | None = None
    started: bool = True


def cause(stop: Stop) -> Reason:
    """Return the one cause; what carries no meaning stays Unknown."""
    code, told = _cause(stop)
    blame = BLAME[code]
    if code is Code.UNKNOWN and _never_started(stop):
        blame = Blame.CONFIGURATION
    return Reason(code, blame, _short(_clause(stop, code, told)), (_evidence(stop),))


def cause_of_event(text: str) -> Reason:
    """Return the cause that a message of the service scheduler names, which is Unknown for most."""
    found = named([text])
    code = found[0] if found else Code.UNKNOWN
    return Reason(code, BLAME[code], _short(text) or "an event without a word", (text,))


def _cause(stop: Stop) -> tuple[Code, str | None]:
    by_code = BY_CODE.get(_word(stop.code))
    if by_code is not None:
        return by_code, stop.reason
    found = _told(stop)
    if found is not None:
        return found
    if _word(stop.code) == "serviceschedulerinitiated":
        return _by_scheduler(stop), stop.reason
    if _word(stop.code) == "taskfailedtostart":
        return Code.UNKNOWN, stop.reason
    return _by_exit(stop), stop.reason


def _told(stop: Stop) -> tuple[Code, str] | None:
    of_task = named([stop.reason or ""])
    if of_task is not None and of_task[0] in BY_OTHERS:
        return of_task
    return named([stop.reason or "", *(each.reason or "" for each in stop.containers)])


def _by_scheduler(stop: Stop) -> Code:
    sick = (stop.health or "").upper() == "UNHEALTHY"
    return Code.HEALTH_CHECK_CONTAINER if sick else Code.SCALE_IN


def _by_exit(stop: Stop) -> Code:
    codes = {each.exit_code for each in stop.containers if each.exit_code is not None}
    if not codes:
        return Code.APP_EXIT if _exited(stop) else Code.UNKNOWN
    # Who ended with 0 went first: the others were told to end, and had to be killed.
    return Code.APP_EXIT_ZERO if 0 in codes and codes <= {0, *BY_SIGNAL} else Code.APP_EXIT


def _exited(stop: Stop) -> bool:
    """Say whether ECS says that a container exited, though not yet how."""
    said = f"{stop.code or ''} {stop.reason or ''}".lower()
    return "essential container" in said or "essentialcontainer" in said


def _never_started(stop: Stop) -> bool:
    said = (stop.reason or "").lower()
    failed = _word(stop.code) == "taskfailedtostart" or "failed to start" in said
    return failed or not stop.started


def _word(text: str | None) -> str:
    return (text or "").strip().lower()


def _clause(stop: Stop, code: Code, told: str | None) -> str:
    if code is Code.APP_EXIT:
        return _exit(stop.containers)
    if code is Code.APP_EXIT_ZERO:
        return "the container ended by itself with exit code 0, but a service has to keep running"
    return _short(told or "") or f"stopped with {stop.code or 'no stop code'}"


def _exit(containers: Sequence[ContainerStop]) -> str:
    ended = [each for each in containers if each.exit_code]
    if not ended:
        return "an essential container exited, with no exit code yet"
    first = min(ended, key=lambda each: (each.exit_code in BY_SIGNAL, each.name, each.exit_code))
    return f"container {first.name} exited with code {first.exit_code}"


def _short(text: str) -> str:
    """Return a text as half a sentence: where it is too long, its two ends tell most."""
    told = " ".join(text.split()).strip(". ")
    half = LONGEST // 2 - len(" ... ")
    return told if len(told) <= LONGEST else f"{told[:half].strip()} ... {told[-half:].strip()}"


def _evidence(stop: Stop) -> str:
    ends = ", ".join(
        f"{each.name}: "
        + (f"exit code {each.exit_code}" if each.exit_code is not None else "no exit code")
        + (f" ({each.reason})" if each.reason else "")
        for each in stop.containers
    )
    return f"task {stop.task}: {stop.code or 'no stop code'}, {stop.reason or 'no reason'}" + (
        f"; {ends}" if ends else ""
    )
