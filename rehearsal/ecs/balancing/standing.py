"""Which targets has a group now, in which state, and who of them gets requests? (R5.1, R5.11)"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rehearsal.ecs.balancing.groups import ROUTED, UNHEALTHY_DRAIN
from rehearsal.ecs.region import Region
from rehearsal.ecs.tasks.targets import failing, place
from rehearsal.ecs.tasks.task import Registration, Task

REGISTRATION = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Target:
    """What DescribeTargetHealth shows; `state`, `reason` and `description` are ELB's words."""

    task: str
    """ARN; empty where somebody registered what is no task."""
    address: str
    port: int
    state: str
    reason: str | None = None
    description: str | None = None
    zone: str | None = None


INITIAL = ("Elb.InitialHealthChecking", "Initial health checks in progress")
REGISTERING = ("Elb.RegistrationInProgress", "Target registration is in progress")
DRAINING = ("Target.DeregistrationInProgress", "Target deregistration is in progress")
TIMED_OUT = ("Target.Timeout", "Request timed out")


def standing(region: Region, group: str) -> list[Target]:
    """Return the targets that are registered or draining, in the order of their tasks."""
    ours = (_of_task(region, task, group) for task in region.tasks.all())
    return [each for each in ours if each is not None] + _strangers(region, group)


def routed(region: Region, group: str) -> list[Target]:
    """Return who gets requests: the healthy ones, or all where too few are (R5.11)."""
    groups, settings = region.world.target_groups, region.world.settings
    attributes = groups.attributes(group, settings.deregistration_delay_seconds)
    registered = [each for each in standing(region, group) if each.state != "draining"]
    healthy = [each for each in registered if each.state == "healthy"]
    return healthy if len(healthy) >= int(attributes[ROUTED]) else registered


def _of_task(region: Region, task: Task, group: str) -> Target | None:
    registration = task.registrations.get(group)
    if registration is None:
        return None
    said = _state(task, group, registration, region.now())
    if said is None:
        return None
    state, why = said
    if state == "unhealthy" and _lets_go(region, group, registration):
        state = "unhealthy.draining"
    address, port = place(task, group)
    return Target(task.arn, address, port, state, *why, zone=task.placement.zone)


def _state(
    task: Task, group: str, registration: Registration, now: datetime
) -> tuple[str, tuple[str | None, str | None]] | None:
    if registration.drained_at is not None:
        return ("draining", DRAINING) if now < registration.drained_at else None
    state = task.targets[group]
    if state == "unhealthy":
        return state, failing(task, group)
    if state == "initial":
        fresh = (now - (task.started_at or now)) < REGISTRATION + timedelta(seconds=registration.at)
        return state, REGISTERING if fresh else INITIAL
    return state, (None, None)


def _lets_go(region: Region, group: str, registration: Registration) -> bool:
    """Say whether connections to a target that is unhealthy are still served (TCP only)."""
    settings = region.world.target_groups.of(group)
    seconds = float(settings.attributes.get(UNHEALTHY_DRAIN) or 0)
    since = registration.changed_at
    return since is not None and region.now() < since + timedelta(seconds=seconds)


def _strangers(region: Region, group: str) -> list[Target]:
    """Show what answers no check: nobody says what is behind these addresses."""
    groups, now = region.world.target_groups, region.now()
    settings = groups.of(group)
    interval = settings.interval or 30.0
    late = timedelta(seconds=settings.unhealthy_threshold * interval + settings.timeout)
    return [
        Target("", address, port, *_unanswered(now - since, late))
        for (address, port), since in groups.strangers.get(group, {}).items()
    ]


def _unanswered(age: timedelta, late: timedelta) -> Sequence[str]:
    if age >= late:
        return ("unhealthy", *TIMED_OUT)
    return ("initial", *(REGISTERING if age < REGISTRATION else INITIAL))
