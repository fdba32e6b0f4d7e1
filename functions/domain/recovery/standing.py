"""What does a service run after a release failed, and how does it go back?"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from functions.domain.plan import How, Way
from functions.domain.release import Part
from functions.domain.rollout.identity import GOING_BACK

GOING_OR_GONE_BACK = (*GOING_BACK, "ROLLBACK_SUCCESSFUL")
"""What ECS calls a service deployment that it turns back, or has turned back (R11.1)."""
UNDER_WAY = ("PENDING", "IN_PROGRESS")


@dataclass(frozen=True, slots=True)
class Standing:
    """A service as it is: `runs` is the revision of its primary deployment.

    `gave_up` says that ECS declared that one failed, `deployment` is the id of the one that the
    roll of the release made, empty where it made none. `status` is that of its service deployment,
    `service_deployment` the ARN, empty where none is found; `returns_to` is the revision it goes
    back to, or would if it was stopped, and `lacks` says that tasks of that one are missing.
    `reported` is what running tasks report, by revision: container to digest.
    """

    runs: str
    gave_up: bool = False
    deployment: str = ""
    status: str = ""
    service_deployment: str = ""
    returns_to: str = ""
    lacks: bool = False
    reported: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)


def way_back(standing: Standing | None, stable: Part) -> Way:
    """Return how a service goes back to what is stable.

    What ECS does by itself is only watched, and what it is still rolling it is told to turn back:
    the tasks that run stay, while another deployment would start them all anew, cost room and pass
    each lifecycle hook again. Where nobody knows how the service stands it is updated, which is
    right in any case: asking for the revision that is set starts no deployment.
    """
    if standing is None:
        return Way()
    if standing.status in GOING_OR_GONE_BACK and _is_stable(standing, standing.returns_to, stable):
        return _by_ecs(How.WATCH, standing)
    if untouched(standing, stable):
        return Way(How.WATCH, standing.runs)
    under_way = standing.status in UNDER_WAY
    if under_way and _is_stable(standing, standing.returns_to, stable):
        return _by_ecs(How.STOP, standing)
    return Way()


def _by_ecs(how: How, standing: Standing) -> Way:
    return Way(how, standing.returns_to, standing.service_deployment, standing.deployment or None)


def untouched(standing: Standing | None, stable: Part) -> bool:
    """Say whether a service runs what is stable because it was never asked for anything else.

    Where a deployment was made, a primary one of the stable revision may be a stale answer.
    """
    return (
        standing is not None
        and not standing.deployment
        and not standing.gave_up
        and _is_stable(standing, standing.runs, stable)
    )


def stuck(standing: Standing | None, stable: Part) -> bool:
    """Say whether the stable revision is the one set, and ECS has given up on it.

    Only another revision gets a service like this going.
    """
    return standing is not None and standing.gave_up and standing.runs == stable.revision


def _is_stable(standing: Standing, revision: str, stable: Part) -> bool:
    """Say whether a revision is the stable one; an unpinned one by what its tasks report.

    Where none runs nothing speaks against it: ECS resolves the digests of a service revision once,
    and what comes up is compared with those of the stable one before it counts.
    """
    if stable.revision is not None:
        return revision == stable.revision
    return revision == stable.base and all(
        task.get(name) in accepted
        for task in standing.reported.get(revision, ())
        for name, accepted in stable.digests.items()
    )
