"""What does EventBridge answer about rules of users, beside those of the template?"""

from typing import Any

from rehearsal.schedules.raw import members, raw
from rehearsal.sdk import Answer, Answered, Arguments, refusal

MOST_TARGETS = 5


class Rules:
    """The rules of users on the default bus, each with its targets by their ids."""

    def __init__(self, account: str, region: str) -> None:
        self.place = f"arn:aws:events:{region}:{account}:rule"
        self.rules: dict[str, dict[str, Any]] = {}
        self.targets: dict[str, dict[str, dict[str, Any]]] = {}

    def answers(self) -> dict[tuple[str, str], Answer]:
        ours: dict[str, Answer] = {
            "PutRule": self._put_rule,
            "DeleteRule": self._delete_rule,
            "PutTargets": self._put_targets,
            "RemoveTargets": self._remove_targets,
            "ListTargetsByRule": self._list_targets,
            "ListRuleNamesByTarget": self._list_rules,
        }
        return {("events", operation): answer for operation, answer in ours.items()}

    def _put_rule(self, asked: Arguments) -> dict[str, Any]:
        name = asked["Name"]
        self.rules[name] = {"State": "ENABLED", **members("events", "PutRule", asked)}
        self.targets.setdefault(name, {})
        return {"RuleArn": f"{self.place}/{name}"}

    def _delete_rule(self, asked: Arguments) -> dict[str, Any]:
        self.rules.pop(asked["Name"], None)
        self.targets.pop(asked["Name"], None)
        return {}

    def _put_targets(self, asked: Arguments) -> dict[str, Any]:
        """Put targets beside the others, in the place of those of the same id."""
        there = self._there("PutTargets", asked["Rule"])
        given = members("events", "PutTargets", asked)["Targets"]
        new = {each["Id"] for each in given} - there.keys()
        if len(there) + len(new) > MOST_TARGETS:
            said = f"The requested resource exceeds the maximum number allowed ({MOST_TARGETS})."
            raise refusal("PutTargets", "LimitExceededException", said)
        there |= {each["Id"]: each for each in given}
        return {"FailedEntryCount": 0, "FailedEntries": []}

    def _remove_targets(self, asked: Arguments) -> dict[str, Any]:
        there = self._there("RemoveTargets", asked["Rule"])
        for each in asked["Ids"]:
            there.pop(each, None)
        return {"FailedEntryCount": 0, "FailedEntries": []}

    def _list_targets(self, asked: Arguments) -> Answered:
        there = self._there("ListTargetsByRule", asked["Rule"])
        return raw({"Targets": list(there.values())})

    def _list_rules(self, asked: Arguments) -> dict[str, Any]:
        names = [
            name
            for name, targets in sorted(self.targets.items())
            if any(each["Arn"] == asked["TargetArn"] for each in targets.values())
        ]
        return {"RuleNames": names}

    def _there(self, operation: str, name: str) -> dict[str, dict[str, Any]]:
        if name not in self.rules:
            said = f"Rule {name} does not exist on EventBus default."
            raise refusal(operation, "ResourceNotFoundException", said)
        return self.targets[name]
