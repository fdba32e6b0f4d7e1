"""Why did a task stop?

The plain form: it tells apart what decides about a release. Messages are not contractual, so only
words that carry meaning are matched (stop codes and reasons: scheduler-rules R1.7).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from functions.domain.reason import Blame, Code, Reason

IMAGE_NOT_FOUND = re.compile(
    r"CannotPull.*(not found|manifest unknown|does not exist)", re.I | re.S
)
OUT_OF_MEMORY = re.compile(r"OutOfMemory", re.I)
CAPACITY = re.compile(r"capacity is unavailable", re.I)
ELB = re.compile(r"failed ELB health checks", re.I)
CONTAINER = re.compile(r"failed container health checks", re.I)


@dataclass(frozen=True, slots=True)
class ContainerStop:
    name: str
    exit_code: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """How a task ended, as DescribeTasks tells it."""

    task: str
    code: str | None
    reason: str | None
    containers: tuple[ContainerStop, ...] = ()


def cause(stop: Stop) -> Reason:
    """Return the one cause; what carries no meaning stays Unknown."""
    code, blame = _code(stop)
    return Reason(code, blame, _sentence(stop, code), (_evidence(stop),))


def counts_against_release(reason: Reason) -> bool:
    """Say whether the release is to blame, and not the platform, the scheduler or a person."""
    return reason.blame in (Blame.RELEASE, Blame.CONFIGURATION)


def _code(stop: Stop) -> tuple[Code, Blame]:
    told = " ".join(filter(None, [stop.reason, *(each.reason for each in stop.containers)]))
    if stop.code == "UserInitiated":
        return Code.USER_STOPPED, Blame.PERSON
    if stop.code in ("SpotInterruption", "TerminationNotice"):
        return Code.SPOT_INTERRUPTION, Blame.PLATFORM
    if stop.code == "InfrastructureHealth":
        return Code.HOST_FAILURE, Blame.PLATFORM
    by_text = _by_text(told)
    if by_text is not None:
        return by_text
    if stop.code == "ServiceSchedulerInitiated":
        return Code.SCALE_IN, Blame.SCHEDULER
    if stop.code == "TaskFailedToStart":
        return Code.UNKNOWN, Blame.CONFIGURATION
    return _by_exit(stop.containers)


def _by_text(told: str) -> tuple[Code, Blame] | None:
    for pattern, code, blame in (
        (IMAGE_NOT_FOUND, Code.IMAGE_NOT_FOUND, Blame.CONFIGURATION),
        (CAPACITY, Code.CAPACITY_FARGATE, Blame.CAPACITY),
        (OUT_OF_MEMORY, Code.OUT_OF_MEMORY, Blame.RELEASE),
        (ELB, Code.HEALTH_CHECK_ELB, Blame.RELEASE),
        (CONTAINER, Code.HEALTH_CHECK_CONTAINER, Blame.RELEASE),
    ):
        if pattern.search(told):
            return code, blame
    return None


def _by_exit(containers: Sequence[ContainerStop]) -> tuple[Code, Blame]:
    codes = [each.exit_code for each in containers if each.exit_code is not None]
    if any(codes):
        return Code.APP_EXIT, Blame.RELEASE
    return (Code.APP_EXIT_ZERO, Blame.RELEASE) if codes else (Code.UNKNOWN, Blame.PLATFORM)


def _sentence(stop: Stop, code: Code) -> str:
    if code is Code.APP_EXIT:
        first = min((each for each in stop.containers if each.exit_code), key=_was_told_to_end)
        return f"container {first.name} exited with code {first.exit_code}"
    if code is Code.APP_EXIT_ZERO:
        return "the container ended by itself with exit code 0, but a service has to keep running"
    return (stop.reason or "").strip(". \n") or f"stopped with {stop.code or 'no stop code'}"


def _was_told_to_end(container: ContainerStop) -> bool:
    """Say whether it ended by a signal, as the others do once the first one has (R13.6)."""
    return container.exit_code in (137, 143)


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
