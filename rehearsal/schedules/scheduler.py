"""What does EventBridge Scheduler answer? moto's forgets members, and replaces but half of them."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from rehearsal.clock import Clock
from rehearsal.schedules.raw import members, raw
from rehearsal.sdk import Answer, Answered, Arguments, refusal

DEFAULTS: Mapping[str, Any] = {
    "ScheduleExpressionTimezone": "UTC",
    "State": "ENABLED",
    "ActionAfterCompletion": "NONE",
}
RETRIES = {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}
OLDEST_START = timedelta(minutes=5)
PAGE = 100


class Scheduler:
    """The schedules of one account and region, by `group/name`, as GetSchedule shows them."""

    def __init__(self, clock: Clock, account: str, region: str) -> None:
        self.clock = clock
        self.place = f"arn:aws:scheduler:{region}:{account}:schedule"
        self.schedules: dict[str, dict[str, Any]] = {}
        self.refuses_past_start_on_update = True
        """CreateSchedule refuses a StartDate of more than 5 minutes ago; whether UpdateSchedule
        does is documented nowhere (unverified)."""
        self._tokens: dict[str, str] = {}

    def answers(self) -> dict[tuple[str, str], Answer]:
        ours: dict[str, Answer] = {
            "CreateSchedule": self._create,
            "GetSchedule": self._get,
            "UpdateSchedule": self._update,
            "DeleteSchedule": self._delete,
            "ListSchedules": self._list,
        }
        return {("scheduler", operation): answer for operation, answer in ours.items()}

    def _create(self, asked: Arguments) -> dict[str, Any]:
        name = _name(asked)
        if name in self.schedules:
            said = f"Schedule {asked['Name']} already exists."
            raise refusal("CreateSchedule", "ConflictException", said, 409)
        self._refuse_past_start("CreateSchedule", asked)
        return self._put(name, asked, self.clock.now())

    def _update(self, asked: Arguments) -> dict[str, Any]:
        """Put it in the place of all that was there: what is not said has its default again."""
        name = _name(asked)
        there = self._there("UpdateSchedule", asked)
        token, text = asked.get("ClientToken"), json.dumps(asked, default=str, sort_keys=True)
        if token is not None and self._tokens.setdefault(token, text) != text:
            said = "The client token was used before with other parameters."
            raise refusal("UpdateSchedule", "ConflictException", said, 409)
        if self.refuses_past_start_on_update:
            self._refuse_past_start("UpdateSchedule", asked)
        return self._put(name, asked, there["CreationDate"])

    def _put(self, name: str, asked: Arguments, created: datetime) -> dict[str, Any]:
        given: dict[str, Any] = members("scheduler", "UpdateSchedule", asked)
        given.pop("ClientToken", None)
        target = {"RetryPolicy": RETRIES, **given["Target"]}
        self.schedules[name] = {
            **DEFAULTS,
            **given,
            "GroupName": name.partition("/")[0],
            "Target": target,
            "Arn": f"{self.place}/{name}",
            "CreationDate": created,
            "LastModificationDate": self.clock.now(),
        }
        return {"ScheduleArn": f"{self.place}/{name}"}

    def _get(self, asked: Arguments) -> Answered:
        return raw(self._there("GetSchedule", asked))

    def _delete(self, asked: Arguments) -> dict[str, Any]:
        self._there("DeleteSchedule", asked)
        del self.schedules[_name(asked)]
        return {}

    def _list(self, asked: Arguments) -> dict[str, Any]:
        begin = int(asked.get("NextToken", 0))
        end = begin + asked.get("MaxResults", PAGE)
        shown = ("Arn", "Name", "GroupName", "State", "CreationDate", "LastModificationDate")
        found = [
            {
                **{each: schedule[each] for each in shown},
                "Target": {"Arn": schedule["Target"]["Arn"]},
            }
            for _, schedule in sorted(self.schedules.items())
        ]
        more = {"NextToken": str(end)} if end < len(found) else {}
        return {"Schedules": found[begin:end], **more}

    def _there(self, operation: str, asked: Arguments) -> dict[str, Any]:
        found = self.schedules.get(_name(asked))
        if found is None:
            said = f"Schedule {asked['Name']} does not exist."
            raise refusal(operation, "ResourceNotFoundException", said, 404)
        return found

    def _refuse_past_start(self, operation: str, asked: Arguments) -> None:
        start = asked.get("StartDate")
        if start is None:
            return
        moment = start if isinstance(start, datetime) else datetime.fromisoformat(start)
        if moment < self.clock.now() - OLDEST_START:
            said = "The StartDate you specify cannot be earlier than 5 minutes ago."
            raise refusal(operation, "ValidationException", said)


def _name(asked: Arguments) -> str:
    return f"{asked.get('GroupName', 'default')}/{asked['Name']}"
