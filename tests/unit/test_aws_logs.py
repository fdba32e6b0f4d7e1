"""Are the last lines of each container read, and does what cannot be read say so?"""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from functions.aws import logs
from functions.domain.evidence.log_place import LogPlace, NoLog
from tests.fakes import client

APP = LogPlace("app", "/ecs/orders-web", "ecs/app/t1", "eu-west-1")


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with mock_aws():
        yield


def printed(*messages: str, place: LogPlace = APP) -> None:
    made = client("logs")
    made.create_log_group(logGroupName=place.group)
    made.create_log_stream(logGroupName=place.group, logStreamName=place.stream)
    events = [{"timestamp": int(time.time() * 1000) + n, "message": each}
              for n, each in enumerate(messages)]  # fmt: skip
    made.put_log_events(logGroupName=place.group, logStreamName=place.stream, logEvents=events)


def read(*places: LogPlace | NoLog, most: int = 20, of: Any = None) -> dict[str, tuple[str, ...]]:
    return logs.last_lines(of or (lambda _: client("logs")), places, most)


def test_the_last_lines_are_read_redacted_and_in_their_order() -> None:
    printed(*(f"line {n}" for n in range(30)), "postgres://orders:s3cret@db/orders")
    assert read(APP, most=3) == {
        "app": ("line 28", "line 29", "postgres://orders:***@db/orders"),
    }


def test_each_container_is_read_in_its_own_region() -> None:
    printed("hello")
    asked: list[str] = []

    def of(region: str) -> Any:
        asked.append(region)
        return client("logs")

    proxy = NoLog("proxy", "its log driver is splunk: look where that sends them, or use awslogs")
    assert read(APP, proxy, of=of) == {
        "app": ("hello",),
        "proxy": ("(no log lines: its log driver is splunk: look where that sends them, "
                  "or use awslogs)",),
    }  # fmt: skip
    assert asked == ["eu-west-1"]


def test_none_wanted_reads_nothing() -> None:
    def of(_: str) -> Any:
        raise AssertionError("nothing is to be read")

    assert read(APP, most=0, of=of) == {}


def test_an_empty_stream_says_so() -> None:
    made = client("logs")
    made.create_log_group(logGroupName=APP.group)
    made.create_log_stream(logGroupName=APP.group, logStreamName=APP.stream)
    assert read(APP) == {"app": ("(no lines found)",)}


def test_a_stream_that_never_came_to_be_says_so() -> None:
    assert read(APP) == {
        "app": (
            "(the log group /ecs/orders-web has no stream ecs/app/t1: "
            "the container printed nothing)",
        )
    }


class Refusing:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def get_log_events(self, **_: Any) -> Any:
        raise self._error


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetLogEvents")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            refused("AccessDeniedException"),
            "(the log group /ecs/orders-web may not be read: add it to log_groups in the "
            "catalogue)",
        ),
        (
            refused("ThrottlingException"),
            "(the log group /ecs/orders-web could not be read just now: ThrottlingException)",
        ),
        (
            EndpointConnectionError(endpoint_url="https://logs"),
            "(the log group /ecs/orders-web could not be read just now: EndpointConnectionError)",
        ),
    ],
)
def test_what_cannot_be_read_is_one_line_that_says_why(error: Exception, line: str) -> None:
    assert read(APP, of=lambda _: Refusing(error)) == {"app": (line,)}


def test_a_mistake_of_ours_is_not_hidden() -> None:
    with pytest.raises(KeyError):
        read(APP, of=lambda _: Refusing(KeyError("events")))
