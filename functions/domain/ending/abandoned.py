"""What is left to do of a deployment whose execution died before it had concluded?"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from functions.domain import ledger
from functions.domain import request as requests
from functions.domain.admission import Admission, Decision
from functions.domain.ending.end import LOOK_NOW, End, Outcome, told
from functions.domain.ending.ended import Evidence, closing, ended
from functions.domain.fault import Fault, shown
from functions.domain.opening import Opening
from functions.domain.reason import Blame, Code, Reason
from functions.domain.tidying import unused
from functions.domain.writes import Condition, Put

STOPPED, TIMED_OUT, FAILED = "ABORTED", "TIMED_OUT", "FAILED"
DEAD = (STOPPED, TIMED_OUT, FAILED)
"""The statuses of an execution that does nothing any more and did not succeed."""

DOING = {
    "pin": "it registered task definitions",
    "expand": "its expand migration ran",
    "probe": "one task of it came up beside its service",
    "contract": "its contract migration ran",
    "undo": "its expand migration was undone",
    "roll": "it rolled {touched}",
    "bake": "{touched} baked",
    "follow": "its schedules were set",
    "headroom": "it waited for headroom",
    "promote": "it was made the stable release",
}
"""What a deployment was about, by the kind of its last step."""

AGAIN = "Then push again, or go back by hand: the next deployment need not wait."


@dataclass(frozen=True, slots=True)
class Dead:
    """An execution of `deploy` as Step Functions describes it; `input` is its JSON."""

    execution: str
    status: str
    error: str | None
    cause: str | None
    input: str
    started_at: str


@dataclass(frozen=True, slots=True)
class Found:
    """What the ledger holds of it: its record, what it had to tell, the fence of its claim.

    `decided` says that its push was decided by another execution, which got the same event.
    """

    record: Mapping[str, Any] | None = None
    news: Mapping[str, Any] | None = None
    fence: int | None = None
    decided: bool = False

    @property
    def ended(self) -> bool:
        """Whether its record has ended, or is none of its own."""
        return self.decided if self.record is None else "outcome" in self.record


def asked(dead: Dead, known: tuple[str, ...]) -> requests.Request | None:
    """Return what it was asked for; None where it is alive, or made no deployment.

    That is so where it was no valid request, and where only a plan was asked for.
    """
    if dead.status not in DEAD:
        return None
    read = requests.read(json.loads(dead.input), known)
    return None if isinstance(read, str) or read.plan else read


def end(application: str, dead: Dead, record: Mapping[str, Any]) -> End:
    """Return how it ended: a person stopped it, or it is a fault."""
    what, why = f"{application}: {_died(dead)}{_while(record)}.", told(_why(dead))
    done, now = _left(record)
    message = told(what, done, now)
    if dead.status == STOPPED:
        outcome, code, blame = Outcome.ABORTED, Code.ABORTED, Blame.PERSON
    else:
        outcome, code, blame = Outcome.FAILED, Code.FAULT, Blame.PILOTHOUSE
    return End(outcome, message, Reason(code, blame, message, (why,)), what, done, now, why)


def _died(dead: Dead) -> str:
    if dead.status == STOPPED:
        return "somebody stopped the deployment"
    return "the deployment ran out of time" if dead.status == TIMED_OUT else "the deployment broke"


def _why(dead: Dead) -> str:
    if dead.status == STOPPED:
        cause = (dead.cause or "").strip().rstrip(".")
        said = f": {cause}" if cause else ""
        return f"the execution was stopped by hand{said}"
    if dead.status == TIMED_OUT:
        return "the execution ran longer than an execution may"
    # `deploy` ends with the error and the cause of what it met.
    error, _, cause = (dead.cause or "").strip().partition(": ")
    return shown(Fault(error or dead.error or "no error was named", cause), 300)


def _while(record: Mapping[str, Any]) -> str:
    """Return what was going on, as far as it was noted."""
    doing = DOING.get(str(record.get("doing")))
    if doing is None:
        return " when it was planned" if record.get("steps") else " before it touched anything"
    way = ", on the way back," if record["phase"] == "RollingBack" else ""
    return f" while{way} {doing.format(touched=_touched(record) or 'nothing')}"


def _left(record: Mapping[str, Any]) -> tuple[str, str]:
    """Return what of it stays, and what a person has to do now."""
    touched, doing = _touched(record), str(record.get("doing"))
    if doing == "contract":
        return _contracted(touched)
    if doing in ("expand", "probe") and not touched:
        return (
            "No service was touched. The task that it had started may run on.",
            "The next deployment waits for its end: push again, or start the deployment again.",
        )
    if doing == "headroom":
        done = "No service was touched. Instances that were added are taken back by themselves."
        return done, "Start the deployment again, or push again."
    if touched:
        return f"Its services ({touched}) were left as they are.", f"{LOOK_NOW} {AGAIN}"
    if record.get("steps"):
        return "No service is noted as touched.", f"Look at them in the ECS console. {AGAIN}"
    return "No service was touched.", "Start the deployment again, or push again."


def _contracted(touched: str) -> tuple[str, str]:
    """Return the same of a release that is the stable one, and whose schema moves on."""
    return (
        f"It had passed its bake and is what is stable now: its services{_named(touched)} were "
        "left as they are. The task of its contract may run on, and nothing goes back behind it.",
        "The next deployment finds out how it ended: push again, or look at the task in ECS.",
    )


def _named(touched: str) -> str:
    return f" ({touched})" if touched else ""


def _touched(record: Mapping[str, Any]) -> str:
    return str(record.get("touched") or "")


def opening_of(request: requests.Request, dead: Dead, number: int) -> Opening:
    """Return what its record says from its first moment on, or would have said."""
    return Opening(request.application, number, request, dead.execution, dead.started_at)


def resumed(opening: Opening, found: Found) -> tuple[Opening, Mapping[str, Any]]:
    """Return opening and record as they are, or as they would be where it has no record."""
    if found.record is not None:
        number, opened_at = int(found.record["number"]), str(found.record["opened_at"])
        return replace(opening, number=number, opened_at=opened_at), found.record
    push = opening.request.push
    image = {"image_tag": push.tag, "digest": push.digest} if push else {}
    return opening, {**ledger.described(opening, Admission(Decision.DEPLOY, "")), **image}


def closed(
    opening: Opening, record: Mapping[str, Any], end: End, at: str, evidence: Evidence
) -> tuple[Put, ...]:
    """Return the writes that end it, its record first, and decide its push if there is one."""
    last = {"services": {}, "revisions": {}, **record, **ended(end, at, evidence)}
    writes = [closing(last)]
    if opening.request.push is not None:
        decided = ledger.decision(opening, "Deployed" if record.get("steps") else end.outcome.value)
        values = {"owner": opening.owner, "event": opening.request.push.event}
        condition = Condition(f"{ledger.OURS_OR_NEW} OR #event <> :event", values)
        writes.append(Put(decided, condition))
    return (*writes, *unused(last))
