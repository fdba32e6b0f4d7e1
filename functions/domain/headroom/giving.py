"""How is headroom given back, without taking a task away that its service needs?"""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from functions.domain import moment
from functions.domain.headroom.group import Group, Host
from functions.domain.headroom.move import (
    AFTER_TROUBLE_SECONDS,
    WHILE_DRAINING_SECONDS,
    Do,
    Look,
    Move,
    wait,
)
from functions.domain.headroom.raised import Raised, taken

DRAIN_SECONDS = 1_800
"""So long an instance may take to be empty; then it is left in use."""
TROUBLE_SECONDS = 3_600
"""So long it is tried to give back against an AWS that refuses it; then a person is told."""


def giving(look: Look, raised: Raised, due: datetime) -> Move:
    """Return the next move once a deployment is over; `due` is when its headroom is given back.

    What somebody else changed meanwhile stays: only what was added is taken back, and of the
    minimum only what is still as it was set. A group that ECS scales is no exception: with the
    minimum it may scale in by itself, but it waits for an instance to be empty, which tasks that
    are spread over all of them never let one be.
    """
    if look.now < due:
        seconds = max(1, round((due - look.now).total_seconds()))
        return wait(seconds, f"{raised.group} is given back at {moment.text(due)}.")
    group = look.group
    if group is None or group.name != raised.group:
        return Move(Do.FORGET, f"There is no group {raised.group} any more to give back to.")
    if look.trouble:
        return _troubled(look, raised, due)
    if raised.stuck:
        return _stuck(group, raised)
    if group.least == raised.min_set:
        said = f"The minimum of {group.name} is {raised.min_before} again."
        return Move(Do.LOWER, said, note=replace(raised, version=raised.version + 1))
    return _emptied(look, group, raised)


def _emptied(look: Look, group: Group, raised: Raised) -> Move:
    """Give back one instance after the other: drained, then terminated."""
    was_taken = taken(raised, group, look.terminated)
    left = raised.added - was_taken
    spare = min(left, group.desired - raised.desired_before, group.desired - group.least)
    victim = None if was_taken else group.host(raised.victim)
    if spare <= 0:
        return _kept(raised, group, victim)
    host = victim or _chosen(group, raised.victim if was_taken else "")
    if host is None:
        return wait(WHILE_DRAINING_SECONDS, f"{group.name} has no instance in service yet.")
    since = raised.victim_at if host == victim else ""
    note = replace(
        raised,
        added=left,
        victim=host.id,
        victim_at=since or moment.text(look.now),
        desired_seen=group.desired,
        version=raised.version + 1,
    )
    return _given(look, host, note)


def _given(look: Look, host: Host, note: Raised) -> Move:
    if host.arn and not host.draining:
        # Also an empty one: a task could be placed on it in the moment before it is terminated.
        return _of(Do.DRAIN, host, note, f"{host.id} is emptied: it is not needed any more.")
    if not host.tasks:
        return _of(Do.TERMINATE, host, note, f"{host.id} is empty and not needed any more.")
    if look.now < datetime.fromisoformat(note.victim_at) + timedelta(seconds=DRAIN_SECONDS):
        return wait(WHILE_DRAINING_SECONDS, f"{host.id} still has {host.tasks} tasks.")
    said = f"{host.id} still has {host.tasks} tasks after {moment.span(DRAIN_SECONDS)}"
    return _of(Do.ACTIVATE, host, replace(note, stuck=said), f"{said}.")


def _stuck(group: Group, raised: Raised) -> Move:
    victim = group.host(raised.victim)
    if victim is not None and victim.draining:
        note = replace(raised, version=raised.version + 1)
        return _of(Do.ACTIVATE, victim, note, f"{raised.stuck}.")
    return _told(raised, raised.stuck)


def _chosen(group: Group, gone: str) -> Host | None:
    """Return the instance that is given back: one that never joined, else of the fullest zone.

    A group that is out of balance over its zones terminates instances to balance itself, whatever
    runs on them: https://docs.aws.amazon.com/autoscaling/ec2/APIReference/
    API_TerminateInstanceInAutoScalingGroup.html
    """
    hosts = [host for host in group.hosts if host.id != gone]
    zones = Counter(host.zone for host in hosts)
    return min(
        hosts,
        key=lambda host: (bool(host.arn), -zones[host.zone], host.tasks, host.id),
        default=None,
    )


def _kept(raised: Raised, group: Group, victim: Host | None) -> Move:
    """End it: everything is given back, or others have taken it into their own numbers."""
    if victim is not None and victim.draining:
        note = replace(raised, version=raised.version + 1)
        said = f"{victim.id} stays: somebody else has changed {group.name} meanwhile."
        return _of(Do.ACTIVATE, victim, note, said)
    return Move(Do.FORGET, f"{group.name} has what it is to have: {group.desired} instances.")


def _troubled(look: Look, raised: Raised, due: datetime) -> Move:
    said = f"AWS refuses it: {look.trouble.rstrip('.')}"
    if look.now < due + timedelta(seconds=TROUBLE_SECONDS):
        return wait(AFTER_TROUBLE_SECONDS, f"{raised.group} could not be given back: {said}.")
    return _told(raised, said)


def _told(raised: Raised, why: str) -> Move:
    return Move(
        Do.TELL,
        f"The headroom of deployment #{raised.deployment} in {raised.group} could not be given "
        f"back: {why}. The group still has {raised.added} instances more than before, and a "
        f"minimum that may be raised. Set its desired capacity to {raised.desired_before} and its "
        f"minimum to {raised.min_before} by hand once its tasks have room, or leave it to the next "
        "release, which takes it over.",
    )


def _of(do: Do, host: Host, note: Raised, message: str) -> Move:
    return Move(do, message, note=note, host=host.id, arn=host.arn)
