"""Is there the headroom that a release asks for, and what is to be done for it?"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from functions.domain import moment
from functions.domain.headroom.group import Group
from functions.domain.headroom.move import WHILE_JOINING_SECONDS, Do, Look, Move, wait
from functions.domain.headroom.raised import Raised, raised
from functions.domain.reason import Blame, Code, Reason
from functions.domain.verdict import Verdict, Word, failed

JOIN_SECONDS = 600
"""So long after it was asked for, headroom is waited for."""


def raising(look: Look) -> Move:
    """Return the next move until the deployment has its answer.

    A release that was to have headroom and gets none is stopped before anything is touched: it
    would wait for room in the middle. With less than it asked for it goes on, and says so. Until
    the answer is given, a group that somebody else lowers is raised again.
    """
    mine = look.raised is not None and look.raised.deployment == look.deployment
    if look.trouble:
        return _failed(look, f"AWS refuses it: {look.trouble.rstrip('.')}", Blame.PLATFORM)
    if look.group is None:
        return _failed(look, "there is none of this name", Blame.CONFIGURATION)
    if look.raised is not None and look.raised.group != look.group.name:
        return _occupied(look, look.raised)
    if look.raised is not None and mine:
        return _joining(look, look.group, look.raised)
    return _begun(look, look.group)


def _begun(look: Look, group: Group) -> Move:
    problem = next(_problems(group), None)
    if problem is not None:
        return _failed(look, problem, Blame.CONFIGURATION)
    at = moment.text(look.now)
    note = raised(group, look.headroom.scale_out, look.raised, look.deployment, at)
    if note.added <= 0:
        said = f"its maximum is {group.most}, and it has {group.desired} instances already"
        return _failed(look, said, Blame.CAPACITY)
    return _raise(note)


def _problems(group: Group) -> Iterator[str]:
    """Yield why nothing can be raised in the group, whatever its numbers are."""
    if group.weighted:
        yield "its instances have weights, so its numbers are no numbers of instances"
    if not group.launches:
        yield "its process Launch is suspended"
    if group.hosts and not any(host.arn for host in group.hosts):
        yield "none of its instances is in the cluster"


def _joining(look: Look, group: Group, note: Raised) -> Move:
    left = group.host(note.victim)
    if left is not None and left.draining:
        note = replace(note, version=note.version + 1)
        said = f"{left.id} was being given back, and is needed again."
        return Move(Do.ACTIVATE, said, note=note, host=left.id, arn=left.arn)
    if group.desired < note.desired or group.least < note.min_set:
        return _raise(replace(note, version=note.version + 1))
    wanted = note.desired - note.missing
    if group.usable >= wanted:
        return _passed(look, group, note)
    said = f"{group.usable} of {wanted} instances of {group.name} are in the cluster"
    if look.now >= look.began_at + timedelta(seconds=JOIN_SECONDS):
        return _failed(look, f"{said} after {moment.span(JOIN_SECONDS)}", Blame.CAPACITY)
    return wait(WHILE_JOINING_SECONDS, f"{said}.")


def _occupied(look: Look, note: Raised) -> Move:
    """Wait for headroom in another group to be given back: only one is kept at a time."""
    said = f"that of deployment #{note.deployment} in {note.group} is not given back yet"
    if look.now >= look.began_at + timedelta(seconds=JOIN_SECONDS):
        return _failed(look, said, Blame.CAPACITY)
    return wait(WHILE_JOINING_SECONDS, f"The headroom waits: {said}.")


def _raise(note: Raised) -> Move:
    said = f"{note.group} gets {note.desired} instances instead of {note.desired_before}."
    return Move(Do.RAISE, said, note=note)


def _passed(look: Look, group: Group, note: Raised) -> Move:
    message = f"{group.name} has {note.added} more instances for the roll."
    if note.added < look.headroom.scale_out:
        message = (
            f"{group.name} has {note.added} more instances for the roll instead of "
            f"{look.headroom.scale_out}, since its maximum is {group.most}."
        )
    return Move(Do.ANSWER, message, verdict=Verdict(Word.PASS, message))


def _failed(look: Look, why: str, blame: Blame) -> Move:
    message = f"There is no headroom in {look.name}: {why}. No service was touched."
    reason = Reason(Code.PREFLIGHT_STOPPED, blame, message, (why,))
    return Move(Do.ANSWER, message, verdict=failed(reason))
