"""What does a person or a push ask of us?"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from functions.domain.given import shown, unknown_application
from functions.domain.token import asked_by

EXAMPLE = '{"application": "orders", "image": "v42"}'
PLAN = 'plan first with {"application": "orders", "image": "v42", "plan": true}'
KEYS = ("application", "image", "rollback", "force", "plan", "push")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
RELEASE = re.compile(r"#\d{1,9}")
PREVIOUS = "previous"


class By(StrEnum):
    PUSH = "push"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Push:
    """An image push as EventBridge told it; `event` tells a duplicate from a second push."""

    event: str
    time: str
    repository: str
    digest: str
    tag: str


@dataclass(frozen=True, slots=True)
class Request:
    """Deploy `image` (a tag or a digest), or go back to `rollback`; exactly one of them is set.

    `rollback` is a tag, `#12` for release 12, or `previous`. `plan` asks for the plan only;
    `token` is that of a plan, which is deployed as it was or not at all.
    """

    application: str
    by: By
    image: str | None = None
    rollback: str | None = None
    force: bool = False
    push: Push | None = None
    plan: bool = False
    token: str | None = None


def read(raw: object, known: Sequence[str]) -> Request | str:
    """Return the request, or one sentence: the field, what was given, what would be right."""
    if not isinstance(raw, Mapping):
        return f"The input is no JSON object: write for example {EXAMPLE}."
    if isinstance(raw.get("plan"), str) and not raw.keys() & {"image", "rollback", "push"}:
        return _planned(raw, known)
    problem = _unknown_keys(raw) or _application(raw.get("application"), known)
    if problem:
        return problem
    if "push" in raw:
        return _push(raw)
    return _by_hand(raw)


def _planned(raw: Mapping[str, Any], known: Sequence[str]) -> Request | str:
    """Return what was planned: the token of a plan says it all."""
    token = raw["plan"]
    asked = asked_by(token)
    others = sorted(raw.keys() - {"plan"})
    if others:
        return f'"plan" is a token and says it all: leave out {", ".join(others)}.'
    if asked is None:
        return (
            f'"plan" is {shown(token)}, which is no token of a plan: copy it from one, or {PLAN}.'
        )
    problem = _application(asked["application"], known)
    read_ = problem or _by_hand(asked)
    return read_ if isinstance(read_, str) else replace(read_, token=token)


def in_short(request: Request) -> dict[str, Any]:
    """Return what a person would write to ask for it."""
    if request.image is not None:
        asked: dict[str, Any] = {"image": request.image}
    else:
        asked = {"rollback": True if request.rollback == PREVIOUS else request.rollback}
    force = {"force": True} if request.force else {}
    return {"application": request.application, **asked, **force}


def _unknown_keys(raw: Mapping[str, Any]) -> str | None:
    unknown = next((key for key in raw if key not in KEYS), None)
    if unknown is None:
        return None
    near = difflib.get_close_matches(unknown, KEYS[:-1], n=1)
    hint = (
        f'did you mean "{near[0]}"?'
        if near
        else "known are application, image, rollback, force, plan."
    )
    return f"Unknown field {shown(unknown)}: {hint} Write for example {EXAMPLE}."


def _application(name: object, known: Sequence[str]) -> str | None:
    if name is None:
        return f'The field "application" is missing: write for example {EXAMPLE}.'
    if name in known:
        return None
    return unknown_application(name, known)


def _push(raw: Mapping[str, Any]) -> Request | str:
    push = raw["push"]
    fields = tuple(Push.__dataclass_fields__)
    if not isinstance(push, Mapping) or sorted(push) != sorted(fields):
        return f"The push event is malformed: it must have exactly {', '.join(fields)}."
    for field in fields:
        if not isinstance(push[field], str) or not push[field]:
            return f'The push event is malformed: "{field}" is {shown(push[field])}, not a text.'
    if set(raw) != {"application", "push"}:
        return 'A push event carries "application" and "push", nothing else.'
    if not DIGEST.fullmatch(push["digest"]):
        return f'The push event is malformed: "digest" is {shown(push["digest"])}, not a digest.'
    return Request(raw["application"], By.PUSH, image=push["tag"], push=Push(**push))


def _by_hand(raw: Mapping[str, Any]) -> Request | str:
    if ("image" in raw) == ("rollback" in raw):
        return (
            'Say either "image" or "rollback": write for example '
            f'{EXAMPLE} or {{"application": "orders", "rollback": true}}.'
        )
    for switch in ("force", "plan"):
        if not isinstance(raw.get(switch, False), bool):
            return f'"{switch}" is {shown(raw[switch])}: write true, or leave it out.'
    force = raw.get("force", False)
    if "image" in raw:
        made = _image(raw["application"], raw["image"], force)
    else:
        made = _rollback(raw["application"], raw["rollback"], force)
    return made if isinstance(made, str) else replace(made, plan=raw.get("plan", False))


def _image(application: str, image: object, force: bool) -> Request | str:
    if isinstance(image, str) and (TAG.fullmatch(image) or DIGEST.fullmatch(image)):
        return Request(application, By.PERSON, image=image, force=force)
    return (
        f'"image" is {shown(image)}: write a tag such as "v42", '
        'or a digest, "sha256:" and 64 hexadecimal digits.'
    )


def _rollback(application: str, to: object, force: bool) -> Request | str:
    if to is True:
        return Request(application, By.PERSON, rollback=PREVIOUS, force=force)
    if isinstance(to, str) and (TAG.fullmatch(to) or RELEASE.fullmatch(to)):
        return Request(application, By.PERSON, rollback=to, force=force)
    return (
        f'"rollback" is {shown(to)}: write true for the release before this one, '
        'an image tag such as "v41", or "#12" for release 12.'
    )
