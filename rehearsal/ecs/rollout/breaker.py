"""Which failures count, when is it enough, and how long until the next try? (R7, R8, B3)"""

from datetime import datetime, timedelta
from enum import Enum, auto

from rehearsal.ecs.rollout.deployments import Deployment, Rollout
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.settings import Settings
from rehearsal.ecs.tasks.task import Task

BOUNDED = (3, 200)
RESOLUTIONS = 3
"""So often ECS tries to resolve the images of a deployment (R6.1)."""


class Failure(Enum):
    START = auto()
    HEALTH = auto()
    EXIT = auto()


def threshold(service: Service) -> int:
    """Return how many failures trip the breaker at the present desired count (R8.2)."""
    configured = service.breaker.get("thresholdConfiguration") or {}
    kind, value = configured.get("type", "BOUNDED_PERCENT"), configured.get("value", 50)
    if kind == "COUNT":
        return int(value)
    part = -(-int(value) * service.desired // 100)
    if kind == "UNBOUNDED_PERCENT":
        return part
    least, most = BOUNDED
    return min(most, max(least, part))


def trips(service: Service, now: datetime, settings: Settings) -> bool:
    due = due_at(service, settings)
    return due is not None and now >= due


def due_at(service: Service, settings: Settings) -> datetime | None:
    """Return when the breaker trips if nothing becomes better."""
    primary = service.primary
    if not service.breaker.get("enable") or not is_judged(service, primary):
        return None
    too_many = primary.failure_count >= max(1, threshold(service))
    lost = len(primary.unresolved) >= RESOLUTIONS
    if not (too_many or lost) or primary.failed_at is None:
        return None
    return primary.failed_at + timedelta(seconds=settings.breaker_delay_seconds)


def is_judged(service: Service, deployment: Deployment) -> bool:
    """Say whether failures of this deployment count: the first time it is rolled out (R8.1)."""
    return (
        deployment is service.primary
        and deployment.rollout is Rollout.IN_PROGRESS
        and not deployment.completed_once
    )


def kind_of(task: Task, settings: Settings) -> Failure | None:
    """Tell a failed task from one that ended as it should."""
    if task.stop is None:
        return None
    if task.stop.code == "TaskFailedToStart":
        return Failure.START
    if task.stop.unhealthy:
        return Failure.HEALTH
    if task.stop.code != "EssentialContainerExited" or task.was_healthy:
        return None
    counts = (
        settings.exit_before_healthy_with_checks_counts
        if task.has_checks
        else settings.exit_before_healthy_without_checks_counts
    )
    return Failure.EXIT if counts else None


def count(service: Service, deployment: Deployment, now: datetime, number: int = 1) -> None:
    """Count failed tasks of a deployment on trial."""
    if not is_judged(service, deployment):
        return
    if deployment.failure_count < threshold(service):
        deployment.failed_at = now
    deployment.failure_count += number
    if not deployment.proven:
        deployment.failed_tasks += number


def miss(service: Service, deployment: Deployment, batch: int, now: datetime) -> None:
    """Take note that no image was found; after some tries it goes on without digests (R6.1)."""
    if deployment.digests is not None or not is_judged(service, deployment):
        return
    deployment.unresolved.add(batch)
    deployment.failed_at = now
    if len(deployment.unresolved) >= RESOLUTIONS:
        deployment.digests = {}


def forgive(service: Service, deployment: Deployment) -> None:
    """Begin anew with consecutive failures: a task became healthy (R8.5)."""
    deployment.proven = True
    deployment.failed_tasks = 0
    deployment.attempts = 0
    if service.breaker.get("resetOnHealthyTask", True):
        deployment.failure_count = 0


def look_again(deployment: Deployment, now: datetime, settings: Settings) -> None:
    """Try again in a while what found no room; whatever happens before is a chance as well."""
    deployment.refusals += 1
    series = settings.throttle_series
    seconds = series[min(deployment.refusals, len(series)) - 1]
    deployment.look_again_at = now + timedelta(seconds=seconds)


def throttle(deployment: Deployment, batch: int, now: datetime, settings: Settings) -> bool:
    """Put off the next start; all failures of one batch are one attempt (R7.3).

    True where this was a new attempt.
    """
    if batch in deployment.failed_batches:
        return False
    deployment.failed_batches.add(batch)
    deployment.attempts += 1
    series = settings.throttle_series
    seconds = series[min(deployment.attempts, len(series)) - 1]
    deployment.next_start_at = now + timedelta(seconds=seconds)
    return True
