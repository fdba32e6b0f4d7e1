"""How long does a release take at best, and how long until it is taken back at worst?

At best: wave after wave, each as long as its slowest service, then the bake. Migrations take what
they take, and are not in it. At worst: the expand migration and each wave need all the time that
they have, the bake fails in its last moment, and then all services go back, as fast as at best.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from functions.domain.catalogue import Application, Service
from functions.domain.moment import span
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.needs import Need
from functions.domain.preflight.rolling import DRAIN_SECONDS, Group, at_best
from functions.domain.preflight.sight import Unread, unknown
from functions.domain.rollout.strategy import percents
from functions.domain.steps import in_order

CHECK = "duration"


def findings(
    application: Application, needs: Sequence[Need], groups: Mapping[str, Group] | Unread
) -> Iterator[Finding]:
    """Say both figures; `groups` is by ARN, and one that is not in it is taken for a usual one."""
    known = {} if isinstance(groups, Unread) else groups
    if isinstance(groups, Unread):
        yield unknown(CHECK, "", "How the target groups check and drain", groups)
    best = {
        each.key: at_best(each.found, each.definition, each.moves, _of(each, known))
        for each in needs
    }
    roll = _in_turn(application, lambda service: best.get(service.key, 0))
    deadlines = _deadlines(application, {each.key: each for each in needs})
    bake = _bake(application)
    then = f", then {span(bake)} of bake" if bake else ", without a bake"
    assumed = any(each.drain_seconds is None for need in needs for each in _of(need, known))
    drains = (
        f" (targets are taken to drain for {span(DRAIN_SECONDS)}, as is usual)" if assumed else ""
    )
    yield Finding(
        CHECK,
        Grade.OK,
        application.application,
        f"At best {span(roll)} to roll{drains}{then}, migrations not counted. If it fails at the "
        f"very end, when the last deadline is over, the stable revisions run again "
        f"{span(deadlines + roll)} after its start.",
    )


def _of(need: Need, groups: Mapping[str, Group]) -> tuple[Group, ...]:
    return tuple(groups.get(arn, Group()) for arn in target_groups(need.found))


def target_groups(found: Mapping[str, object]) -> tuple[str, ...]:
    """Return the target groups that the tasks of a service are in at the same time."""
    balancers = found.get("loadBalancers")
    listed = balancers if isinstance(balancers, Sequence) else ()
    return tuple(each["targetGroupArn"] for each in listed if each.get("targetGroupArn"))


def _in_turn(application: Application, seconds: Callable[[Service], int]) -> int:
    return sum(max(map(seconds, wave)) for wave in in_order(application))


def _deadlines(application: Application, needs: Mapping[str, Need]) -> int:
    """Return when the last deadline ends: of expand, of each wave, of the bake."""
    expand = application.migrations.expand

    def overall(service: Service) -> int:
        need = needs.get(service.key)
        configuration = need.found.get("deploymentConfiguration") if need else None
        return service.deadlines.overall_seconds + percents(configuration or {}).own_seconds

    migrating = expand.timeout_seconds if expand else 0
    return migrating + _in_turn(application, overall) + _bake(application) + _extended(application)


def _bake(application: Application) -> int:
    return 60 * max(each.bake.minutes for each in application.services)


def _extended(application: Application) -> int:
    """Return how long the bake may go on for requests to come."""
    asking = [each.bake for each in application.services if each.bake.min_requests]
    return max((each.extend_seconds for each in asking), default=0)
