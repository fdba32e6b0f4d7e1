"""Which steps of a workflow does a person want to hear of, and in which words?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rehearsal.history import Execution

Mood = Literal["", "good", "bad", "wait"]
MOODS: Mapping[str, Mood] = {"Pass": "good", "Fail": "bad", "Error": "bad", "Wait": "wait"}


@dataclass(frozen=True, slots=True)
class Sentence:
    """`who` does `what`, a state or a verdict; `text` says the rest."""

    who: str
    what: str
    text: str
    mood: Mood = ""


class Teller:
    """Turns the events of histories into sentences; most are not worth one."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}

    def tell(self, execution: Execution, state: str, what: str) -> Sentence | None:
        """Return what to say about the event that this execution's history has just got."""
        event = execution.trace[-1]
        if state.startswith("Judge ") and what == "TaskSucceeded":
            return self._judged(execution, event.data)
        if not state:
            return _bounds(execution, what)
        told = TOLD.get((state, what))
        return Sentence(_who(execution), state, told(event.data)) if told else None

    def _judged(self, execution: Execution, data: Any) -> Sentence | None:  # noqa: ANN401
        verdict, message = data["Payload"]["verdict"], data["Payload"]["message"]
        # Right after the act there is nothing to see yet, and the same again is no news.
        first = execution.trace[-1].at == execution.trace[0].at
        again = self._said.get(execution.arn) == message
        self._said[execution.arn] = message
        if verdict == "Wait" and (first or again):
            return None
        return Sentence(_who(execution), verdict, message, MOODS.get(verdict, ""))


def _who(execution: Execution) -> str:
    workflow = execution.machine.name.rpartition("-")[2]
    given: Any = execution.input
    return f"roll {given['roll']['key']}" if workflow == "roll" else workflow


def _bounds(execution: Execution, what: str) -> Sentence | None:
    """Speak of the start and the end of `deploy`; those of its children are its own states."""
    who = _who(execution)
    if who != "deploy" or execution.running and what != "ExecutionStarted":
        return None
    if execution.running:
        return Sentence(who, "Started", _started(execution.input))
    if execution.status == "SUCCEEDED":
        return Sentence(who, execution.path[-1], "The execution ends green.", "good")
    text = "The execution ends red, the reason is its Cause."
    return Sentence(who, execution.error or execution.status, text, "bad")


def _started(given: Any) -> str:  # noqa: ANN401 - the input of an execution is any JSON
    push = given.get("push")
    if push is None:
        return "Somebody started it by hand."
    return f"The rule for pushes to {push['repository']} took the tag {push['tag']}."


def _message(data: Any) -> str:  # noqa: ANN401
    return str(data["Payload"]["message"])


def _planned(data: Any) -> str:  # noqa: ANN401
    plan = data["Payload"]["plan"]
    steps = [_step(each) for each in plan["steps"]]
    return f"{plan['message']} Steps: {', '.join(steps)}." if steps else str(plan["message"])


def _step(step: Any) -> str:  # noqa: ANN401
    if step["do"] == "roll":
        return "roll " + " and ".join(each["key"] for each in step["rolls"])
    if step["do"] == "migrate":
        return f"migrate ({step['migrate']['phase']})"
    return f"bake {step['bake']['minutes']} min" if step["do"] == "bake" else str(step["do"])


def _registered(data: Any) -> str:  # noqa: ANN401
    made = data["TaskDefinition"]
    image = made["ContainerDefinitions"][0]["Image"].rpartition("/")[2]
    return f"{_short(made['TaskDefinitionArn'])} runs {image[: image.find(':') + 13]}."


def _run(arguments: Any) -> str:  # noqa: ANN401
    command = arguments["Overrides"]["ContainerOverrides"][0]["Command"]
    return f"{_short(arguments['TaskDefinition'])} runs {' '.join(command)}."


def _updated(arguments: Any) -> str:  # noqa: ANN401
    return f"{arguments['Service']} is to run {_short(arguments['TaskDefinition'])}."


def _baked(arguments: Any) -> str:  # noqa: ANN401
    bake = arguments["Input"]["bake"]
    alarms = f", and {', '.join(bake['alarms'])}" if bake["alarms"] else ""
    return f"The release is watched for {bake['minutes']} min{alarms}."


def _short(arn: str) -> str:
    return arn.rpartition("/")[2]


TOLD: Mapping[tuple[str, str], Callable[[Any], str]] = {
    ("Admit Request", "TaskSucceeded"): lambda data: str(data["Payload"]["admission"]["message"]),
    ("Open Record", "TaskSucceeded"): lambda _: "The deployment is in the ledger.",
    ("Take Claim", "TaskSucceeded"): lambda _: "No other deployment may touch the application.",
    ("Plan Release", "TaskSucceeded"): _planned,
    ("Register Task Definition", "TaskSucceeded"): _registered,
    ("Run Task", "TaskScheduled"): _run,
    ("Update Service", "TaskScheduled"): _updated,
    ("Bake", "TaskScheduled"): _baked,
    ("Choose Recovery", "TaskSucceeded"): _message,
    ("Close Record", "TaskSucceeded"): lambda _: "The record has its outcome.",
    ("Release Claim", "TaskSucceeded"): lambda _: "The next deployment may begin.",
}
"""By state and event of the history: what to say of its data."""
