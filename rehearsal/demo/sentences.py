"""Which steps of a workflow does a person want to hear of, and in which words?"""

from collections.abc import Callable, Mapping
from typing import Any

from rehearsal.demo.stage import Mood, Sentence
from rehearsal.states.history import Execution

MOODS: Mapping[str, Mood] = {"Pass": "good", "Fail": "bad", "Error": "bad", "Wait": "wait"}


class Teller:
    """Turns the events of histories into sentences; most are not worth one."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}

    def tell(self, execution: Execution, state: str, what: str) -> Sentence | None:
        """Return what to say about the event that this execution's history has just got."""
        data: Any = execution.trace[-1].data
        if state.startswith("Judge ") and what == "TaskSucceeded":
            return self._judged(execution, data["Payload"]["verdict"], data["Payload"]["message"])
        if not state:
            return _bounds(execution, what)
        told = TOLD.get((state, what))
        return Sentence(_who(execution), state, told(data)) if told else None

    def _judged(self, execution: Execution, verdict: str, message: str) -> Sentence | None:
        # Right after the act there is nothing to see yet, and the same again is no news.
        first = execution.trace[-1].at == execution.trace[0].at
        again = self._said.get(execution.arn) == message
        self._said[execution.arn] = message
        if verdict == "Wait" and (first or again):
            return None
        return Sentence(_who(execution), verdict, message, MOODS.get(verdict, ""))


def workflow(execution: Execution) -> str:
    return execution.machine.name.rpartition("-")[2]


def _who(execution: Execution) -> str:
    given: Any = execution.input
    name = workflow(execution)
    return f"roll {given['roll']['key']}" if name == "roll" else name


def _bounds(execution: Execution, what: str) -> Sentence | None:
    """Speak of the start and the end of `deploy`; its children speak by their verdicts."""
    who = _who(execution)
    if who != "deploy" or (execution.running and what != "ExecutionStarted"):
        return None
    if execution.running:
        return Sentence(who, "Started", _started(execution.input))
    if execution.status == "SUCCEEDED":
        return Sentence(who, execution.path[-1], "The execution ends green.", "good")
    text = "The execution ends red; its Cause says why."
    return Sentence(who, execution.error or execution.status, text, "bad")


def _started(given: Any) -> str:  # noqa: ANN401 - the input of an execution is any JSON
    push = given.get("push")
    if push is None:
        return "Somebody started it by hand."
    return f"The rule for pushes to {push['repository']} took the tag {push['tag']}."


def _planned(data: Any) -> str:  # noqa: ANN401
    plan = data["Payload"]["plan"]
    steps = ", ".join(_step(each) for each in plan["steps"])
    return f"{plan['message']} Steps: {steps}." if steps else str(plan["message"])


def _step(step: Any) -> str:  # noqa: ANN401
    if step["do"] == "roll":
        return "roll " + " and ".join(each["key"] for each in step["rolls"])
    if step["do"] == "bake":
        return f"bake {step['bake']['minutes']} min"
    return str(step["do"])


def _registered(data: Any) -> str:  # noqa: ANN401
    made = data["TaskDefinition"]
    name, _, digest = made["ContainerDefinitions"][0]["Image"].rpartition("/")[2].partition("@")
    return f"{_short(made['TaskDefinitionArn'])} runs {name}@{digest[:19]}."


def _run(arguments: Any) -> str:  # noqa: ANN401
    command = arguments["Overrides"]["ContainerOverrides"][0]["Command"]
    return f"{_short(arguments['TaskDefinition'])} runs {' '.join(command)}."


def _updated(arguments: Any) -> str:  # noqa: ANN401
    return f"{arguments['Service']} is to run {_short(arguments['TaskDefinition'])}."


def _turned_back(arguments: Any) -> str:  # noqa: ANN401
    service = arguments["ServiceDeploymentArn"].split("/")[-2]
    return f"ECS is to turn its deployment of {service} back."


def _baked(arguments: Any) -> str:  # noqa: ANN401
    bake = arguments["Input"]["bake"]
    alarms = dict.fromkeys(name for each in bake["services"] for name in each["rules"]["alarms"])
    watched = " and ".join(["the tasks", *alarms])
    return f"{bake['minutes']} min, watching {watched}."


def _short(arn: str) -> str:
    return arn.rpartition("/")[2]


TOLD: Mapping[tuple[str, str], Callable[[Any], str]] = {
    ("Admit Request", "TaskSucceeded"): lambda data: str(data["Payload"]["admission"]["message"]),
    ("Open Record", "TaskSucceeded"): lambda _: "The deployment is in the ledger.",
    ("Take Claim", "TaskSucceeded"): lambda _: "Nobody else deploys meanwhile.",
    ("Plan Release", "TaskSucceeded"): _planned,
    ("Register Task Definition", "TaskSucceeded"): _registered,
    ("Run Task", "TaskScheduled"): _run,
    ("Update Service", "TaskScheduled"): _updated,
    ("Stop Service Deployment", "TaskScheduled"): _turned_back,
    ("Bake", "TaskScheduled"): _baked,
    ("Choose Recovery", "TaskSucceeded"): lambda data: str(data["Payload"]["message"]),
}
"""By state and event of the history: what to say of its data."""
