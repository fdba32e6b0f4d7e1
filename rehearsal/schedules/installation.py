"""What do the schedules of a world run, and when?"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from functions.domain.scheduled import RUN_TASK
from rehearsal.clock import Clock
from rehearsal.schedules.rules import Rules
from rehearsal.schedules.scheduler import Scheduler
from rehearsal.sdk import Answer

STARTERS = {"schedule": "chronos-schedule", "rule": "events-rule"}
"""What `startedBy` of the tasks begins with (observed, not documented)."""


@dataclass(frozen=True, slots=True)
class Fired:
    """A time at which a schedule or rule ran a target; `task` is the ARN of the task it started.

    `refusal` says why there is none.
    """

    name: str
    at: float
    task: str | None
    image: str = ""
    refusal: str = ""


class Schedules:
    """Schedules and rules of users; they fire when they are told to, not by their expressions."""

    def __init__(
        self, clock: Clock, client: Callable[[str], Any], account: str, region: str
    ) -> None:
        self.scheduler = Scheduler(clock, account, region)
        self.rules = Rules(account, region)
        self.fired: list[Fired] = []
        self._clock = clock
        self._client = client

    def answers(self) -> dict[tuple[str, str], Answer]:
        return self.scheduler.answers() | self.rules.answers()

    def names(self) -> list[str]:
        """Return the names as a catalogue has them: the group default goes without saying."""
        schedules = (each.removeprefix("default/") for each in self.scheduler.schedules)
        return sorted({*schedules, *self.rules.rules})

    def targets(self, name: str) -> list[tuple[str, Mapping[str, Any]]]:
        """Return the targets of what is called so, each with its kind; disabled ones have none."""
        found: list[tuple[str, Mapping[str, Any]]] = []
        schedule = self.scheduler.schedules.get(name if "/" in name else f"default/{name}")
        if schedule is not None and schedule["State"] == "ENABLED":
            found.append(("schedule", schedule["Target"]))
        if self.rules.rules.get(name, {}).get("State") == "ENABLED":
            found += [("rule", each) for each in self.rules.targets[name].values()]
        return found

    def fire(self, name: str) -> None:
        """Run all targets of a schedule or rule that are tasks, as if its time had come."""
        for kind, target in self.targets(name):
            asked = run_of(target)
            if asked is not None:
                bare = name.rpartition("/")[2]
                self._run(name, {"startedBy": f"{STARTERS[kind]}/{bare}", **asked})

    def _run(self, name: str, asked: Mapping[str, Any]) -> None:
        try:
            answer = self._client("ecs").run_task(**asked)
        except ClientError as error:
            self.fired.append(Fired(name, self._clock.seconds, None, refusal=str(error)))
            return
        now, why = self._clock.seconds, "; ".join(each["reason"] for each in answer["failures"])
        self.fired += [
            Fired(name, now, each["taskArn"], each["containers"][0]["image"])
            for each in answer["tasks"]
        ]
        if not answer["tasks"]:
            self.fired.append(Fired(name, now, None, refusal=why))


def run_of(target: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what RunTask is asked of a target; None where it is none that runs a task."""
    if target["Arn"].endswith(RUN_TASK):
        given = json.loads(target["Input"])
        return {key[:1].lower() + key[1:]: each for key, each in given.items()}
    inside = target.get("EcsParameters")
    if inside is None:
        return None
    asked = {key[:1].lower() + key[1:]: each for key, each in inside.items()}
    asked["taskDefinition"] = asked.pop("taskDefinitionArn")
    asked["count"] = asked.pop("taskCount", 1)
    if "Input" in target:
        asked["overrides"] = json.loads(target["Input"])
    return {**_renamed(asked), "cluster": target["Arn"]}


def _renamed(asked: dict[str, Any]) -> dict[str, Any]:
    network = asked.get("networkConfiguration", {}).get("awsvpcConfiguration")
    if network is not None:
        inner = {key[:1].lower() + key[1:]: each for key, each in network.items()}
        asked["networkConfiguration"] = {"awsvpcConfiguration": inner}
    return asked
