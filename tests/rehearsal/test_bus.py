"""Do events reach whom they should, as what they should, and what if they cannot?"""

import json

import pytest
from moto import mock_aws

from rehearsal.bus import Bus, Rule
from rehearsal.clock import Clock
from rehearsal.names import parse_resource
from rehearsal.sdk import Sdk, refusal
from rehearsal.states.measured import Failure
from rehearsal.transformer import transformed

MACHINE = "arn:aws:states:eu-west-1:1:stateMachine:deploy"
QUEUE = "arn:aws:sqs:eu-west-1:1:dead"
PUSHED = {"source": ["aws.ecr"], "detail": {"image-tag": [{"prefix": "v"}]}}
DETAIL = {"repository-name": "orders", "image-tag": "v42", "image-digest": "sha256:1"}


class Heard:
    """A target that notes what it gets, after refusing as often as it is told to."""

    def __init__(self, clock, *errors):
        self.clock, self.errors, self.got, self.names = clock, list(errors), [], []

    def __call__(self, delivery):
        if self.errors:
            raise self.errors.pop(0)
        self.got.append((self.clock.seconds, delivery.payload))
        self.names.append(delivery.name)


@pytest.fixture
def clock():
    return Clock()


def a_bus(clock, heard=None, target=None, **rule):
    bus = Bus(clock, account="1", region="eu-west-1", seed=1)
    about = {"name": "push", "pattern": PUSHED, "targets": [{"Arn": MACHINE, **(target or {})}]}
    bus.rules.append(Rule(**(about | rule)))
    bus.deliver["states"] = heard or Heard(clock)
    return bus


def busy():
    return refusal("StartExecution", "ThrottlingException", "Rate exceeded")


def test_a_matching_event_arrives_a_moment_later_with_its_envelope(clock):
    bus = a_bus(clock, heard := Heard(clock))
    event = bus.emit("aws.ecr", "ECR Image Action", DETAIL, ["arn"])
    clock.run()
    ((at, payload),) = heard.got
    assert 0.2 <= at <= 1
    assert payload == event
    assert {key: event[key] for key in event if key != "id"} == {
        "version": "0",
        "detail-type": "ECR Image Action",
        "source": "aws.ecr",
        "account": "1",
        "time": "2026-01-01T00:00:00Z",
        "region": "eu-west-1",
        "resources": ["arn"],
        "detail": DETAIL,
    }
    assert [(each.rule, each.target, each.error) for each in bus.log] == [("push", MACHINE, None)]


@pytest.mark.parametrize(
    ("rule", "source", "detail", "name"),
    [
        ({}, "aws.ecs", DETAIL, "default"),
        ({}, "aws.ecr", {"image-tag": "latest"}, "default"),
        ({}, "aws.ecr", {}, "default"),
        ({}, "aws.ecr", DETAIL, "other"),
        ({"enabled": False}, "aws.ecr", DETAIL, "default"),
        ({"pattern": None}, "aws.ecr", DETAIL, "default"),
    ],
)
def test_other_events_go_nowhere(clock, rule, source, detail, name):
    bus = a_bus(clock, heard := Heard(clock), **rule)
    bus.emit(source, "ECR Image Action", detail, bus=name)
    clock.run()
    assert (heard.got, len(bus.events)) == ([], 1)


def test_the_same_seed_delivers_at_the_same_times():
    def times():
        clock = Clock()
        bus = a_bus(clock, heard := Heard(clock))
        for _ in range(5):
            bus.emit("aws.ecr", "x", DETAIL)
        clock.run()
        return heard.got, heard.names

    assert times() == times()
    assert len(set(times()[1])) == 5


def test_a_hook_can_lose_duplicate_and_delay_deliveries(clock):
    bus = a_bus(clock, heard := Heard(clock))
    plans = iter([[], [1, 1], [60]])
    bus.delays = lambda delivery: next(plans)
    for _ in range(3):
        bus.emit("aws.ecr", "x", DETAIL)
    clock.run()
    assert [at for at, _ in heard.got] == [1, 1, 60]
    assert len(set(heard.names)) == 3


def test_a_refused_delivery_is_tried_again(clock):
    bus = a_bus(clock, heard := Heard(clock, busy(), Failure("Lambda.Unknown", "no")))
    bus.emit("aws.ecr", "x", DETAIL)
    clock.run()
    assert len(heard.got) == 1
    assert heard.got[0][0] > 1.5


def test_a_delivery_that_stays_refused_ends_in_the_dead_letter_queue(clock):
    target = {"RetryPolicy": {"MaximumRetryAttempts": 2}, "DeadLetterConfig": {"Arn": QUEUE}}
    bus = a_bus(clock, heard := Heard(clock, busy(), busy(), busy()), target)
    dead = []
    bus.dead_letter = dead.append
    event = bus.emit("aws.ecr", "x", DETAIL)
    clock.run()
    (letter,) = dead
    assert (heard.got, letter.queue, json.loads(letter.body)) == ([], QUEUE, event)
    assert letter.attributes["ERROR_CODE"] == "ThrottlingException"
    assert letter.attributes["RETRY_ATTEMPTS"] == "2"
    assert letter.attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert letter.attributes["RULE_ARN"] == "arn:aws:events:eu-west-1:1:rule/push"
    assert bus.log[0].error == "ThrottlingException"


def test_an_old_event_is_not_tried_again(clock):
    target = {"RetryPolicy": {"MaximumEventAgeInSeconds": 60}, "DeadLetterConfig": {"Arn": QUEUE}}
    bus = a_bus(clock, Heard(clock, *(busy() for _ in range(99))), target)
    dead = []
    bus.dead_letter = dead.append
    bus.emit("aws.ecr", "x", DETAIL)
    clock.run()
    assert clock.seconds <= 60
    assert dead[0].attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"


def test_what_cannot_work_is_not_tried_again(clock):
    gone = refusal("StartExecution", "StateMachineDoesNotExist", "no such machine")
    bus = a_bus(clock, Heard(clock, gone), {"DeadLetterConfig": {"Arn": QUEUE}})
    dead = []
    bus.dead_letter = dead.append
    bus.emit("aws.ecr", "x", DETAIL)
    clock.run()
    assert dead[0].attributes["RETRY_ATTEMPTS"] == "0"
    assert "EXHAUSTED_RETRY_CONDITION" not in dead[0].attributes


def test_a_defect_of_a_target_is_no_failed_delivery(clock):
    bus = a_bus(clock, Heard(clock, ZeroDivisionError()))
    bus.emit("aws.ecr", "x", DETAIL)
    with pytest.raises(ZeroDivisionError):
        clock.run()
    a_bus(clock, target={"Arn": "arn:aws:firehose:eu-west-1:1:x"}).emit("aws.ecr", "x", DETAIL)
    with pytest.raises(LookupError, match="nothing here delivers"):
        clock.run()


def template(text, **paths):
    return {"InputTransformer": {"InputPathsMap": paths, "InputTemplate": text}}


EVENT = {
    "id": "1",
    "detail-type": "ECR Image Action",
    "resources": ["a", "b"],
    "detail": {"image-tag": 'v"42"', "count": 2, "labels": {"a": 1}, "none": None},
}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({}, EVENT),
        ({"Input": '{"application":"orders"}'}, {"application": "orders"}),
        ({"InputPath": "$.detail.labels"}, {"a": 1}),
        (
            template('{"tag":<t>,"n":<n>}', t="$.detail.image-tag", n="$.detail.count"),
            {"tag": 'v"42"', "n": 2},
        ),
        (
            template('{"tag":"<t>!","n":"<n>"}', t="$.detail.image-tag", n="$.detail.count"),
            {"tag": 'v"42"!', "n": "2"},
        ),
        (template('"<t> of <r>"', t="$.detail.image-tag", r="$.resources[1]"), 'v"42" of b'),
        (template('{"labels":<l>}', l="$.detail.labels"), {"labels": {"a": 1}}),
        (template('{"labels":"<l>"}', l="$.detail.labels"), {"labels": '{"a": 1}'}),
        (template('{"gone":<g>,"said":"<g>"}', g="$.detail.gone"), {"gone": None, "said": ""}),
        (template('{"all":<aws.events.event.json>}'), {"all": EVENT}),
        (template('{"rule":"<aws.events.rule-name>"}'), {"rule": "push"}),
        (template('{"kept":"a \\"<b> \\" < 1 <t>"}', t="$.id"), {"kept": 'a "<b> " < 1 1'}),
    ],
)
def test_a_target_gets_what_its_input_says(target, expected):
    known = {"aws.events.event.json": EVENT, "aws.events.rule-name": "push"}
    assert transformed(target, EVENT, known) == expected


def test_a_state_puts_events_on_the_same_bus(clock):
    rule = {"pattern": {"source": ["pilothouse"]}}
    bus = a_bus(clock, heard := Heard(clock), **rule)
    with mock_aws():
        sdk = Sdk()
        sdk.answers["events", "PutEvents"] = bus.put_events
        entry = {
            "Source": "pilothouse",
            "DetailType": "Pilothouse Deployment",
            "Detail": {"outcome": "Promoted"},
            "EventBusName": "default",
        }
        put = parse_resource("arn:aws:states:::events:putEvents")
        result = sdk.call(put, {"Entries": [entry]})
        clock.run()
        assert heard.got[0][1]["detail"] == {"outcome": "Promoted"}
        assert result == {"FailedEntryCount": 0, "Entries": [{"EventId": heard.got[0][1]["id"]}]}
        with pytest.raises(Failure) as caught:
            sdk.call(put, {"Entries": [entry | {"Source": "aws.ecr"}, entry | {"Detail": "no"}]})
    assert caught.value.error == "EventBridge.FailedEntry"
    codes = [each["ErrorCode"] for each in json.loads(caught.value.cause)["Entries"]]
    assert codes == ["NotAuthorizedForSourceException", "MalformedDetail"]
