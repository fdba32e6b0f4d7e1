"""Is a fault read from a file as it is meant, and what is said of one that means nothing?"""

import json

import pytest
from pydantic import TypeAdapter, ValidationError

from rehearsal.faults import (
    KINDS,
    DelayEvents,
    DuplicateEvents,
    Fail,
    Fault,
    KillLambda,
    LoseEvents,
    ReorderEvents,
    StaleReads,
    StopExecution,
    UpTo,
)

FAULTS = TypeAdapter(list[Fault])


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ({"lose_events": 0.2}, LoseEvents(0.2, of=("aws.ecs", "aws.cloudwatch"))),
        ({"lose_events": 0.2, "of": ["aws.ecr"]}, LoseEvents(0.2, of=["aws.ecr"])),
        (
            {"lose_events": 1, "detail_type": "ECS Task State Change"},
            LoseEvents(1, detail_type="ECS Task State Change"),
        ),
        ({"duplicate_events": 0.3}, DuplicateEvents(0.3)),
        ({"reorder_events": 0.3, "until": "5m"}, ReorderEvents(0.3, until=300)),
        ({"delay_events": {"up_to": "30s"}}, DelayEvents(UpTo(30))),
        (
            {"fail": "ecs:UpdateService", "error": "ThrottlingException", "times": 2},
            Fail("ecs:UpdateService", "ThrottlingException", times=2),
        ),
        (
            {"fail": "ecs:RunTask", "error": "ClusterNotFoundException", "of": "states", "from": 3},
            Fail("ecs:RunTask", "ClusterNotFoundException", of="states", first=3),
        ),
        (
            {"fail": "states:StartExecution", "error": "Timeout", "probability": 0.5},
            Fail("states:StartExecution", "Timeout", probability=0.5),
        ),
        (
            {"stale_reads": "ecs:DescribeServices", "by": "5s", "after": "1m"},
            StaleReads("ecs:DescribeServices", 5, after=60),
        ),
        ({"kill_lambda": "JudgeRollout"}, KillLambda("JudgeRollout", at="middle")),
        (
            {"kill_lambda": "ReadRequest", "at": "after", "error": "Lambda.Unknown"},
            KillLambda("ReadRequest", at="after", error="Lambda.Unknown"),
        ),
        (
            {"stop_execution": "deploy", "at_state": "Roll Services"},
            StopExecution("deploy", "Roll Services"),
        ),
        (
            {"stop_execution": "deploy", "at_state": "Roll Service"},
            StopExecution("deploy", "Roll Service"),
        ),
    ],
)
def test_an_entry_is_read_as_the_fault_of_its_kind(entry, fault):
    assert FAULTS.validate_python([entry]) == [fault]
    assert FAULTS.validate_json(json.dumps([entry]), strict=True) == [fault]
    assert FAULTS.validate_python([fault]) == [fault]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"lose_event": 0.2}, '"lose_event" is no kind of fault; did you mean lose_events?'),
        ("lose_events", "is no fault; write for example {lose_events: 0.2}"),
        ({}, "is no fault"),
        ({"lose_events": 2}, "less than or equal to 1"),
        ({"lose_events": 0.2, "tims": 1}, "Unexpected keyword argument"),
        ({"lose_events": 0.2, "first": 1}, "Unexpected keyword argument"),
        ({"lose_events": 0.2, "of": ["aws.esc"]}, "did you mean aws.ecs?"),
        ({"delay_events": {"up_to": "soon"}}, "is not a duration"),
        ({"fail": "ecs:UpdateService"}, "required"),
        ({"fail": "UpdateService", "error": "Timeout"}, "write for example ecs:UpdateService"),
        ({"fail": "esc:UpdateService", "error": "Timeout"}, "did you mean ecs?"),
        ({"fail": "ecs:UpdateServices", "error": "Timeout"}, "did you mean UpdateService?"),
        ({"fail": "ecs:UpdateService", "error": "Throttled"}, "did you mean Throttling?"),
        ({"fail": "ecs:UpdateService", "error": "Nonsense"}, "known are Timeout, TimeoutAfter"),
        ({"stale_reads": "ecs:RunTask", "by": "5s"}, "ecs:RunTask reads nothing"),
        ({"kill_lambda": "JudgeRolout"}, "did you mean JudgeRollout?"),
        ({"kill_lambda": "JudgeRollout", "at": "once"}, "'before', 'middle' or 'after'"),
        ({"stop_execution": "deploi", "at_state": "Admit"}, "did you mean deploy?"),
        ({"stop_execution": "roll", "at_state": "Judge"}, "did you mean Judged?"),
    ],
)
def test_what_means_nothing_is_told_with_what_would_be_right(entry, said):
    with pytest.raises(ValidationError) as caught:
        FAULTS.validate_python([entry])
    assert any(said in each["msg"] for each in caught.value.errors())


def test_a_test_is_told_the_same_as_a_file():
    with pytest.raises(ValueError, match="did you mean UpdateService"):
        Fail("ecs:UpdateServices", "Timeout")
    with pytest.raises(ValueError, match="there is no state of roll called"):
        StopExecution("roll", "Roll Services")


def test_a_mistake_is_found_at_its_field():
    entries = [{"lose_events": 0.1}, {"fail": "ecs:RunTask", "error": "Timeout", "times": 0}]
    with pytest.raises(ValidationError) as caught:
        FAULTS.validate_python(entries)
    assert [each["loc"] for each in caught.value.errors()] == [(1, "fail", "times")]


def test_every_kind_is_in_the_schema():
    shapes = FAULTS.json_schema()["$defs"].values()
    assert set(KINDS) <= {name for each in shapes for name in each["properties"]}
