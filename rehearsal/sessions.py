"""Through which boto3 session does a rehearsal see every call?

Making its clients takes longer than most rehearsals, so a session goes on to the next one.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import boto3.session
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config

from rehearsal.names import MODELS

Hooks = Mapping[str, Callable[..., object]]
"""By the names of botocore's events."""

EVENTS = ("before-parameter-build", "before-call", "after-call")

SHORT = Config(signature_version=UNSIGNED, user_agent="rehearsal")
"""Nobody looks at the signature of a call; making it takes longer than many an answer."""

SIGNED = Config(user_agent="rehearsal")
"""Of S3 alone: moto takes who does not sign for a stranger, who may read no object."""

_IDLE: dict[str, list["Session"]] = {}
"""Those that nobody uses, by region."""


class Session(boto3.session.Session):
    """A session that makes each client once, and asks the hooks of whoever uses it now."""

    def __init__(self, region: str) -> None:
        core = botocore.session.get_session()
        # Reading the API models takes long too.
        core.register_component("data_loader", MODELS.get_component("data_loader"))
        super().__init__("rehearsal", "rehearsal", region_name=region, botocore_session=core)
        self.hooks: Hooks = {}
        self._clients: dict[object, Any] = {}
        # The stubs have hooks return nothing; that of a call may return its answer.
        register: Callable[..., None] = self.events.register
        for event in EVENTS:
            register(event, partial(self._heard, event))

    # What boto3 types by an overload for each service is one function here.
    def client(self, service_name: str, *given: Any, **named: Any) -> Any:  # noqa: ANN401
        key = (service_name, given, tuple((name, _plain(each)) for name, each in named.items()))
        if key not in self._clients:
            make: Callable[..., Any] = super().client
            asked: Config = named.pop("config", None) or Config()
            ours = SIGNED if service_name == "s3" else SHORT
            self._clients[key] = make(service_name, *given, **named, config=asked.merge(ours))
        return self._clients[key]

    def _heard(self, event: str, **about: object) -> object:
        hook = self.hooks.get(event)
        return hook(**about) if hook is not None else None


def take(region: str, hooks: Hooks) -> Session:
    """Return a session that asks these hooks, until it is given back."""
    idle = _IDLE.setdefault(region, [])
    session = idle.pop() if idle else Session(region)
    session.hooks = hooks
    return session


def give_back(session: Session) -> None:
    session.hooks = {}
    _IDLE[session.region_name].append(session)


def _plain(value: object) -> object:
    """Return what a client is asked for as something that equals the same of another time."""
    return repr(vars(value)) if isinstance(value, Config) else value
