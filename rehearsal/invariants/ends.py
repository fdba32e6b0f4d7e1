"""Is what a deployment says at its end so at this moment? (invariants 2 and 3)"""

from collections.abc import Iterator, Mapping
from typing import Any

from functions.domain.scheduled import family, reference
from rehearsal.invariants.calls import Item
from rehearsal.invariants.story import Story

ENDS = {"Promoted": 2, "RolledBack": 3}
"""The outcomes that say what runs, each with the number of its invariant."""


def end_is_true(story: Story, end: Item) -> Iterator[str]:
    services, right = dict(story.services(end["application"])), _right(story, end)
    yield from _schedules(story, end, right)
    for key, part in right.items():
        # What was never pinned, and was never left, is known by its base.
        revision = (part["revision"] or part["base"]).rpartition("/")[2]
        digests = {digest for each in part["digests"].values() for digest in each}
        service = services.get(key)
        if service is None:
            # Taken out of the catalogue, or deleted, meanwhile.
            continue
        runs = story.runs(service)
        wanted = {revision} if service.desired else set()
        if {name for name, _ in runs} != wanted or not {seen for _, seen in runs} <= digests:
            yield f"{end['sk']} is {end['outcome']}, but {key} runs {sorted(runs)}, not {revision}"


def _schedules(story: Story, end: Item, right: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield the listed schedules that would run another revision of a service than it runs."""
    application = story.world.applications[end["application"]]
    wanted = {
        each.family: (right[each.key]["revision"] or right[each.key]["base"]).rpartition("/")[2]
        for each in application.services
        if each.key in right
    }
    for name in application.schedules:
        for _, target in story.world.schedules.targets(name):
            named = reference(target)
            revision = wanted.get(family(named)) if named is not None else None
            if named is not None and revision not in (None, named.rpartition("/")[2]):
                yield f"{end['sk']} is {end['outcome']}, but {name} runs {named}, not {revision}"


def _right(story: Story, end: Item) -> Mapping[str, Mapping[str, Any]]:
    """Return what each service has to run, by its key."""
    if end["outcome"] == "Promoted":
        release = story.item(end["pk"], f"release#{int(end['release']):06d}") or {}
        # Where all its services are at zero nobody has seen it: nothing of it is claimed.
        return dict(release["parts"]) if release.get("verified_at") else {}
    stables = {key: story.item(end["pk"], f"stable#{key}") or {} for key in end["services"]}
    return {key: each["part"] for key, each in stables.items()}
