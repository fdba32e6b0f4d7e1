from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from functions.domain.errors import RetryableError, TerminalError
from functions.edge import entrypoint, logger

CONTEXT = SimpleNamespace(
    function_name="judge",
    memory_limit_in_mb=128,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:judge",
    aws_request_id="1",
)


class Word(StrEnum):
    FAIL = "Fail"


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    execution: str
    now: datetime
    part: Part
    deployment: int = 1
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    word: Word
    part: Part
    now: datetime


EVENT = {"execution": "e-1", "now": "2026-01-01T00:00:00.000Z", "part": {"name": "web"}}


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    return Answer(Word.FAIL, request.part, request.now)


def refused(event: object) -> str:
    with pytest.raises(TerminalError) as caught:
        handler(event, CONTEXT)
    return str(caught.value)


def test_a_request_arrives_in_the_types_of_the_domain() -> None:
    seen: list[Request] = []

    @entrypoint(Request, Answer)
    def look(request: Request) -> Answer:
        seen.append(request)
        return Answer(Word.FAIL, request.part, request.now)

    look(EVENT | {"part": {"name": "web", "ports": [80, 443]}}, CONTEXT)
    assert seen == [Request("e-1", datetime(2026, 1, 1, tzinfo=UTC), Part("web", (80, 443)))]


def test_an_answer_leaves_as_plain_json() -> None:
    answer = handler(EVENT | {"part": {"name": "web", "ports": [80]}}, CONTEXT)
    assert answer == {
        "word": "Fail",
        "part": {"name": "web", "ports": [80]},
        "now": "2026-01-01T00:00:00Z",
    }


def test_every_log_line_names_the_execution() -> None:
    handler(EVENT, CONTEXT)
    assert logger.get_correlation_id() == "e-1"


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (
            EVENT | {"deployment": "42"},
            '"deployment" is "42", it should be a valid integer.',
        ),
        (EVENT | {"deployment": 4.5}, '"deployment" is 4.5, it should be a valid integer.'),
        (EVENT | {"reason": 7}, '"reason" is 7, it should be a valid string.'),
        (EVENT | {"part": {}}, '"part.name" is missing.'),
        (EVENT | {"part": []}, '"part" is a list, it should be an object.'),
        (EVENT | {"execution": {"a": 1}}, '"execution" is an object, it should be a valid string.'),
        (EVENT | {"fource": True}, '"fource" is not known here, leave it out.'),
        (
            EVENT | {"part": {"name": "web", "port": 80}},
            '"part.port" is not known here, leave it out.',
        ),
        (
            EVENT | {"part": {"name": "web", "ports": [80, "http"]}},
            '"part.ports[1]" is "http", it should be a valid integer.',
        ),
        ({"execution": "e", "now": EVENT["now"]}, '"part" is missing.'),
        (
            {"execution": "e", "part": {"name": 1}},
            '"now" is missing; "part.name" is 1, it should be a valid string.',
        ),
        (
            EVENT | {"deployment": "4" * 100},
            f'"deployment" is "{"4" * 56}..., it should be a valid integer.',
        ),
        ([1], "the input is a list, it should be an object."),
    ],
)
def test_a_malformed_request_is_one_sentence(event: object, sentence: str) -> None:
    assert refused(event) == f"The request of this function is malformed: {sentence}"


def test_what_aws_asks_is_read_in_its_own_names_and_answered_in_them() -> None:
    @dataclass(frozen=True, slots=True)
    class Told:
        the_part: Part | None = None

    @dataclass(frozen=True, slots=True)
    class Said:
        hook_status: Word
        call_back_delay: int | None = None

    seen: list[Told] = []

    @entrypoint(Told, Said, of_aws=True)
    def answer(told: Told) -> Said:
        seen.append(told)
        return Said(Word.FAIL)

    event = {"thePart": {"name": "web", "unheard": 1}, "executionId": "e-1"}
    assert answer(event, CONTEXT) == {"hookStatus": "Fail"}
    assert seen == [Told(Part("web"))]


def test_many_problems_stay_one_readable_sentence() -> None:
    assert refused(EVENT | {f"x{number}": 1 for number in range(8)}).endswith("; and 3 more.")


def failing(error: Exception) -> None:
    @entrypoint(Request, Answer)
    def fail(request: Request) -> Answer:
        raise error

    fail(EVENT, CONTEXT)


def test_what_nobody_expected_passes_unchanged() -> None:
    error = ZeroDivisionError("by zero")
    with pytest.raises(ZeroDivisionError) as caught:
        failing(error)
    assert caught.value is error


@pytest.mark.parametrize("error", [TerminalError("no"), RetryableError("not yet")])
def test_our_own_failures_pass_unchanged(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        failing(error)
    assert caught.value is error


def test_an_error_of_aws_becomes_one_of_ours_and_keeps_its_cause() -> None:
    error = ClientError({"Error": {"Code": "ThrottlingException"}}, "DescribeServices")
    with pytest.raises(RetryableError) as caught:
        failing(error)
    assert caught.value.__cause__ is error
