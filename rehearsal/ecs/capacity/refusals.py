"""Why is there no place for a task, and in which words does ECS say so? (R2.8, R13.1)"""

from collections.abc import Sequence
from dataclasses import dataclass

from rehearsal.ecs.capacity.plans import UNAVAILABLE

AGENT = "AGENT"
ATTRIBUTE = "ATTRIBUTE"
CPU = "RESOURCE:CPU"
ENI = "RESOURCE:ENI"
DISTINCT = "DistinctInstance placement constraint unsatisfied."
FARGATE = "RESOURCE:FARGATE"
MEMBER_OF = "MemberOf placement constraint unsatisfied."
MEMORY = "RESOURCE:MEMORY"
PORTS = "RESOURCE:PORTS"

FULL = (CPU, MEMORY, PORTS, ENI, DISTINCT)
"""What another task takes up, and may give back."""

CLOSEST = {
    CPU: "has insufficient CPU units available.",
    MEMORY: "has insufficient memory available.",
    PORTS: "is already using a port required by your task.",
    ATTRIBUTE: "is missing an attribute required by your task.",
}
UNPLACED = "was unable to place a task"
NOBODY = "because no container instance met all of its requirements."
NO_INSTANCES = "No Container Instances were found in your cluster."


@dataclass(frozen=True, slots=True)
class Failure:
    """One of `failures[]` of RunTask and StartTask."""

    reason: str
    arn: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    reason: str
    """Of the event SERVICE_TASK_PLACEMENT_FAILURE."""
    message: str
    """What the events of a service say."""
    failures: tuple[Failure, ...]
    is_per_task: bool = False
    """Whether each task that found no place is a failure, not each instance that had none."""
    passes: bool = True
    """Whether stopping tasks may make room."""
    error: str | None = None
    """The error that RunTask answers with, where it is not content with `failures[]`."""

    @property
    def detail(self) -> str:
        return self.failures[0].detail or self.reason if self.failures else self.reason


def withdrawn(reason: str, detail: str = UNAVAILABLE) -> Refusal:
    """Refuse because AWS has no capacity, or because somebody switched it off."""
    failure = Failure(reason, detail=detail)
    return Refusal(
        reason, f"{UNPLACED}. Reason: {detail}", (failure,), is_per_task=True, passes=False
    )


def limited(detail: str = UNAVAILABLE) -> Refusal:
    failure = Failure(CPU, detail=detail)
    return Refusal(CPU, f"{UNPLACED}. Reason: {detail}", (failure,), is_per_task=True)


def no_instances() -> Refusal:
    """Refuse where there is no instance to ask."""
    message = f"{UNPLACED} {NOBODY} Reason: {NO_INSTANCES}"
    return Refusal(NO_INSTANCES, message, (), passes=False, error="InvalidParameterException")


def too_many_waiting(most: int) -> Refusal:
    """Refuse one more task in PROVISIONING (R13.2). The sentence is ours: AWS's is not known."""
    detail = f"No more than {most} tasks of a cluster can be in the PROVISIONING state."
    return Refusal(detail, f"{UNPLACED}. Reason: {detail}", (), error="ClientException")


def by_instances(closest: tuple[str, str], failures: Sequence[Failure]) -> Refusal:
    """Refuse for the reasons of all instances; `closest` is the id and reason of one of them."""
    found, reason = closest
    words = CLOSEST.get(reason, f'encountered error "{reason}".')
    message = f"{UNPLACED} {NOBODY} The closest matching (container-instance {found}) {words}"
    return Refusal(reason, message, tuple(failures), passes=reason in FULL)
