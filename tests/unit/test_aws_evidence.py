"""Are the parts of a deployment read from its bucket, whatever is wrong with one?"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.aws import evidence
from tests.fakes import client

BUCKET = "evidence"
PREFIX = "orders/000042/"


@pytest.fixture(autouse=True)
def s3() -> Iterator[Any]:
    with mock_aws():
        made = client("s3")
        place = {"LocationConstraint": "eu-west-1"}
        made.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
        yield made


def put(s3: Any, name: str, body: str) -> None:
    s3.put_object(Bucket=BUCKET, Key=PREFIX + name, Body=body)


def test_the_parts_of_one_deployment_are_read(s3: Any) -> None:
    put(s3, "web/1.json", '{"of": "web"}')
    put(s3, "bake/2.json", '{"of": "bake"}')
    s3.put_object(Bucket=BUCKET, Key="orders/000042.json", Body="{}")
    s3.put_object(Bucket=BUCKET, Key="orders/000043/web/1.json", Body="{}")
    found = evidence.parts(s3, BUCKET, PREFIX)
    assert sorted(each["of"] for each in found) == ["bake", "web"]


def test_without_parts_there_are_none(s3: Any) -> None:
    assert evidence.parts(s3, BUCKET, PREFIX) == []


def test_a_broken_one_is_noted_and_the_others_are_read(s3: Any) -> None:
    put(s3, "web/1.json", "{")
    put(s3, "web/2.json", "[]")
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}web/3.json", Body=b"\xff")
    put(s3, "web/4.json", '{"of": "web"}')
    found = evidence.parts(s3, BUCKET, PREFIX)
    assert sorted(map(json.dumps, found)) == sorted(
        map(
            json.dumps,
            [
                {"note": f"{PREFIX}web/1.json is no JSON"},
                {"note": f"{PREFIX}web/2.json is no part"},
                {"note": f"{PREFIX}web/3.json is no JSON"},
                {"of": "web"},
            ],
        )
    )


class Refusing:
    """S3 that lists, and gives nothing."""

    def __init__(self, s3: Any, error: Exception) -> None:
        self._s3, self._error = s3, error

    def get_paginator(self, name: str) -> Any:
        return self._s3.get_paginator(name)

    def get_object(self, **_: str) -> Any:
        raise self._error


def test_one_that_may_not_be_read_is_noted(s3: Any) -> None:
    put(s3, "web/1.json", "{}")
    refused = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject")
    (found,) = evidence.parts(Refusing(s3, refused), BUCKET, PREFIX)  # type: ignore[arg-type]
    assert found["note"].startswith(f"{PREFIX}web/1.json could not be read: AWS answered")
    with pytest.raises(KeyError):
        evidence.parts(Refusing(s3, KeyError("Body")), BUCKET, PREFIX)  # type: ignore[arg-type]


def test_that_nothing_can_be_listed_is_not_hidden(s3: Any) -> None:
    with pytest.raises(ClientError):
        evidence.parts(s3, "nowhere", PREFIX)


def test_of_very_many_the_newest_are_read(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "MOST", 3)
    for n in range(5):
        put(s3, f"web/{n}.json", json.dumps({"n": n}))
    note, *found = evidence.parts(s3, BUCKET, PREFIX)
    assert note == {"note": f"2 older parts are not in here, but in {PREFIX}"}
    assert len(found) == 3
