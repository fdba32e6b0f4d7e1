"""May this request become a deployment at all?"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from functions.domain.catalogue import Application
from functions.domain.image import Images
from functions.domain.recovery.hold import Hold, held, when_pushed
from functions.domain.release import Image, short
from functions.domain.request import By, Request


class Decision(StrEnum):
    """What becomes of a request; recorded for every push."""

    DEPLOY = "Deploy"
    NO_OP = "NoOp"
    OLDER = "Older"
    FILTERED = "Filtered"
    BAD = "Bad"
    HELD = "Held"
    REFUSED = "Refused"
    STOPPED = "Stopped"


@dataclass(frozen=True, slots=True)
class Admission:
    decision: Decision
    message: str
    image: Image | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What the registry and the ledger know of the image asked for.

    `bad` is the sentence that says why the digest is bad, if it is; `hold` is the one in force.
    """

    image: Image | None = None
    problem: str | None = None
    bad: str | None = None
    hold: Hold | None = None


Accepts = Callable[[Images, str], str | None]


def admit(request: Request, application: Application, found: Found, accepts: Accepts) -> Admission:
    """Return whether the request goes on, and the sentence that says why not.

    `accepts` returns the sentence for a tag that the application's filter leaves out.
    A person's request passes the filter: the filter says what deploys by itself.
    """
    if request.rollback is not None:
        return Admission(Decision.DEPLOY, f"Roll back {application.application}.")
    if request.push is not None:
        filtered = accepts(application.images, request.push.tag)
        if filtered:
            return Admission(Decision.FILTERED, filtered)
    if found.image is None:
        return Admission(Decision.REFUSED, found.problem or "The image is not in ECR.")
    if request.push is not None and request.push.digest != found.image.digest:
        return Admission(Decision.OLDER, _moved(request.push.tag, found.image), found.image)
    if found.bad and not request.force:
        return Admission(*turned_back(request, found.bad), found.image)
    why = held(found.hold, request.by, when_pushed(request, found.image))
    if why:
        return Admission(Decision.HELD, why, found.image)
    return Admission(Decision.DEPLOY, f"Deploy {_called(found.image)}.", found.image)


def _called(image: Image) -> str:
    return f"{image.tag} ({short(image.digest)})" if image.tag else short(image.digest)


def _moved(tag: str, image: Image) -> str:
    return f"The tag {tag} has moved on to {short(image.digest)}: the newer push decides."


def turned_back(request: Request, why: str) -> tuple[Decision, str]:
    """Return what becomes of a request for a digest that is bad, and the sentence."""
    if request.by is By.PUSH:
        return Decision.BAD, f"{why} Push a new build."
    return Decision.REFUSED, f'{why} Push a new build, or add "force": true to deploy it anyway.'


def turned_back_on(request: Request, why: str) -> tuple[Decision, str]:
    """Return the same for one that is bad on the task definitions that are the newest now."""
    decision = Decision.BAD if request.by is By.PUSH else Decision.REFUSED
    return decision, (
        f"{why} The image alone is not to blame: register a task definition that mends it, "
        'or deploy it by hand with "force": true.'
    )
