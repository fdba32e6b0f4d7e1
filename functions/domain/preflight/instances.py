"""Is there room on the container instances for what a roll needs?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from functions.domain.catalogue import Application
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.fitting import EXTERNAL, Instance, Size, size
from functions.domain.preflight.needs import Need
from functions.domain.preflight.percentages import tasks
from functions.domain.preflight.sight import Unread, unknown

CHECK = "room on instances"


@dataclass(frozen=True, slots=True)
class Instances:
    """Those of the cluster; not `complete` where it has more than were read.

    `growing` says of each capacity provider whether it adds instances by itself; one of which that
    is not known is not in it.
    """

    found: tuple[Instance, ...]
    growing: Mapping[str, bool]
    complete: bool = True


def findings(
    application: Application, needs: Sequence[Need], instances: Instances | Unread
) -> Iterator[Finding]:
    for need in needs:
        if not need.on_instances or not need.moves.desired or need.moves.stuck:
            continue
        asked = size(need.definition, need.found.get("placementConstraints") or ())
        if isinstance(instances, Unread):
            yield unknown(CHECK, need.key, f"Whether there is room for {need.key}", instances)
        elif asked is None:
            message = (
                f"Whether there is room for {need.key} was not counted: its task definition or its "
                "placement constraints ask for more than CPU, memory, ports and simple attributes."
            )
            yield Finding(CHECK, Grade.UNKNOWN, need.key, message)
        else:
            yield _judged(application, need, asked, instances)


def _judged(application: Application, need: Need, asked: Size, instances: Instances) -> Finding:
    right = [each for each in instances.found if _is_meant(each, need) and asked.allows(each)]
    large = [each for each in right if asked.fits_empty(each)]
    free = _room(need, asked, right)
    if large and free >= need.least:
        return _enough(need, free)
    lacking = _lacking(need, asked, free) if large else _too_large(need, asked, right)
    if any(instances.growing.get(each) for each in need.providers):
        message = f"{lacking}: its capacity provider has to add instances first."
        advice = "Allow for the minutes that this takes, or declare headroom in the catalogue."
        return Finding(CHECK, Grade.WARN, need.key, message, advice)
    unsure = _unsure(need, right, instances)
    if unsure:
        message = f"Whether there is room for {need.key} is not known: {unsure}."
        return Finding(CHECK, Grade.UNKNOWN, need.key, message)
    if not instances.complete:
        message = f"{lacking}, on the {len(instances.found)} instances that were read of more."
        return Finding(CHECK, Grade.UNKNOWN, need.key, message)
    headroom = application.headroom
    if headroom is not None and large:
        gained = headroom.scale_out * max(asked.room(each.emptied(), need.most) for each in large)
        return _with_headroom(need, lacking, headroom.scale_out, enough=free + gained >= need.least)
    return Finding(CHECK, Grade.STOP, need.key, f"{lacking}.", _advice(need, right, large))


def _unsure(need: Need, right: Sequence[Instance], instances: Instances) -> str:
    """Return why instances that are full, or not there, say nothing; empty where they do."""
    if need.providers == ("EXTERNAL",):
        # They come and go with the network of their owner.
        known = bool(right) and all(each.usable for each in right)
        return "" if known else "not every external instance is there and connected"
    strange = {*need.providers} - instances.growing.keys() - {"EC2"}
    return f"what {', '.join(sorted(strange))} adds by itself is not told" if strange else ""


def _is_meant(instance: Instance, need: Need) -> bool:
    if need.providers == ("EXTERNAL",):
        return EXTERNAL in instance.attributes
    named = need.providers == ("EC2",) or instance.provider in need.providers
    return named and EXTERNAL not in instance.attributes


def _room(need: Need, asked: Size, right: Sequence[Instance]) -> int:
    """Return how many more tasks fit: never too few, so that nobody is stopped for nothing."""
    free = sum(asked.room(each, need.most) for each in right if each.usable)
    if asked.alone:
        # Which instances run one already is not asked; so many of them do.
        live = need.found.get("runningCount", 0) + need.found.get("pendingCount", 0)
        free = min(free, max(0, len(right) - live))
    return min(free, need.most)


def _enough(need: Need, free: int) -> Finding:
    if not need.most:
        message = f"{need.key} needs no room for more tasks: it stops old ones first."
    elif free >= need.most:
        message = (
            f"There is room for the {tasks(need.most, 'more')} that {need.key} needs at a time."
        )
    elif free:
        some = tasks(free, "more")
        message = (
            f"There is room for {some} of {need.key}, of {need.most} that could start at a time: "
            "it rolls more slowly."
        )
    elif need.beside:
        message = f"There is no room for {need.beside} of {need.key}, while all its tasks run."
        advice = "Add an instance, or declare headroom in the catalogue: it may fail otherwise."
        return Finding(CHECK, Grade.WARN, need.key, message, advice)
    else:
        message = f"There is no room for another task of {need.key}: it stops old tasks first."
    return Finding(CHECK, Grade.OK, need.key, message)


def _lacking(need: Need, asked: Size, free: int) -> str:
    takes = [f"{asked.cpu} CPU units", f"{asked.memory} MiB"]
    takes += [f"port {port} of an instance" for _, port in sorted(asked.ports)]
    takes += ["an instance of its own"] if asked.alone else []
    least = tasks(need.least, "more")
    return (
        f"{need.key} cannot roll without {least} at the same time (each takes {', '.join(takes)}), "
        f"and the instances have room for {free or 'none'}"
    )


def _too_large(need: Need, asked: Size, right: Sequence[Instance]) -> str:
    if not right:
        return (
            f"No instance of the cluster has the attributes, the capacity provider and the "
            f"architecture that tasks of {need.key} ask for"
        )
    cpu, memory = max(each.whole[0] for each in right), max(each.whole[1] for each in right)
    return (
        f"A task of {need.key} takes {asked.cpu} CPU units and {asked.memory} MiB, which no "
        f"instance has even when it is empty (at most {cpu} and {memory} MiB)"
    )


def _with_headroom(need: Need, lacking: str, number: int, *, enough: bool) -> Finding:
    added = "1 instance" if number == 1 else f"{number} instances"
    message = f"{lacking}: the headroom adds {added} before"
    if enough:
        return Finding(CHECK, Grade.OK, need.key, f"{message}.")
    advice = "Raise headroom.scale_out in the catalogue."
    return Finding(CHECK, Grade.WARN, need.key, f"{message}, which is not enough.", advice)


def _advice(need: Need, right: Sequence[Instance], large: Sequence[Instance]) -> str:
    if not right:
        return "Add such instances, or correct the task definition or the placement constraints."
    if not large:
        return "Ask for less in the task definition, or add larger instances."
    if need.moves.native:
        return "Add instances, or declare headroom in the catalogue."
    return (
        "Add an instance, declare headroom in the catalogue, or lower minimumHealthyPercent so "
        "that an old task may stop first."
    )
