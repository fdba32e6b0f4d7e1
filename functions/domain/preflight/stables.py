"""Could every service be taken back, and how long is its image there for that?"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from functions.domain.known import Facts, Known
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.lifecycle import Policy, Taken, taken
from functions.domain.preflight.sight import Unread, listed, unknown
from functions.domain.preflight.zero import at_zero
from functions.domain.recovery.restorable import Restorable, lacking
from functions.domain.release import Image, Stable, named, short
from functions.domain.rollout.look import named_revision

CHECK, KEPT = "stable", "lifecycle"


def findings(
    facts: Mapping[str, Facts], known: Known, seen: Mapping[str, Restorable | Unread]
) -> Iterator[Finding]:
    """Say of each service what it would be set back to; at zero, that is what it has set."""
    zero = at_zero(facts)
    stables = {
        key: each for key, each in sorted(known.stables.items()) if key in seen and key not in zero
    }
    bad = [each for stable in stables.values() for each in _of(stable, seen[stable.key])]
    bad += _without(facts.keys() - known.stables.keys() - zero)
    yield from (_as_it_is(facts[key]) for key in sorted(zero))
    yield from bad
    if stables and not bad:
        back = listed(named(each.release, each.image_tag) for each in stables.values())
        yield Finding(CHECK, Grade.OK, "", f"It could be rolled back to {back}.")


def kept(
    known: Known, image: Image | None, policy: Policy | Unread, at: datetime
) -> Iterator[Finding]:
    """Yield which images the lifecycle policy of the repository is about to take."""
    digests = _needed(known, image)
    if isinstance(policy, Unread):
        what = f"Whether a lifecycle policy takes {listed(digests.values())}"
        yield unknown(KEPT, "", what, policy)
        return
    bad = [
        _leaving(digest, called, found)
        for digest, called in digests.items()
        if (found := taken(policy, digest, at))
    ]
    yield from bad
    if digests and not bad:
        said = "No lifecycle rule is about to take the images of this release and the stable ones."
        yield Finding(KEPT, Grade.OK, "", said)


def _without(keys: Collection[str]) -> list[Finding]:
    if not keys:
        return []
    message = (
        f"{listed(keys)} {'has' if len(keys) == 1 else 'have'} nothing stable to go back to: if "
        "this release fails, everything is left as it is for a person."
    )
    advice = (
        "Deploy when it runs steadily, since that is then taken as stable, or be there meanwhile."
    )
    return [Finding(CHECK, Grade.WARN, listed(keys), message, advice)]


def _as_it_is(facts: Facts) -> Finding:
    message = (
        f"{facts.key} is scaled to zero: it would be set back to {named_revision(facts.runs)} "
        "(what it has set now)."
    )
    return Finding(CHECK, Grade.OK, facts.key, message)


def _of(stable: Stable, found: Restorable | Unread) -> Iterator[Finding]:
    if isinstance(found, Unread):
        what = f"Whether {stable.key} could be rolled back"
        yield unknown(CHECK, stable.key, what, found)
        return
    lacks = lacking({stable.key: stable}, {stable.key: found})
    if lacks:
        sentence, _, then = lacks.partition(". ")
        message = f"{sentence}: if this release fails, it could not be rolled back."
        yield Finding(CHECK, Grade.WARN, stable.key, message, f"{then}.")


def _needed(known: Known, image: Image | None) -> dict[str, str]:
    """Return the digests that are needed, with how people call them."""
    needed = {image.digest: f"{image.tag or short(image.digest)} itself"} if image else {}
    for _, stable in sorted(known.stables.items()):
        for reference in stable.part.images.values():
            digest = reference.partition("@")[2]
            if digest:
                needed.setdefault(digest, named(stable.release, stable.image_tag))
    return needed


def _leaving(digest: str, called: str, found: Taken) -> Finding:
    rule = f"Rule {found.rule} of the repository's lifecycle policy"
    advice = (
        f"Have rule {found.rule} spare it: raise its count, or keep such tags by an earlier rule."
    )
    image = f"the image of {called} ({short(digest)})"
    if not found.sure:
        message = f"{rule} may take {image} {found.when}, which is not looked into."
        return Finding(KEPT, Grade.UNKNOWN, called, message, advice)
    message = f"{rule} takes {image} {found.when}: it could not be started again after that."
    return Finding(KEPT, Grade.WARN, called, message, advice)
