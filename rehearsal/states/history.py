"""What is an execution, and what has it done so far?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from rehearsal.clock import Greenlet, Timer
from rehearsal.spelling import text_of
from rehearsal.states.measured import State

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
Kind = Literal["STANDARD", "EXPRESS"]
Json = dict[str, Any]

ENDS: dict[Status, str] = {
    "SUCCEEDED": "ExecutionSucceeded",
    "FAILED": "ExecutionFailed",
    "TIMED_OUT": "ExecutionTimedOut",
    "ABORTED": "ExecutionAborted",
}


class Happening(NamedTuple):
    """An event of an execution's history; `what` is named as Step Functions names it."""

    at: float
    state: str
    what: str
    data: object


@dataclass(frozen=True)
class Machine:
    arn: str
    definition: State = field(repr=False)
    type: Kind
    role_arn: str

    @property
    def name(self) -> str:
        return self.arn.split(":")[6]


@dataclass(eq=False)
class Execution:
    """`trace` is its history, complete, so its length is what Step Functions counts."""

    arn: str
    name: str
    machine: Machine
    input: object
    started_at: datetime
    version_arn: str | None = None
    status: Status = "RUNNING"
    output: object = None
    error: str | None = None
    cause: str | None = None
    stopped_at: datetime | None = None
    trace: list[Happening] = field(default_factory=list, repr=False)
    on_end: list[Callable[[], object]] = field(default_factory=list, repr=False)
    root: Greenlet = field(default=None, repr=False)
    deadline: Timer | None = field(default=None, repr=False)

    @property
    def running(self) -> bool:
        return self.status == "RUNNING"

    @property
    def events(self) -> int:
        return len(self.trace)

    @property
    def path(self) -> list[str]:
        """The states entered, in order, those of all branches among each other."""
        return [each.state for each in self.trace if each.what.endswith("StateEntered")]

    def described(self) -> Json:
        """Return what DescribeExecution says, with its times in milliseconds as in events."""
        output = text_of(self.output) if self.status == "SUCCEEDED" else None
        return {
            "executionArn": self.arn,
            "stateMachineArn": self.machine.arn,
            "stateMachineVersionArn": self.version_arn,
            "name": self.name,
            "status": self.status,
            "startDate": _millis(self.started_at),
            "stopDate": None if self.stopped_at is None else _millis(self.stopped_at),
            "input": text_of(self.input),
            "inputDetails": {"included": True},
            "output": output,
            "outputDetails": None if output is None else {"included": True},
            "error": self.error,
            "cause": self.cause,
            **self._redrive(),
        }

    def _redrive(self) -> Json:
        about = {"redriveCount": 0, "redriveStatus": "REDRIVABLE", "redriveStatusReason": None}
        if self.status in {"RUNNING", "SUCCEEDED"}:
            about["redriveStatus"] = "NOT_REDRIVABLE"
            about["redriveStatusReason"] = f"Execution is {self.status} and cannot be redriven"
        return about

    def status_event(self, identity: str, now: datetime) -> Json:
        """Return the event that Step Functions puts on the default bus for the current status."""
        part = self.arn.split(":")
        return {
            "version": "0",
            "id": identity,
            "detail-type": "Step Functions Execution Status Change",
            "source": "aws.states",
            "account": part[4],
            "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": part[3],
            "resources": [self.arn],
            "detail": {**self.described(), "stateMachineAliasArn": None, "redriveDate": None},
        }


def _millis(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
