"""What is remembered of headroom that is raised, so that exactly that is given back?"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from functions.domain.headroom.group import Group
from functions.domain.writes import Condition, Put, headroom_key


@dataclass(frozen=True, slots=True)
class Raised:
    """What a deployment has added to a group, written before it is added.

    The group had `desired_before` and `min_before` without it; `min_set` keeps what was added
    from being scaled in. So many as `missing` were not usable already then. `victim` is the
    instance that is being given back, since `victim_at`, when the group wanted `desired_seen`;
    `stuck` says why one could not be. `version` grows with each write.
    """

    group: str
    deployment: int
    added: int
    desired_before: int
    min_before: int
    min_set: int
    missing: int
    at: str
    version: int = 1
    victim: str = ""
    victim_at: str = ""
    desired_seen: int = 0
    stuck: str = ""

    @property
    def desired(self) -> int:
        """So many instances the group has while the headroom is raised."""
        return self.desired_before + self.added


def raised(group: Group, wanted: int, before: Raised | None, deployment: int, at: str) -> Raised:
    """Return what is raised for a deployment: as much as the group may grow, which may be nothing.

    What an earlier deployment has raised and not given back counts, so that nothing is added twice.
    """
    kept = _kept(group, before)
    desired_before = group.desired - kept
    added = max(kept, min(wanted, group.most - desired_before))
    ours = before is not None and group.least == before.min_set
    min_before = before.min_before if before is not None and ours else group.least
    missing = before.missing if before is not None else max(0, group.desired - group.usable)
    return Raised(
        group=group.name,
        deployment=deployment,
        added=added,
        desired_before=desired_before,
        min_before=min_before,
        min_set=desired_before + added,
        missing=missing,
        at=at,
        version=before.version + 1 if before is not None else 1,
        victim=before.victim if before is not None else "",
    )


def taken(raised: Raised, group: Group, terminated: str) -> bool:
    """Say whether the last victim has left, and its place with it.

    `terminated` is the instance of which EC2 Auto Scaling has accepted it just now. Where the
    answer was lost, the desired capacity tells: it is lowered with the termination.
    """
    if not raised.victim:
        return False
    gone = group.host(raised.victim) is None and group.desired < raised.desired_seen
    return raised.victim == terminated or gone


def noted(application: str, raised: Raised) -> Put:
    """Return the write that remembers it, refused where somebody wrote since it was read."""
    item = {**headroom_key(application), **asdict(raised)}
    if raised.version == 1:
        return Put(item, Condition("attribute_not_exists(#pk)"))
    return Put(item, Condition("#version = :version", {"version": raised.version - 1}))


def read(item: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of `Raised` out of an item of the ledger."""
    return {name: each for name, each in item.items() if name not in ("pk", "sk")}


def _kept(group: Group, before: Raised | None) -> int:
    """Return how many instances that were raised earlier are still there."""
    if before is None:
        return 0
    return max(0, min(before.added, group.desired - before.desired_before))
