"""Can what is stable be run again?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from functions.domain.release import Stable, named
from functions.domain.rollout.look import named_revision


@dataclass(frozen=True, slots=True)
class Restorable:
    """`revision` is the one to run; None where it is registered again from `base`.

    `base` is None where no task definition is left of it, `gone` are images that ECR has no more.
    """

    base: str | None
    revision: str | None = None
    gone: tuple[str, ...] = ()


def restored(stable: Stable, found: Restorable, *, anew: bool) -> Stable:
    """Return what to go back to; `anew` has the revision registered again though it is there."""
    base = found.revision or found.base or stable.part.base
    if found.revision is not None and not anew:
        return replace(stable, part=replace(stable.part, revision=found.revision))
    return replace(stable, part=replace(stable.part, base=base, revision=None))


def lacking(stables: Mapping[str, Stable], found: Mapping[str, Restorable]) -> str | None:
    """Return what is missing to go back, and what to do about it, or None."""
    lacks = (_lacks(stables[key], each) for key, each in sorted(found.items()))
    return next((each for each in lacks if each), None)


def _lacks(stable: Stable, found: Restorable) -> str | None:
    to = f"{stable.key} cannot go back to {named(stable.release, stable.image_tag)}"
    if found.gone:
        several = len(found.gone) > 1
        return (
            f"{to}: {', '.join(found.gone)} {'are' if several else 'is'} no longer in ECR. Push "
            f"{'them' if several else 'it'} again, or deploy another image by hand"
        )
    if found.base is None:
        definition = named_revision(stable.part.revision or stable.part.base)
        return f"{to}: its task definition {definition} is gone. Deploy another image by hand"
    return None
