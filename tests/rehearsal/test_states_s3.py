"""Is what a state puts into S3 there as JSON?"""

import json

import pytest
from moto import mock_aws

from rehearsal.clock import Clock
from rehearsal.sdk import Sdk
from rehearsal.states.executions import StateMachines

BUCKET = "evidence"
KEY = "orders/000042/web/2026-11-21T12:00:00.000Z.json"


@pytest.fixture
def sdk():
    with mock_aws():
        made = Sdk()
        place = {"LocationConstraint": "eu-west-1"}
        made.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
        yield made


def run(sdk, action, **arguments):
    clock = Clock()
    machines = StateMachines(clock, sdk, lambda *_: None)
    state = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::aws-sdk:s3:{action}",
        "Arguments": {"Bucket": BUCKET, "Key": KEY, **arguments},
        "End": True,
    }
    definition = {"QueryLanguage": "JSONata", "StartAt": "Only", "States": {"Only": state}}
    arn = "arn:aws:states:eu-west-1:123456789012:stateMachine:only"
    machines.register(arn, definition, role_arn="arn:aws:iam::1:role/r")
    execution = machines.start(arn, "only", {"part": {"of": "web", "counts": [1, 2.5, None]}})
    clock.run()
    return execution


def stored(sdk):
    return sdk.client("s3").get_object(Bucket=BUCKET, Key=KEY)


def test_an_object_is_put_as_its_json(sdk):
    body = "{% $states.input.part %}"
    done = run(sdk, "putObject", Body=body, ContentType="application/json")
    assert done.status == "SUCCEEDED"
    found = stored(sdk)
    assert found["ContentType"] == "application/json"
    assert json.loads(found["Body"].read()) == {"of": "web", "counts": [1, 2.5, None]}


def test_a_text_is_put_as_json_too_with_its_quotes(sdk):
    assert run(sdk, "putObject", Body="{}").status == "SUCCEEDED"
    assert stored(sdk)["Body"].read() == b'"{}"'


def test_what_a_state_gets_is_a_text(sdk):
    run(sdk, "putObject", Body={"of": "web"})
    assert json.loads(run(sdk, "getObject").output["Body"]) == {"of": "web"}


def test_a_bucket_that_is_not_there_is_an_error_with_its_name(sdk):
    failed = run(sdk, "putObject", Bucket="nowhere", Body={})
    assert (failed.status, failed.error) == ("FAILED", "S3.NoSuchBucketException")
