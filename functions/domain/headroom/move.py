"""What is known when headroom is looked at, and what can be done next?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from functions.domain.catalogue import Headroom
from functions.domain.headroom.group import Group
from functions.domain.headroom.raised import Raised
from functions.domain.verdict import Verdict

WHILE_JOINING_SECONDS = 15
WHILE_DEPLOYING_SECONDS = 60
MOST_WHILE_DEPLOYING_SECONDS = 1_800
WHILE_DRAINING_SECONDS = 30
AFTER_TROUBLE_SECONDS = 300


class Do(StrEnum):
    """`Wait` and look again, `Answer` the deployment, `Tell` a person, `Forget` what was raised.

    `Raise` and `Lower` change the group, `Drain`, `Activate` and `Terminate` one instance of it.
    `Leave` ends: there is nothing to give back, or another deployment has taken it over.
    """

    WAIT = "Wait"
    ANSWER = "Answer"
    RAISE = "Raise"
    LOWER = "Lower"
    DRAIN = "Drain"
    ACTIVATE = "Activate"
    TERMINATE = "Terminate"
    FORGET = "Forget"
    TELL = "Tell"
    LEAVE = "Leave"


@dataclass(frozen=True, slots=True)
class Look:
    """What is so now. `raised` is what the ledger says, whosever it is.

    `began_at` is when this execution began, `closed_at` when the deployment ended, None while it
    goes on. `answered` says that the deployment has its verdict, `terminated` which instance was
    just given back, `trouble` why the last change was refused.
    """

    now: datetime
    began_at: datetime
    deployment: int
    headroom: Headroom
    group: Group | None
    raised: Raised | None
    closed_at: datetime | None = None
    answered: bool = False
    terminated: str = ""
    trouble: str = ""

    @property
    def name(self) -> str:
        """The group or capacity provider as the catalogue calls it."""
        if self.headroom.group:
            return f"the Auto Scaling group {self.headroom.group}"
        return f"the capacity provider {self.headroom.capacity_provider}"


@dataclass(frozen=True, slots=True)
class Move:
    """`message` says why; the other fields are those that the move needs.

    `note` is remembered before the move is made, `host` an instance by id and `arn` in ECS.
    """

    do: Do
    message: str
    wait_seconds: int = 0
    verdict: Verdict | None = None
    note: Raised | None = None
    host: str = ""
    arn: str = ""


def wait(seconds: int, message: str) -> Move:
    return Move(Do.WAIT, message, wait_seconds=seconds)
