"""What is written down of a workflow: which states, which verdicts, how did it end?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.recording.people import workflow
from rehearsal.states.history import ENDS, Execution

Told = tuple[str, dict[str, Any]]

SILENT = frozenset({"wake"})
"""An Express workflow that only passes a wake on: of no interest, and there are thousands."""

PARENT = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"
FAILED = ("Failed", "TimedOut", "Aborted")


@dataclass(slots=True)
class Histories:
    """Listens to the histories of all executions."""

    _verdicts: dict[str, tuple[str, str]] = field(default_factory=dict)
    _messages: dict[str, str] = field(default_factory=dict)
    _subjects: dict[str, dict[str, str]] = field(default_factory=dict)
    """By execution: what it is about. A child knows its parent and is about the same."""

    def told(self, execution: Execution, state: str, what: str) -> Iterator[Told]:
        """Yield kind and entry of what an event of a history is worth."""
        name = workflow(execution)
        if name in SILENT:
            return
        about = {"workflow": name, "execution": execution.name}
        if not state:
            yield "state", {**about, **self._subject(execution), **_bounds(execution, what)}
        elif what.endswith("StateEntered"):
            yield "state", {**about, "state": state, "what": "entered"}
        elif what.endswith("StateExited"):
            message = self._messages.pop(execution.arn + state, None)
            yield "state", {**about, "state": state, "what": "exited", "message": message}
        elif what == "TaskSucceeded":
            yield from self._answered(execution, state, about)
        elif what.endswith(FAILED) and "Iteration" not in what:
            yield "state", {**about, "state": state, "what": "failed", **_error(execution)}

    def _answered(
        self, execution: Execution, state: str, about: Mapping[str, Any]
    ) -> Iterator[Told]:
        data = execution.trace[-1].data
        payload = data.get("Payload") if isinstance(data, dict) else None
        if not isinstance(payload, dict):
            return
        if "verdict" not in payload:
            self._messages[execution.arn + state] = _sentence(payload)
            return
        # Each look of a long wait says the same, which is news only once.
        said = str(payload["verdict"]), str(payload["message"])
        if self._verdicts.get(execution.arn) != said:
            self._verdicts[execution.arn] = said
            told = {"verdict": said[0], "message": said[1], "reason": payload.get("reason")}
            yield "verdict", {**about, **self._subject(execution), **told}

    def _subject(self, execution: Execution) -> dict[str, str]:
        if execution.arn not in self._subjects:
            given: Any = execution.input if isinstance(execution.input, dict) else {}
            parent = str(given.get(PARENT) or "")
            above = self._subjects.get(parent, {})
            self._subjects[execution.arn] = {**above, **_about(given, above)}
            if parent:
                self._subjects[execution.arn]["parent"] = parent.rpartition(":")[2]
        return self._subjects[execution.arn]


def _bounds(execution: Execution, what: str) -> dict[str, Any]:
    if what not in ENDS.values():
        return {"what": "started"}
    about = {"what": "ended", "status": execution.status}
    if execution.error:
        about |= {"error": execution.error, "message": execution.cause or ""}
    return about


def _error(execution: Execution) -> dict[str, Any]:
    data = execution.trace[-1].data
    if not isinstance(data, dict):
        return {}
    return {"error": data.get("Error"), "message": data.get("Cause")}


def _sentence(payload: Mapping[str, Any]) -> str:
    """Return the sentence that a handler's answer has for people, wherever it stands."""
    for part in (payload, payload.get("admission"), payload.get("plan")):
        if isinstance(part, dict) and isinstance(part.get("message"), str):
            return str(part["message"])
    return ""


def _about(given: Mapping[str, Any], above: Mapping[str, str]) -> dict[str, str]:
    """Return which application, service and phase an execution is about, as its input says."""
    named: Any = given.get("application") or above.get("application") or ""
    # `conclude` is given the whole document.
    application = str(named["application"] if isinstance(named, dict) else named)
    roll, migrate = given.get("roll") or {}, given.get("migrate") or {}
    about = {"application": application, "phase": str(migrate.get("phase") or "")}
    if roll.get("key"):
        about["service"] = f"{application}/{roll['key']}"
    return {key: value for key, value in about.items() if value}
