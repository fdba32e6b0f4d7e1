"""Small state machines that both interpreters run: one question each about the states language."""

from collections.abc import Mapping
from typing import Any

States = Mapping[str, Any]

GET = "arn:aws:states:::aws-sdk:ssm:getParameter"
DONE = {"Type": "Succeed"}
CAUGHT = {"Type": "Pass", "Output": "caught", "End": True}
MISSING = {"Type": "Task", "Resource": GET, "Arguments": {"Name": "/nowhere"}}
TABLE = "second-opinion"


def answers(expression: str) -> States:
    """A machine of one state whose output is an expression."""
    return {"Answer": {"Type": "Pass", "Output": f"{{% {expression} %}}", "End": True}}


def waits(**fields: Any) -> States:
    """A Task that waits for a token that nobody sends."""
    item = {"pk": {"S": "{% $states.context.Task.Token %}"}}
    return {
        "Wait For Nobody": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:dynamodb:putItem.waitForTaskToken",
            "Arguments": {"TableName": TABLE, "Item": item},
            "End": True,
            **fields,
        }
    }


def catches(*errors: str, **fields: Any) -> States:
    catch = [{"ErrorEquals": [each], "Output": f"{each} caught", "Next": "Done"} for each in errors]
    return {"Ask": {**MISSING, "End": True, "Catch": catch, **fields}, "Done": DONE}


RETRY = {
    "ErrorEquals": ["Ssm.ParameterNotFoundException"],
    "IntervalSeconds": 2,
    "BackoffRate": 3,
    "MaxAttempts": 3,
    "MaxDelaySeconds": 10,
}

MAP = {
    "Count": {"Type": "Pass", "Assign": {"n": 1}, "Next": "Each"},
    "Each": {
        "Type": "Map",
        "Items": "{% [3, 1, 2] %}",
        "ItemSelector": {
            "wait": "{% $states.context.Map.Item.Value %}",
            "index": "{% $states.context.Map.Item.Index %}",
        },
        "ItemProcessor": {
            "StartAt": "Wait",
            "States": {
                "Wait": {
                    "Type": "Wait",
                    "Seconds": "{% $states.input.wait * 10 %}",
                    "Assign": {"m": "{% $n + $states.input.index %}"},
                    "Next": "Told",
                },
                "Told": {"Type": "Pass", "Output": "{% $m %}", "End": True},
            },
        },
        "Output": {"m": "{% $states.result %}", "n": "{% $n %}"},
        "End": True,
    },
}

PARALLEL = {
    "Both": {
        "Type": "Parallel",
        "Branches": [
            {"StartAt": "Slow", "States": {"Slow": {"Type": "Wait", "Seconds": 60, "End": True}}},
            {
                "StartAt": "Fail",
                "States": {"Fail": {"Type": "Fail", "Error": "Ours", "Cause": "by intent"}},
            },
        ],
        "Catch": [{"ErrorEquals": ["Ours"], "Output": "{% $states.errorOutput %}", "Next": "Done"}],
        "End": True,
    },
    "Done": DONE,
}

AGREED: Mapping[str, States] = {
    "a Catch by the exact name": catches("Ssm.ParameterNotFoundException"),
    "the first Catch that matches": catches("States.Timeout", "States.TaskFailed", "States.ALL"),
    "an error that nothing catches": catches("Ssm.SsmException"),
    "the error a Catch sees": catches(
        Catch=[
            {
                "ErrorEquals": ["States.ALL"],
                "Output": "{% $states.errorOutput.Error %}",
                "Next": "Done",
            }
        ]
    ),
    "a Retry waits 2, 6 and 10 seconds": catches("States.ALL", Retry=[RETRY]),
    "a Task that is late": waits(TimeoutSeconds=60),
    "a Catch of a Task that is late": {
        **waits(
            TimeoutSeconds="{% 30 + 30 %}",
            Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}],
        ),
        "Caught": CAUGHT,
    },
    "Map: order, its own variables, at the same time": MAP,
    "Parallel: the first failure ends it": PARALLEL,
    "null is a value": answers("{'a': null, 'b': $exists(null), 'c': [null]}"),
    "one found is no list": answers("[{'a': 1}, {'a': 2}][a = 2]"),
    "brackets keep a list": answers("[[{'a': 1}, {'a': 2}][a = 2]]"),
    "numbers": answers("[1.0, 0.5, 10 / 4, 7 % 4, $floor(2.5), $string(1.0), $number('3')]"),
    "$hash": answers("$hash('orders', 'SHA-256')"),
    "$parse": answers('$parse(\'{"a": [1, null, "x"]}\')'),
    "a time": answers("$toMillis('2026-01-01T00:00:00Z')"),
    "an Output that is undefined": answers("$states.input.nothing"),
    "a Fail": {"Fail": {"Type": "Fail", "Error": "Ours", "Cause": "{% 'by ' & 'intent' %}"}},
}

APART: Mapping[str, States] = {
    "an Output beside an Assign": {
        "One": {"Type": "Pass", "Assign": {"a": 1, "b": 2}, "Next": "Two"},
        "Two": {
            "Type": "Pass",
            "Assign": {"a": "{% $b %}", "b": "{% $a %}"},
            "Output": "{% [$a, $b] %}",
            "Next": "Three",
        },
        "Three": {"Type": "Pass", "Output": "{% [$states.input, $a, $b] %}", "End": True},
    },
    "States.ALL and States.Runtime": catches("States.ALL", Arguments={"NoSuchMember": 1}),
    "a Choice without a match": {
        "Choose": {"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "Done"}]},
        "Done": DONE,
    },
    "a heartbeat that is missed": waits(HeartbeatSeconds=10, TimeoutSeconds=60),
    "$parse of what is no JSON": answers("$parse('1 + 1')"),
    "$uuid": answers("$length($uuid())"),
    "the zone of EnteredTime": answers("$substring($states.context.State.EnteredTime, -1)"),
}
