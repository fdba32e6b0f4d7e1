"""Are calls, results and errors of states spelled as Step Functions spells them?"""

from datetime import UTC, datetime

import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from rehearsal.names import (
    Integration,
    UnknownResourceError,
    error_name,
    java_name,
    misspelt,
    parse_resource,
    valid_errors,
)
from rehearsal.sdk import Sdk, refusal
from rehearsal.spelling import instant
from rehearsal.states.measured import Failure
from tests.rehearsal.rules import holds


def resource(text):
    return parse_resource(f"arn:aws:states:::{text}")


@pytest.fixture
def sdk():
    with mock_aws():
        yield Sdk()


@pytest.fixture
def table(sdk):
    sdk.client("dynamodb").create_table(
        TableName="ledger",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    sdk.calls.clear()
    return "ledger"


def failure_of(sdk, text, arguments):
    with pytest.raises(Failure) as caught:
        sdk.call(resource(text), arguments)
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected", "operation"),
    [
        ("aws-sdk:ssm:getParameter", ("sdk", "ssm", "getParameter", ""), "GetParameter"),
        (
            "aws-sdk:dynamodb:updateItem.waitForTaskToken",
            ("sdk", "dynamodb", "updateItem", "waitForTaskToken"),
            "UpdateItem",
        ),
        ("dynamodb:updateItem", ("optimised", "dynamodb", "updateItem", ""), "UpdateItem"),
        (
            "states:startExecution.sync:2",
            ("optimised", "stepfunctions", "startExecution", "sync:2"),
            "StartExecution",
        ),
        (
            "aws-sdk:sfn:sendTaskSuccess",
            ("sdk", "stepfunctions", "sendTaskSuccess", ""),
            "SendTaskSuccess",
        ),
        ("aws-sdk:eventbridge:putEvents", ("sdk", "events", "putEvents", ""), "PutEvents"),
    ],
)
def test_a_resource_names_service_action_and_pattern(text, expected, operation):
    assert resource(text) == Integration(*expected)
    assert resource(text).operation == operation


@pytest.mark.parametrize(
    "text",
    [
        "aws-sdk:events:putEvents",
        "aws-sdk:stepfunctions:sendTaskSuccess",
        "aws-sdk:ecs:DescribeServices",
        "aws-sdk:ecs:describeService",
        "aws-sdk:ecs:runTask.sync",
        "aws-sdk:nothing:getParameter",
        "ecs:updateService",
        "dynamodb:updateItem.waitForTaskToken",
        "lambda:invoke.sync",
        "lambda",
    ],
)
def test_a_resource_step_functions_refuses_is_refused(text):
    with pytest.raises(UnknownResourceError):
        resource(text)


@holds("R14.4")
@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("aws-sdk:ssm:getParameter", "ParameterNotFound", "Ssm.ParameterNotFoundException"),
        ("aws-sdk:ssm:getParameter", "Whatever", "Ssm.SsmException"),
        ("aws-sdk:ecs:updateService", "Throttling", "Ecs.EcsException"),
        (
            "aws-sdk:ecs:updateService",
            "ClusterNotFoundException",
            "Ecs.ClusterNotFoundException",
        ),
        ("aws-sdk:ecr:describeImages", "Throttling", "Ecr.EcrException"),
        (
            "aws-sdk:dynamodb:updateItem",
            "ConditionalCheckFailedException",
            "DynamoDb.ConditionalCheckFailedException",
        ),
        (
            "dynamodb:updateItem",
            "ConditionalCheckFailedException",
            "DynamoDB.ConditionalCheckFailedException",
        ),
        ("dynamodb:updateItem", "Whatever", "DynamoDB.AmazonDynamoDBException"),
        ("aws-sdk:sfn:sendTaskSuccess", "TaskTimedOut", "Sfn.TaskTimedOutException"),
        ("aws-sdk:sfn:sendTaskSuccess", "InvalidToken", "Sfn.InvalidTokenException"),
        ("aws-sdk:eventbridge:putEvents", "InternalException", "EventBridge.InternalException"),
        ("ecs:runTask", "InvalidParameterException", "ECS.InvalidParameterException"),
        (
            "states:startExecution",
            "ExecutionAlreadyExists",
            "StepFunctions.ExecutionAlreadyExistsException",
        ),
        (
            "lambda:invoke",
            "TooManyRequestsException",
            "Lambda.TooManyRequestsException",
        ),
        (
            "aws-sdk:elasticloadbalancingv2:describeTargetHealth",
            "TargetGroupNotFound",
            "ElasticLoadBalancingV2.TargetGroupNotFoundException",
        ),
    ],
)
def test_errors_are_called_what_the_sdk_calls_them(text, code, name):
    assert error_name(resource(text), code) == name
    assert name in valid_errors(resource(text))


def test_names_that_do_not_exist_are_not_valid():
    valid = valid_errors(resource("aws-sdk:ssm:getParameter"))
    assert "Ssm.ParameterNotFound" not in valid
    assert "SSM.ParameterNotFoundException" not in valid
    assert "States.Runtime" not in valid
    assert "States.HeartbeatTimeout" not in valid
    waiting = valid_errors(resource("aws-sdk:dynamodb:updateItem.waitForTaskToken"))
    assert "States.HeartbeatTimeout" in waiting


def test_java_names():
    names = {"DynamoDB": "DynamoDb", "SFN": "Sfn", "CloudWatch Logs": "CloudWatchLogs"}
    assert {each: java_name(each) for each in names} == names


@holds("R14.2")
def test_members_are_pascal_case_keys_of_maps_are_not_and_json_is_free():
    update = resource("aws-sdk:dynamodb:updateItem")
    template = {
        "TableName": "t",
        "Key": {"pk": {"S": "1"}, "sk": {"s": "2"}},
        "ExpressionAttributeValues": "{% $values %}",
        "conditionExpression": "x",
    }
    assert misspelt(update, template) == ["Key.sk.s", "conditionExpression"]
    entry = {"Detail": {"any": {"Thing": 1}}, "detailType": "x"}
    assert misspelt(resource("events:putEvents"), {"Entries": [entry]}) == ["Entries[].detailType"]
    assert misspelt(resource("aws-sdk:eventbridge:putEvents"), {"Entries": [entry]}) == [
        "Entries[].Detail",
        "Entries[].detailType",
    ]


def test_a_call_is_renamed_both_ways(sdk):
    sdk.client("ecs").create_cluster(clusterName="production")
    result = sdk.call(
        resource("aws-sdk:ecs:describeClusters"), {"Clusters": ["production"], "Include": ["TAGS"]}
    )
    assert result["Clusters"][0]["ClusterName"] == "production"
    assert "ResponseMetadata" not in result


def test_times_are_iso_texts(sdk):
    sdk.client("ssm").put_parameter(Name="/a", Value="1", Type="String")
    result = sdk.call(resource("aws-sdk:ssm:getParameter"), {"Name": "/a"})
    assert isinstance(result["Parameter"]["LastModifiedDate"], str)
    assert instant(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00Z"
    assert instant(datetime(2026, 1, 1, microsecond=120_000, tzinfo=UTC)).endswith("00.120Z")


def test_whole_floats_are_numbers_to_an_api(sdk, table):
    result = sdk.call(resource("aws-sdk:dynamodb:scan"), {"TableName": table, "Limit": 5.0})
    assert result["Count"] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        {"tableName": "ledger", "Key": {"pk": {"S": "a"}}},
        {"TableName": "ledger", "Key": {"pk": {"S": "a"}}, "ReturnValue": "ALL_OLD"},
        {"TableName": "ledger"},
        {"TableName": "ledger", "Key": {"pk": {"N": 5}}},
        {"TableName": ["ledger"], "Key": {}},
        [],
    ],
)
def test_arguments_the_api_does_not_have_never_start_the_task(sdk, table, arguments):
    failure = failure_of(sdk, "aws-sdk:dynamodb:updateItem", arguments)
    assert failure.error == "States.Runtime"
    assert "could not be used to start the Task" in failure.cause
    assert not sdk.calls


def test_an_error_of_the_service_has_its_name_and_cause(sdk, table):
    put = {
        "TableName": table,
        "Item": {"pk": {"S": "a"}},
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    sdk.call(resource("dynamodb:putItem"), put)
    optimised = failure_of(sdk, "dynamodb:putItem", put)
    assert optimised.error == "DynamoDB.ConditionalCheckFailedException"
    assert "(Service: AmazonDynamoDB; Status Code: 400; Error Code: Cond" in optimised.cause
    direct = failure_of(sdk, "aws-sdk:dynamodb:putItem", put)
    assert direct.error == "DynamoDb.ConditionalCheckFailedException"
    assert "(Service: DynamoDb, Status Code: 400, Request ID: " in direct.cause


def test_calls_of_states_and_handlers_are_counted_and_seen_alike(sdk, table):
    before, after = [], []
    sdk.before.append(lambda *call: before.append(call))
    sdk.after.append(lambda *call: after.append(call))
    sdk.call(resource("aws-sdk:dynamodb:scan"), {"TableName": table})
    sdk.session.client("dynamodb").scan(TableName=table)
    assert sdk.calls == {("dynamodb", "Scan"): 2}
    assert before == [("dynamodb", "Scan", {"TableName": table})] * 2
    assert [parsed["Count"] for *_, parsed in after] == [0, 0]


def test_a_hook_can_refuse_a_call_for_states_and_handlers(sdk, table):
    def throttle(service, operation, arguments):
        raise refusal(operation, "ProvisionedThroughputExceededException", "Rate exceeded", 429)

    sdk.before.append(throttle)
    failure = failure_of(sdk, "aws-sdk:dynamodb:scan", {"TableName": table})
    assert failure.error == "DynamoDb.ProvisionedThroughputExceededException"
    assert failure.cause.startswith("Rate exceeded (Service: DynamoDb, Status Code: 429,")
    client = sdk.session.client("dynamodb")
    with pytest.raises(client.exceptions.ProvisionedThroughputExceededException):
        client.scan(TableName=table)


def test_a_lost_connection_is_an_error_of_the_client(sdk):
    def cut(*_):
        raise EndpointConnectionError(endpoint_url="https://ecs")

    sdk.before.append(cut)
    assert failure_of(sdk, "aws-sdk:ecs:listClusters", {}).error == "Ecs.SdkClientException"


def test_what_the_rehearsal_answers_itself_is_validated_first(sdk):
    asked = []
    sdk.answers["events", "PutEvents"] = lambda arguments: (
        asked.append(arguments)
        or {
            "FailedEntryCount": 0,
            "Entries": [{"EventId": "1"}],
        }
    )
    entry = {"Source": "pilothouse", "DetailType": "News", "Detail": {"a": 1}}
    result = sdk.call(resource("events:putEvents"), {"Entries": [entry]})
    assert result == {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}
    assert asked[0]["Entries"][0]["Detail"] == '{"a":1}'
    assert failure_of(sdk, "events:putEvents", {}).error == "States.Runtime"


def test_a_failed_entry_fails_the_optimised_integration_only(sdk):
    sdk.answers["events", "PutEvents"] = lambda _: {
        "FailedEntryCount": 1,
        "Entries": [{"ErrorCode": "MalformedDetail"}],
    }
    entry = {"Source": "a", "DetailType": "b", "Detail": "c"}
    failure = failure_of(sdk, "events:putEvents", {"Entries": [entry]})
    assert failure.error == "EventBridge.FailedEntry"
    result = sdk.call(resource("aws-sdk:eventbridge:putEvents"), {"Entries": [entry]})
    assert result["FailedEntryCount"] == 1
