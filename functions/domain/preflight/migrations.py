"""Of what class are the migrations of a release, and does the way back stay open?"""

from collections.abc import Mapping

from functions.domain.catalogue import Application
from functions.domain.known import Facts, Known
from functions.domain.migration.ran import Ran, point_of_no_return
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.sight import listed
from functions.domain.preflight.zero import at_zero
from functions.domain.release import named
from functions.domain.schema import behind

CHECK = "migrations"


def migration_class(application: Application) -> str:
    """Return `none`, or what there is: `expand, breaking + contract`."""
    both = application.migrations
    said = []
    if both.expand:
        said.append("expand, breaking" if both.expand.breaking else "expand")
    if both.contract:
        said.append("contract")
    return " + ".join(said) or "none"


def finding(application: Application, facts: Mapping[str, Facts], known: Known) -> Finding:
    """Say whether what runs now could be rolled back to, from before the release to after it."""
    migrations, ran = application.migrations, point_of_no_return(known.migrations)
    kind = f"Migrations: {migration_class(application)}."
    old = _behind(ran, facts, known) if ran else ()
    if ran and old:
        message = (
            f"{kind} The {ran.phase} migration of release #{ran.release} has begun, and "
            f"{listed(old)} {'does' if len(old) == 1 else 'do'} not bear it, so nothing can "
            "be rolled back."
        )
        advice = "What fails is held for a person: have a correction ready, and roll forward."
        return Finding(CHECK, Grade.WARN, "", message, advice)
    if migrations.expand and migrations.expand.breaking:
        message = f"{kind} Once expand has begun there is no way back: a failure is held."
        advice = "Be there while it is deployed: what fails after that takes a person."
        return Finding(CHECK, Grade.WARN, "", message, advice)
    if migrations.contract:
        message = f"{kind} The way back is open until contract begins, after the bake."
        return Finding(CHECK, Grade.OK, "", message)
    return Finding(CHECK, Grade.OK, "", f"{kind} The way back stays open.")


def _behind(ran: Ran, facts: Mapping[str, Facts], known: Known) -> tuple[str, ...]:
    """Return what is stable from before a migration; at zero, what is set is gone back to."""
    verified = {each.number: each.verified_at for each in known.releases}
    zero = at_zero(facts)
    return tuple(
        {
            named(each.release, each.image_tag): None
            for key, each in sorted(known.stables.items())
            if key in facts
            and key not in zero
            and behind(each.release, verified.get(each.release), ran)
        }
    )
