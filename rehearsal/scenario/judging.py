"""Did a scenario end as it was expected to? Every failure is one sentence."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rehearsal.faults import Strike
from rehearsal.invariants import Broken
from rehearsal.scenario.format.expectations import (
    Breach,
    Deployment,
    Deployments,
    Expect,
    ServiceAfter,
)
from rehearsal.scenario.format.groups import GroupAfter
from rehearsal.scenario.format.schedules import ScheduleAfter
from rehearsal.scenario.outcome import Outcome
from rehearsal.scenario.times import clock_time


def failures(expect: Expect, found: Outcome) -> Iterator[str]:
    """Yield what is not as the scenario expects it."""
    if expect.deployments is not None:
        yield from _deployments(expect.deployments, found.deployments)
    for name, after in expect.services.items():
        yield from _service(name, after, found.services[name])
    for name, scheduled in expect.schedules.items():
        yield from _schedule(name, scheduled, found.schedules.get(name, {}))
    for name, group in expect.groups.items():
        yield from _group(name, group, found.groups.get(name, {}))
    yield from _heard(expect, found)
    for phase, count in expect.migrations.items():
        if found.migrations[phase] != count:
            ran = found.migrations[phase]
            yield f"Expected {count} tasks of the {phase} migration, {ran} were run."


def _heard(expect: Expect, found: Outcome) -> Iterator[str]:
    if expect.announcements is not None:
        yield from _announcements(expect, found)
    for mail in expect.mail:
        times = sum(mail.contains in each for each in found.mail)
        if times != mail.times if mail.times is not None else times == 0:
            wanted = "at least one mail" if mail.times is None else f"{mail.times} mails"
            yield f'Expected {wanted} with "{mail.contains}", {times} of {len(found.mail)} had it.'


def late(expect: Expect, over_at: float) -> Iterator[str]:
    if expect.within is not None and over_at > expect.within:
        limit = clock_time(expect.within)
        yield f"Expected everything to be over within {limit}, it took {clock_time(over_at)}."


def missed(strikes: Sequence[Strike]) -> Iterator[str]:
    """Yield the faults that never had a chance to strike: what they are there for was not seen.

    One that had chances and was not drawn strikes under another seed.
    """
    for place, each in enumerate(strikes):
        if each.chances == 0 and not each.fault.may_miss:
            yield (
                f"faults[{place}], {each.kind}, never struck: nothing it concerns happened. Change "
                "the fault, or say may_miss: true."
            )


def breaches(expected: Sequence[Breach], broken: Sequence[Broken]) -> Iterator[str]:
    """Yield the invariants that broke and were not to, and those that were to and did not."""
    excused = {each.invariant for each in expected}
    for each in broken:
        if each.number not in excused:
            yield f"Invariant {each.number} was broken: {each.sentence}"
    for breach in expected:
        if all(each.number != breach.invariant for each in broken):
            yield (
                f"Expected invariant {breach.invariant} to be broken because {breach.because}, it "
                "held: take this out of breaks."
            )


def _deployments(expected: Deployments, found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if expected.exactly is not None:
        if len(expected.exactly) != len(found):
            had = "; ".join(map(_told, found)) or "none"
            yield f"Expected {len(expected.exactly)} deployments, there were {len(found)}: {had}."
        for place, (wanted, each) in enumerate(zip(expected.exactly, found, strict=False)):
            for name, (want, got) in _differences(wanted, each).items():
                yield (
                    f"Deployment {place + 1} ({_told(each)}): expected {name} {want}, found {got}."
                )
    rest = iter(found)
    for wanted in expected.at_least or ():
        if not any(not _differences(wanted, each) for each in rest):
            had = "; ".join(map(_told, found)) or "none"
            yield f"Expected a deployment with {_wanted(wanted)} in this order, there were: {had}."


def _differences(wanted: Deployment, found: Mapping[str, Any]) -> dict[str, tuple[object, object]]:
    """Return what is otherwise than wanted, by field: wanted and found."""
    reason = (found["reason"] or {}).get("code")
    pairs = {
        "application": (wanted.application, found["application"]),
        "image": (wanted.image, found["image_tag"]),
        "outcome": (wanted.outcome, found["outcome"]),
        "reason": (wanted.reason, reason),
        "phase": (wanted.phase, found["phase"]),
    }
    different: dict[str, tuple[object, object]] = {
        name: (want, had or "none")
        for name, (want, had) in pairs.items()
        if want is not None and want != had
    }
    if wanted.message is not None and wanted.message not in (found["message"] or ""):
        different["a message with"] = (f'"{wanted.message}"', f'"{found["message"]}"')
    return different


def _wanted(wanted: Deployment) -> str:
    names = ("application", "image", "outcome", "reason", "phase", "message")
    given = ((name, getattr(wanted, name)) for name in names)
    return ", ".join(f"{name} {value}" for name, value in given if value is not None) or "anything"


def _told(found: Mapping[str, Any]) -> str:
    code = (found["reason"] or {}).get("code")
    image = found["image_tag"] or found.get("asked") or "no image"
    outcome = f"{found['outcome'] or 'still open'}{f', {code}' if code else ''}"
    at = found["closed_at"]
    when = f" at {clock_time(at)}" if at is not None else ""
    return f"{found['application'] or 'no application'} {image}: {outcome}{when}"


def _service(name: str, wanted: ServiceAfter, found: Mapping[str, Any]) -> Iterator[str]:
    runs = sorted(wanted.runs) if wanted.runs is not None else None
    if runs is not None and runs != found["runs"]:
        had = " and ".join(found["runs"]) or "nothing"
        yield f"{name}: expected it to run {' and '.join(runs)}, it runs {had}."
    for field in ("desired", "running", "healthy"):
        want, had = getattr(wanted, field), found[field]
        if want is not None and want != had:
            yield f"{name}: expected {want} {field}, found {had}."


def _schedule(name: str, wanted: ScheduleAfter, found: Mapping[str, Any]) -> Iterator[str]:
    for said, want, had in (
        ("would run", wanted.runs, found.get("runs", [])),
        ("has run", wanted.ran, found.get("ran", [])),
    ):
        if want is not None and want != had:
            tags = ", ".join(had) or "nothing"
            yield f"{name}: expected that it {said} {', '.join(want) or 'nothing'}, not {tags}."


def _group(name: str, wanted: GroupAfter, found: Mapping[str, int]) -> Iterator[str]:
    for field in ("desired", "min", "instances"):
        want, had = getattr(wanted, field), found.get(field)
        if want is not None and want != had:
            yield f"{name}: expected {field} {want}, found {had}."


def _announcements(expect: Expect, found: Outcome) -> Iterator[str]:
    for wanted in expect.announcements or ():
        mine = [
            each
            for each in found.announcements
            if each["outcome"] == wanted.outcome
            and wanted.application in (None, each["application"])
        ]
        if len(mine) != wanted.times:
            yield (
                f"Expected {wanted.outcome} to be announced {wanted.times} times, "
                f"it was {len(mine)} times."
            )
