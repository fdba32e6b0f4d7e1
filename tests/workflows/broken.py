"""A sound workflow, and one change to it for each defect that a check has to find."""

import json
from collections.abc import Callable
from typing import Any

from tests.workflows import checks_of_calls as of_calls
from tests.workflows import checks_of_course as of_course
from tests.workflows.asl import Workflow
from tests.workflows.checks_of_calls import Problems, forms

Check = Callable[[Workflow], Problems]
Change = Callable[[dict[str, Any]], object]


def retry(form: str, *errors: str) -> list[dict[str, Any]]:
    return [{"ErrorEquals": list(errors), **forms()[form]}]


DYNAMODB = ("DynamoDb.DynamoDbException", "DynamoDb.ThrottlingException")
CONFLICT = "DynamoDb.TransactionConflictException"
ECS = ("Ecs.EcsException", "Ecs.ServerException")
LAMBDA = ("RetryableError", "Lambda.ServiceException", "Lambda.TooManyRequestsException")


def key(item: str) -> dict[str, Any]:
    return {"pk": {"S": "{% $order.claim.pk %}"}, "sk": {"S": item}}


SOUND: dict[str, Any] = {
    "QueryLanguage": "JSONata",
    "StartAt": "Find Waits",
    "States": {
        "Find Waits": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:dynamodb:query",
            "Arguments": {"TableName": "${Ledger}", "KeyConditionExpression": "pk = :pk"},
            "Assign": {"order": "{% $states.input %}"},
            "Retry": retry("read", *DYNAMODB),
            "Next": "Read Request",
        },
        "Read Request": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {
                "FunctionName": "${ReadRequest}",
                "Payload": {"execution": "{% $order.name %}", "request": {}, "known": []},
            },
            "Output": "{% $states.result.Payload.request %}",
            "Retry": retry("function", *LAMBDA),
            "Next": "Check Claim",
        },
        "Check Claim": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:dynamodb:updateItem",
            "Arguments": {
                "TableName": "${Ledger}",
                "Key": key("claim"),
                "UpdateExpression": "SET lease_until = :until",
                "ConditionExpression": "#owner = :owner AND fence = :fence",
                "ExpressionAttributeNames": {"#owner": "owner"},
                "ExpressionAttributeValues": {
                    ":owner": {"S": "{% $order.claim.owner %}"},
                    ":fence": {"N": "{% $string($order.claim.fence) %}"},
                    ":until": {"S": "2026-01-01T00:00:00.000Z"},
                },
            },
            "Retry": retry("keyed write", *DYNAMODB, CONFLICT),
            "Catch": [
                {"ErrorEquals": ["DynamoDb.ConditionalCheckFailedException"], "Next": "Claim Lost"}
            ],
            "Next": "Run Task",
        },
        "Run Task": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:ecs:runTask",
            "Arguments": "{% $merge([$order.run, {'TaskDefinition': $order.revision, "
            "'ClientToken': $order.token, "
            "'Overrides': {'ContainerOverrides': [{'Name': 'app', 'Command': ['run']}]}}]) %}",
            "Retry": retry("keyed write", *ECS),
            "Catch": [
                {"ErrorEquals": ["Ecs.ClientException"], "Next": "Wait For News"},
                {"ErrorEquals": ["States.ALL"], "Next": "Claim Lost"},
            ],
            "Next": "Wait For News",
        },
        "Wait For News": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken",
            "TimeoutSeconds": 60,
            "Arguments": {
                "TableName": "${Ledger}",
                "Key": key("wait#web"),
                "ReturnValues": "ALL_NEW",
                "ExpressionAttributeValues": {":token": {"S": "{% $states.context.Task.Token %}"}},
            },
            "Retry": retry("keyed write", *DYNAMODB, CONFLICT),
            "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Judged"}],
            "Next": "Judged",
        },
        "Judged": {"Type": "Succeed", "Output": {"verdict": "Pass"}},
        "Claim Lost": {"Type": "Succeed", "Output": {"verdict": "Error"}},
    },
}


def changed(name: str, **fields: object) -> Change:
    """Return the change that sets fields of a state; a field that is None is taken away."""

    def change(definition: dict[str, Any]) -> None:
        state = definition["States"][name]
        state.update(fields)
        for field in [field for field, value in state.items() if value is None]:
            del state[field]

    return change


def with_argument(name: str, argument: str, value: object) -> Change:
    return lambda definition: definition["States"][name]["Arguments"].update({argument: value})


def without_argument(name: str, argument: str) -> Change:
    return lambda definition: definition["States"][name]["Arguments"].pop(argument)


def added(name: str, body: dict[str, Any]) -> Change:
    return lambda definition: definition["States"].update({name: body})


def replaced(name: str, old: str, new: str) -> Change:
    """Return the change that puts another text into a state."""

    def change(definition: dict[str, Any]) -> None:
        text = json.dumps(definition["States"][name])
        assert old in text
        definition["States"][name] = json.loads(text.replace(old, new))

    return change


def rowed(definition: dict[str, Any]) -> None:
    """Put a row of more states in front than anybody can survey."""
    names = [f"Step {number}" for number in range(of_course.MOST_STATES)]
    for name, following in zip(names, [*names[1:], definition["StartAt"]], strict=True):
        definition["States"][name] = {"Type": "Pass", "Next": following}
    definition["StartAt"] = names[0]


LOOP = {"Type": "Pass", "Next": "Nowhere Else"}
ODD = [{**retry("read", *DYNAMODB)[0], "MaxAttempts": 7}]
EVERYTHING = [{**retry("read", *DYNAMODB)[0], "ErrorEquals": ["States.ALL"]}]
CAUGHT_FIRST = [
    {"ErrorEquals": ["States.ALL"], "Next": "Judged"},
    {"ErrorEquals": ["Ecs.ClientException"], "Next": "Judged"},
]
CAUGHT_TOGETHER = [{"ErrorEquals": ["Ecs.ClientException", "States.ALL"], "Next": "Claim Lost"}]
PARAMETER = [{"ErrorEquals": ["Ssm.ParameterNotFound"], "Next": "Judged"}]
HELD = "#owner = :owner AND fence = :fence"

# The check, the state that it has to name, and what is done to it.
BROKEN: list[tuple[Check, str, Change]] = [
    (of_course.semantics, "Judged", changed("Judged", Type="Pass", Next="Nowhere")),
    (of_course.semantics, "Run Task", replaced("Run Task", '"Wait For News"', '"Nowhere"')),
    (of_course.semantics, "StartAt", lambda definition: definition.update(StartAt="Nowhere")),
    (of_course.semantics, "Judged", replaced("Judged", "Pass", "{% $f( %}")),
    (of_course.semantics, "Judged", changed("Judged", InputPath="$")),
    (of_course.reachable, "Find Waits", lambda definition: definition.update(StartAt="Judged")),
    (of_course.reachable, "Nowhere Else", added("Nowhere Else", LOOP)),
    (of_course.catching_all, "Run Task", changed("Run Task", Catch=CAUGHT_FIRST)),
    (of_course.catching_all, "Run Task", changed("Run Task", Catch=CAUGHT_TOGETHER)),
    (of_course.guards, "Run Task", changed("Read Request", Next="Run Task")),
    (of_course.guards, "Run Task", lambda definition: definition.update(StartAt="Run Task")),
    (of_course.guards, "Run Task", replaced("Check Claim", '"Claim Lost"', '"Run Task"')),
    (of_course.guards, "Run Task", replaced("Check Claim", HELD, "#owner = :owner")),
    (of_course.guards, "Run Task", replaced("Check Claim", "claim.fence", "fence")),
    (of_course.guards, "Run Task", with_argument("Check Claim", "Key", key("wait#web"))),
    (of_course.size, "the machine", rowed),
    (
        of_course.ends,
        "Judged",
        lambda definition: definition["States"].update(Judged={"Type": "Fail"}),
    ),
    (of_course.verdicts, "Judged", replaced("Judged", "Pass", "Passed")),
    (of_course.variables, "Run Task", replaced("Run Task", "$order.run", "$orders.run")),
    (of_course.variables, "Find Waits", replaced("Find Waits", '"order"', '"oder"')),
    (of_calls.resources, "Run Task", replaced("Run Task", "ecs:runTask", "ecs:runTasks")),
    (of_calls.resources, "Run Task", replaced("Run Task", "ecs:runTask", "ecs:RunTask")),
    (of_calls.resources, "Run Task", replaced("Run Task", "aws-sdk:ecs", "aws-sdk:ecz")),
    (of_calls.arguments, "Find Waits", with_argument("Find Waits", "tableName", "ledger")),
    (of_calls.arguments, "Find Waits", with_argument("Find Waits", "Tablename", "ledger")),
    (of_calls.arguments, "Check Claim", without_argument("Check Claim", "Key")),
    (of_calls.arguments, "Check Claim", with_argument("Check Claim", "ReturnValues", "ALL")),
    (of_calls.arguments, "Run Task", replaced("Run Task", "'Command'", "'command'")),
    (of_calls.errors, "Run Task", changed("Run Task", Catch=PARAMETER)),
    (of_calls.errors, "Run Task", replaced("Run Task", "Ecs.Client", "Ecs.ServiceNotFound")),
    (of_calls.errors, "Read Request", replaced("Read Request", "RetryableError", "Retryable")),
    (of_calls.errors, "Wait For News", replaced("Wait For News", "States.Timeout", "States.Late")),
    (of_calls.retries, "Find Waits", changed("Find Waits", Retry=ODD)),
    (of_calls.retries, "Find Waits", changed("Find Waits", Retry=None)),
    (of_calls.retries, "Find Waits", changed("Find Waits", Retry=retry("function", *DYNAMODB))),
    (
        of_calls.retries,
        "Run Task",
        replaced("Run Task", "ecs:runTask", "ecs:registerTaskDefinition"),
    ),
    (of_calls.transient_errors, "Find Waits", changed("Find Waits", Retry=EVERYTHING)),
    (
        of_calls.transient_errors,
        "Find Waits",
        replaced("Find Waits", DYNAMODB[1], "DynamoDb.ResourceNotFoundException"),
    ),
    (
        of_calls.transient_errors,
        "Find Waits",
        changed("Find Waits", Retry=retry("read", DYNAMODB[0])),
    ),
    (of_calls.keyed, "Run Task", replaced("Run Task", "'ClientToken'", "'Group'")),
    (of_calls.waits, "Wait For News", changed("Wait For News", TimeoutSeconds=None)),
    (of_calls.waits, "Wait For News", changed("Wait For News", Catch=None)),
    (of_calls.payloads, "Read Request", replaced("Read Request", '"known"', '"knwon"')),
    (of_calls.payloads, "Read Request", replaced("Read Request", '"known": []', '"now": 1')),
    (of_calls.payloads, "Read Request", replaced("Read Request", "d.request", "d.requests")),
    (of_calls.payloads, "Read Request", replaced("Read Request", "{ReadRequest", "{Read")),
]
