"""Who acts for a deployment, and what is known of it from its first moment on?"""

from dataclasses import dataclass

from functions.domain.request import Request


@dataclass(frozen=True, slots=True)
class Claim:
    """The lease as a state machine holds it; `owner` is its execution ARN."""

    pk: str
    owner: str
    fence: int


@dataclass(frozen=True, slots=True)
class Opening:
    """What a record says from its first moment on."""

    application: str
    number: int
    request: Request
    owner: str
    opened_at: str
