"""What has a deployment left behind that nobody needs any more?

What is to be tidied stands in the ledger from the moment it may arise, so that nothing is lost with
whoever dies: `restore#web` is what a service is to be given back, `unused#000042` says that the
revisions of deployment #42 are to be deregistered once nothing needs them, and that a probe of its
release that still runs is nobody's.
"""

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from functions.domain.ending.end import Outcome
from functions.domain.known import Known
from functions.domain.migration.begin import starter
from functions.domain.migration.ran import PROBE
from functions.domain.plan import Do
from functions.domain.writes import Put, unused_key

OURS = (0, 100)
"""The minimum and maximum, in percent, of a service while it is recreated."""


class Act(StrEnum):
    STOP = "stop"
    RESTORE = "restore"
    DEREGISTER = "deregister"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class Leftover:
    """One thing to be done for the item of the ledger under `key`.

    STOP ends `task` (ARN), RESTORE gives `service` its `configuration` back, DEREGISTER takes
    `revision` (ARN) away, FORGET deletes the item: once all else was done for it. `said` is why,
    for whoever reads the execution.
    """

    do: Act
    said: str
    key: Mapping[str, str]
    cluster: str | None = None
    task: str | None = None
    service: str | None = None
    configuration: Mapping[str, Any] | None = None
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """What the parameter `name` is to say."""

    name: str
    image: str


def unused(record: Mapping[str, Any]) -> tuple[Put, ...]:
    """Return the write that has the revisions of a deployment looked at, given its last record.

    It says which deployment, not which revisions: of one that was killed nobody knows them, and
    their tags tell.
    """
    if record["outcome"] == Outcome.PROMOTED or Do.PIN.value not in record.get("steps", ()):
        return ()
    key = unused_key(str(record["application"]), int(record["number"]))
    item = {**key, "deployment": record["number"], "release": record.get("release")}
    return (Put(item),)


def prober(application: str, item: Mapping[str, Any]) -> str | None:
    """Return the `startedBy` of the probe that the deployment may have made which `item` names."""
    release = item.get("release")
    return None if release is None else starter(application, release, PROBE, item["deployment"])


def probes(item: Mapping[str, Any], cluster: str, tasks: Sequence[str]) -> list[Leftover]:
    """Return what ends the probes (ARNs) of a deployment that has ended itself.

    A migration is left alone: it goes on, and the next deployment takes it over.
    """
    said = f"Deployment #{item['deployment']} has ended, and its probe still runs."
    return [Leftover(Act.STOP, said, _key(item), cluster=cluster, task=each) for each in tasks]


def restorations(
    items: Sequence[Mapping[str, Any]], now: Mapping[str, Mapping[str, Any]]
) -> list[Leftover]:
    """Return what gives services their configuration back; `now` is what they have, by name.

    Both are spelled as a state takes them; an item has it as JSON. Who has changed it to something
    that is neither ours nor what it was knows better: it stays.
    """
    return [each for item in items for each in _restored(item, now.get(str(item["service"])))]


def _restored(item: Mapping[str, Any], now: Mapping[str, Any] | None) -> list[Leftover]:
    service, wanted = str(item["service"]), json.loads(item["configuration"])
    if now is None:
        return [_forget(item, f"{service} does not exist any more.")]
    if now == wanted:
        return [_forget(item, f"{service} has its deployment configuration already.")]
    if (now.get("MinimumHealthyPercent"), now.get("MaximumPercent")) != OURS:
        said = f"Somebody has changed the deployment configuration of {service} since: it stays."
        return [_forget(item, said)]
    said = f"{service} was recreated: it gets back the deployment configuration it had."
    cluster = str(item["cluster"])
    restore = Leftover(
        Act.RESTORE, said, _key(item), cluster=cluster, service=service, configuration=wanted
    )
    return [restore, _forget(item, said)]


def deregistrations(
    item: Mapping[str, Any], revisions: Sequence[str], kept: Set[str], used: Set[str]
) -> list[Leftover]:
    """Return what becomes of the active `revisions` (ARNs) of the deployment that `item` names.

    What is `kept` stays for good: a service may go back to it. What is `used` is looked at again
    when the next deployment ends, and so the item stays, too.
    """
    number, free = item["deployment"], [each for each in revisions if each not in kept | used]
    gone = [
        Leftover(
            Act.DEREGISTER,
            f"{each.rpartition('/')[2]} of deployment #{number} is unused: it was not promoted.",
            _key(item),
            revision=each,
        )
        for each in free
    ]
    if any(each in used and each not in kept for each in revisions):
        return gone
    return [*gone, _forget(item, f"Deployment #{number} has left no revision that is unused.")]


def _forget(item: Mapping[str, Any], said: str) -> Leftover:
    return Leftover(Act.FORGET, said, _key(item))


def _key(item: Mapping[str, Any]) -> dict[str, str]:
    return {"pk": str(item["pk"]), "sk": str(item["sk"])}


def kept(known: Known) -> frozenset[str]:
    """Return the revisions that a service may go back to, now or by hand."""
    parts = [stable.part for stable in known.stables.values()]
    verified = (each for each in known.releases if each.verified_at or each.number == 0)
    parts += [part for release in verified for part in release.parts.values()]
    return frozenset(part.revision for part in parts if part.revision is not None)


def running_image(known: Known) -> str | None:
    """Return the image of the stable release as a task definition names it, by its digest.

    None where nothing is stable, or only what ran before the first release.
    """
    release = known.current
    if release is None or release.digest is None:
        return None
    images = (each for part in release.parts.values() for each in part.images.values())
    return next((each for each in images if each.endswith(f"@{release.digest}")), None)
