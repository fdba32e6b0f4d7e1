"""Of what class are the migrations of a release, and does the way back stay open?"""

from functions.domain.catalogue import Application
from functions.domain.known import Known
from functions.domain.migration.ran import Ran, point_of_no_return
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.release import named

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


def finding(application: Application, known: Known) -> Finding:
    """Say whether what runs now could be rolled back to, from before the release to after it."""
    migrations, before = application.migrations, _closed(known)
    kind = f"Migrations: {migration_class(application)}."
    if before is not None and known.current is not None:
        to = named(known.current.number, known.current.image_tag)
        message = (
            f"{kind} The {before.phase} migration of release #{before.release} has begun, and "
            f"{to} does not bear it: it cannot be rolled back to."
        )
        advice = "What fails is held for a person: have a correction ready, and roll forward."
        return Finding(CHECK, Grade.WARN, "", message, advice)
    if migrations.expand and migrations.expand.breaking:
        message = f"{kind} Once expand has begun there is no way back: a failure is held."
        advice = "Be there while it is deployed: what fails after that takes a person."
        return Finding(CHECK, Grade.WARN, "", message, advice)
    if migrations.contract:
        message = f"{kind} The way back is open until contract begins, after the bake."
        advice = "Contract only what the release before does not need any more."
        return Finding(CHECK, Grade.WARN, "", message, advice)
    return Finding(CHECK, Grade.OK, "", f"{kind} The way back stays open.")


def _closed(known: Known) -> Ran | None:
    """Return the migration that what is stable does not bear: of a release after it.

    What has passed its bake since then bears it, whatever its number.
    """
    current, ran = known.current, point_of_no_return(known.migrations)
    if current is None or ran is None or ran.release <= current.number:
        return None
    return ran if (current.verified_at or "") < ran.started_at else None
