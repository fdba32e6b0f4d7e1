"""Which revision does a new one take the place of, and behind which target groups does it go?

There are two target groups for each load balancer: whoever comes goes behind those where the
revision that has the production traffic is not.
"""

from collections.abc import Sequence

from rehearsal.ecs.rollout.deployments import Deployment, Rollout
from rehearsal.ecs.world import Document

ADVANCED = "advancedConfiguration"


def blue_of(sources: Sequence[Deployment]) -> Deployment | None:
    """Return the last completed one; else one that was, or that has traffic all the same."""
    for fits in (
        lambda each: each.rollout is Rollout.COMPLETED,
        lambda each: each.completed_once,
        lambda each: bool(each.production),
    ):
        found = next((each for each in sources if fits(each)), None)
        if found is not None:
            return found
    return None


def place(made: Deployment, sources: Sequence[Deployment], *, shifts: bool) -> None:
    """Put a new revision behind target groups: where it is rolled, behind those in use."""
    blue = blue_of(sources)
    made.alternate = blue is not None and blue.alternate != shifts
    for each in () if shifts else sources:
        # ECS tells no shares of a rolling deployment.
        each.production = each.test = None


def listens(deployment: Deployment, rule: str) -> bool:
    """Say whether one of its load balancers has a listener (or rule) of this name."""
    return any(_rules(each).get(rule) for each in deployment.load_balancers)


def is_network(deployment: Deployment, rule: str) -> bool:
    """Say whether it is the listener of a Network Load Balancer, which has no rules."""
    return any(
        ":listener/net/" in str(_rules(each).get(rule)) for each in deployment.load_balancers
    )


def _rules(balancer: Document) -> Document:
    return dict(balancer.get(ADVANCED) or {})
