"""Which verdict decided how it ended, and which tasks and words of ECS does it rest on?"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rehearsal.report import story
from rehearsal.report.reading import Entry, Life, Run
from rehearsal.report.scene import GOOD, Scene

BAD = ("Fail", "Error")
TROUBLE = re.compile(r"unable|unhealthy|fail|error|rolled back|timed out|circuit breaker", re.I)
NOTHING_HAPPENED = frozenset({"push", "start"})
"""Marks that only begin what the scenario is about."""
MOST_MESSAGES = 3
SUBJECT = re.compile(r"^\((?:deployment|service|taskSet)[^)]*\) (?:\(deployment [^)]*\) )?")


@dataclass(frozen=True, slots=True)
class Cause:
    """`code` and `message` say why. `lives` are the tasks of the new revision that failed."""

    at: float
    since: float
    code: str
    message: str
    subject: str
    """A service, a migration or an application."""
    run: Run
    revision: str = ""
    image: str = ""
    entry: Entry | None = None
    lives: tuple[Life, ...] = ()
    messages: tuple[str, ...] = ()
    """What ECS said about it, in its words."""


def cause(scene: Scene) -> Cause | None:
    """Return what decided the first deployment that did not end well."""
    judged = [
        each for each in judgements(scene) if not each[0].goes_back and _ended_badly(scene, each[0])
    ]
    if judged:
        return _of_verdict(scene, *judged[0])
    ended = [each for each in scene.runs if each.workflow == "deploy" and _ended_badly(scene, each)]
    failed = (each for each in ended if each.end is not None and each.status != "SUCCEEDED")
    return next((_of_end(scene, each) for each in failed), None)


def judgements(scene: Scene) -> list[tuple[Run, Entry]]:
    """Return the bad verdicts in the order of time, each with its execution."""
    found = [(run, each) for run in scene.runs for each in run.verdicts if each["verdict"] in BAD]
    return sorted(found, key=lambda judged: float(judged[1]["at"]))


def happened(scene: Scene, decided: Cause | None) -> Iterator[tuple[float, str]]:
    """Yield what went wrong as well, and did not decide: with its moment."""
    if decided is not None:
        for each in scene.timeline:
            if each["kind"] == "mark" and each["what"] not in NOTHING_HAPPENED:
                yield float(each["at"]), str(each["text"])
    known = {each.id for each in decided.lives} if decided else set()
    for lives in story.grouped(scene):
        left = [each for each in lives if each.id not in known]
        if left:
            yield left[0].left, story.briefly(left)


def _ended_badly(scene: Scene, run: Run) -> bool:
    """Say whether the deployment that a run is part of is known to have failed, or not over."""
    ending = scene.ending_of(run)
    return ending is None or ending.get("outcome") not in GOOD


def _of_verdict(scene: Scene, run: Run, entry: Entry) -> Cause:
    reason = entry.get("reason") or {}
    at, service = float(entry["at"]), str(run.about.get("service") or "")
    revision = _new_revision(scene, service, run)
    place = service or (
        f"{run.about.get('application')}/one-off" if run.workflow == "migrate" else ""
    )
    lives = tuple(_failed(scene, place, revision, run.start, at))
    return Cause(
        at,
        run.start,
        str(reason.get("code") or ""),
        str(entry.get("message") or reason.get("message") or ""),
        service or story.subject(run),
        run,
        revision,
        _image(scene, run, lives),
        entry,
        lives,
        tuple(_messages(scene, service, run.start, at)),
    )


def _of_end(scene: Scene, run: Run) -> Cause:
    """Return the cause where no verdict says it: the execution itself did not get further."""
    ending = scene.ending_of(run) or {}
    reason = ending.get("reason") or {}
    code = str(reason.get("code") or run.error or run.status)
    # What is said of one that is still open is what was planned.
    said = ending.get("message") if ending.get("outcome") else None
    word = run.status.lower().replace("_", " ")
    stop = f"Its execution was {word}" + (f": {run.cause}" if run.cause else ".")
    message = str(reason.get("message") or said or (run.cause if run.status == "FAILED" else stop))
    assert run.end is not None
    subject, image = story.subject(run), _image(scene, run, ())
    return Cause(run.end, run.start, code, message, subject, run, image=image)


def _image(scene: Scene, run: Run, lives: Iterable[Life]) -> str:
    ending = scene.ending_of(run) or {}
    known = ending.get("image_tag") or ending.get("image") or ending.get("asked")
    return next((each.image for each in lives), str(known or ""))


def _new_revision(scene: Scene, service: str, run: Run) -> str:
    """Return the revision that the run brought: of the first deployment that is new to ECS."""
    entries = scene.deployments_of(service)
    known = {each["id"] for each in entries if each["at"] < run.start}
    new = (each for each in entries if each["at"] >= run.start and each["id"] not in known)
    return next((str(each["revision"]) for each in new if each["status"] == "PRIMARY"), "")


def _failed(scene: Scene, service: str, revision: str, since: float, at: float) -> Iterator[Life]:
    """Yield the tasks that had failed when the verdict was given, the first first."""
    for life in sorted(scene.lives_of(service), key=lambda each: each.left):
        new = life.revision == revision if revision else life.start >= since
        if new and life.failed and life.stopped and life.left <= at:
            yield life


def _messages(scene: Scene, service: str, since: float, at: float) -> Iterator[str]:
    """Yield the last words of ECS about a service before the verdict, each once."""
    said = [
        str(each["text"])
        for each in scene.timeline
        if each["kind"] == "message" and each["service"] == service and since <= each["at"] <= at
    ]
    reasons = [
        str(each["reason"])
        for each in scene.deployments_of(service)
        if each.get("rollout") == "FAILED" and each.get("reason") and since <= each["at"] <= at
    ]
    troubles = [_shortened(each) for each in said if TROUBLE.search(each)]
    # A failed deployment is told in its message, too.
    yield from list(dict.fromkeys(troubles or reasons))[-MOST_MESSAGES:]


def _shortened(text: str) -> str:
    """Return a message without its subject, which is known."""
    return SUBJECT.sub("", text)
