"""Is it still our deployment that ECS is making, and if not, whose?"""

from collections.abc import Mapping
from dataclasses import dataclass

from functions.domain.reason import Blame, Code, Reason
from functions.domain.rollout.look import Deployment, Look, ServiceDeployment, named_revision
from functions.domain.rollout.memory import Memory
from functions.domain.verdict import Verdict, failed

GOING_BACK = ("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")


@dataclass(frozen=True, slots=True)
class Expected:
    """What was asked for: this revision, running these digests.

    `deployment` is None where ECS chooses it, as on a way back that it makes itself; then
    `turned_back` is the one that it goes back from.
    """

    deployment: str | None
    revision: str
    digests: Mapping[str, tuple[str, ...]]
    turned_back: str | None = None


def lost(look: Look, expected: Expected, memory: Memory) -> Verdict | None:
    """Fail where the deployment is not ours any more; None while it is, or may be.

    An older primary deployment than ours is a stale answer: reads lag behind UpdateService.
    """
    if look.deleted:
        return deleted()
    primary = look.primary
    if primary is None or ours(primary, expected) or primary.id == expected.turned_back:
        return None
    if expected.deployment is not None and _ecs_went_back(look, primary, expected, memory):
        return rolled_back_by_ecs(look, primary)
    if not _made_after(primary, memory):
        return None
    return replaced(look, primary, expected)


def _made_after(primary: Deployment, memory: Memory) -> bool:
    """Say whether a deployment was made after ours was."""
    made = memory.created_at or memory.since
    return primary.created_at is None or primary.created_at > made


def _ecs_went_back(look: Look, primary: Deployment, expected: Expected, memory: Memory) -> bool:
    """Say whether ECS itself put another deployment in the place of ours (R8.9, R11.1).

    Once it has, or has failed to, a primary newer than ours is somebody else's.
    """
    watched, newer = look.service_deployment, _made_after(primary, memory)
    if watched is None:
        gave_up = any(
            each.id == expected.deployment and each.rollout_state == "FAILED"
            for each in look.deployments
        )
        return gave_up and not newer
    if not newer or watched.goes_back_to == primary.id:
        return watched.status.startswith("ROLLBACK")
    # Whether each way back keeps the id of what it goes back to is unverified (U10).
    return watched.status in GOING_BACK


def deleted() -> Verdict:
    said = "Somebody deleted the service meanwhile."
    return failed(Reason(Code.REPLACED_BY_OTHER, Blame.PERSON, said, (said,)))


def replaced(look: Look, primary: Deployment, expected: Expected) -> Verdict:
    whose = f" {look.source}" if look.source else ""
    return failed(
        Reason(
            Code.REPLACED_BY_OTHER,
            Blame.PERSON,
            f"Another deployment replaced ours{_meanwhile(look)}: {primary.id} of "
            f"{named_revision(primary.task_definition)} is now the primary one.{whose}",
            (
                f"expected {expected.deployment or 'the deployment that ECS goes back to'} of "
                f"{named_revision(expected.revision)}",
            ),
        )
    )


def rolled_back_by_ecs(look: Look, primary: Deployment) -> Verdict:
    """Fail with what ECS says of it: the breaker, an alarm, a hook, a time-out or a person."""
    watched = look.service_deployment
    said = _said(watched) or "it does not say why"
    stuck = watched is not None and watched.status == "ROLLBACK_FAILED"
    did = "ECS could not roll the service back" if stuck else "ECS rolled the service back"
    named = f" ({', '.join(watched.alarms)})" if watched is not None and watched.alarms else ""
    message = f"{did} to {named_revision(primary.task_definition)}: {said}{named}."
    if watched is not None and watched.alarms:
        evidence = tuple(f"alarm {name} is in ALARM" for name in watched.alarms)
        return failed(Reason(Code.ALARM_BREACH, Blame.RELEASE, message, (said, *evidence)))
    return failed(Reason(Code.ROLLED_BACK_BY_ECS, _blame(said), message, (said,)))


def ours(primary: Deployment, expected: Expected) -> bool:
    """Say whether a deployment is the one asked for, or may be where ECS chooses it."""
    if expected.deployment is None:
        return primary.task_definition == expected.revision
    return primary.id == expected.deployment


def _meanwhile(look: Look) -> str:
    status = look.service_deployment.status if look.service_deployment else ""
    if status == "ROLLBACK_SUCCESSFUL":
        return " after ECS had rolled ours back"
    return " while ECS was rolling ours back" if status.startswith("ROLLBACK") else ""


def _said(watched: ServiceDeployment | None) -> str:
    found = (watched.rollback_reason or watched.status_reason) if watched else ""
    return found.strip().rstrip(".")


# What ECS says are observed texts (scheduler-rules R11, log:service deployments): the words that
# carry the meaning, and who has to do something about it. What none of them fits blames nobody of
# the release: the digest stays good on another base.
_BLAMES = (
    ("circuit breaker", Blame.RELEASE),
    ("alarm", Blame.RELEASE),
    ("user", Blame.PERSON),
    ("hook", Blame.CONFIGURATION),
)


def _blame(said: str) -> Blame:
    low = said.lower()
    return next((blame for word, blame in _BLAMES if word in low), Blame.PLATFORM)
