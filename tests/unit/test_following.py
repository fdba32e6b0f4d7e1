"""Whether schedules run the revisions they have to, and what is changed if not."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.following import MOST_ROUNDS, Look, Refusal, Round, judge, unreadable
from functions.domain.scheduled import Found, Kind, family, has_revision, reference
from functions.domain.verdict import Word

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ARN = "arn:aws:ecs:eu-west-1:111122223333:task-definition"
CLUSTER = "arn:aws:ecs:eu-west-1:111122223333:cluster/production"
UNIVERSAL = "arn:aws:scheduler:::aws-sdk:ecs:runTask"
NEW = f"{ARN}/orders-web:12"
WANTED = {"orders-web": NEW}


def running(named: str, **more: Any) -> dict[str, Any]:
    return {"Arn": CLUSTER, "EcsParameters": {"TaskDefinitionArn": named, "TaskCount": 1}, **more}


def schedule(target: dict[str, Any], name: str = "nightly", **more: Any) -> Found:
    return Found(name, Kind.SCHEDULE, {"Name": name, "Target": target, **more})


def rule(*targets: dict[str, Any], name: str = "hourly") -> Found:
    return Found(name, Kind.RULE, {"Rule": name, "Targets": list(targets)})


def judged(*found: Found, gone: tuple[str, ...] = (), number: int = 1, **refused: Any) -> Any:
    refusals = tuple(Refusal(name, *told) for name, told in refused.items())
    return judge(Look(found, gone), WANTED, Round("execution", number, refusals), NOW)


@pytest.mark.parametrize(
    ("named", "belongs", "fixed"),
    [
        (NEW, "orders-web", True),
        (f"{ARN}/orders-web", "orders-web", False),
        ("orders-web", "orders-web", False),
        ("orders-web:3", "orders-web", True),
    ],
)
def test_a_task_definition_is_named_with_or_without_its_revision(
    named: str, belongs: str, fixed: bool
) -> None:
    assert (family(named), has_revision(named)) == (belongs, fixed)


@pytest.mark.parametrize(
    ("target", "named"),
    [
        (running(NEW), NEW),
        ({"Arn": UNIVERSAL, "Input": '{"TaskDefinition": "orders-web"}'}, "orders-web"),
        ({"Arn": UNIVERSAL, "Input": '{"taskDefinition": "orders-web"}'}, "orders-web"),
        ({"Arn": UNIVERSAL, "Input": '{"Cluster": "production"}'}, None),
        ({"Arn": UNIVERSAL, "Input": "<aws.scheduler.scheduled-time>"}, None),
        ({"Arn": UNIVERSAL, "Input": "[]"}, None),
        ({"Arn": UNIVERSAL}, None),
        ({"Arn": "arn:aws:sqs:eu-west-1:1:q", "Input": '{"TaskDefinition": "orders-web"}'}, None),
        ({}, None),
    ],
)
def test_a_target_that_runs_no_task_names_none(target: dict[str, Any], named: str | None) -> None:
    assert reference(target) == named


def test_what_runs_the_revision_passes_in_one_sentence() -> None:
    found = judged(schedule(running(NEW)), rule(running(NEW), name="hourly"))
    assert found.verdict.verdict is Word.PASS
    assert found.verdict.message == "nightly and hourly run orders-web:12 now."
    assert found.changes == ()


def test_three_are_listed_as_people_list_them() -> None:
    found = judged(*(schedule(running(NEW), name) for name in ("a", "b", "c")))
    assert found.verdict.message == "a, b and c run orders-web:12 now."


def test_what_runs_nothing_of_the_application_has_nothing_to_follow() -> None:
    found = judged(schedule(running(f"{ARN}/billing:1")), gone=("weekly", "monthly"))
    assert found.verdict.message == (
        "No schedule runs a task of these services. weekly and monthly are not there any more."
    )


def test_one_that_is_gone_is_told() -> None:
    assert judged(gone=("weekly",)).verdict.message.endswith("weekly is not there any more.")


def test_only_the_revision_of_a_schedule_changes() -> None:
    before = schedule(running(f"{ARN}/orders-web", RoleArn="role"), State="DISABLED")
    (change,) = judged(before).changes
    asked = dict(change.arguments)
    assert 1 <= len(asked.pop("ClientToken")) <= 64
    assert asked == {
        "Name": "nightly",
        "Target": running(NEW, RoleArn="role"),
        "State": "DISABLED",
    }


def test_a_call_of_run_task_keeps_what_it_asks_for_besides() -> None:
    asked = {"Cluster": "production", "TaskDefinition": "orders-web:1", "Group": "nächtlich"}
    given = {"Arn": UNIVERSAL, "Input": json.dumps(asked)}
    (change,) = judged(schedule(given)).changes
    text = change.arguments["Target"]["Input"]
    assert json.loads(text) == {**asked, "TaskDefinition": NEW}
    assert "nächtlich" in text


def test_of_a_rule_only_the_targets_that_differ_are_put() -> None:
    other = {"Id": "queue", "Arn": "arn:aws:sqs:eu-west-1:1:q"}
    first, second = running(f"{ARN}/orders-web:1", Id="a"), running(NEW, Id="b")
    (change,) = judged(rule(first, second, other)).changes
    assert change.arguments == {"Rule": "hourly", "Targets": [running(NEW, Id="a")]}


def test_a_token_is_the_same_for_the_same_look_only() -> None:
    before = schedule(running("orders-web"))
    tokens = [
        judged(before, number=number).changes[0].arguments["ClientToken"] for number in (1, 1, 2)
    ]
    assert tokens[0] == tokens[1] != tokens[2]


@pytest.mark.parametrize(
    ("when", "followed"),
    [
        ({"EndDate": "2026-02-28T00:00:00.000Z"}, False),
        ({"EndDate": "2026-03-02T00:00:00.000Z"}, True),
        ({"ScheduleExpression": "at(2026-02-27T00:00:00)"}, False),
        # It may be in a time zone where that is still to come.
        ({"ScheduleExpression": "at(2026-02-28T20:00:00)"}, True),
        ({"ScheduleExpression": "rate(1 day)"}, True),
    ],
)
def test_what_is_over_is_left_alone(when: dict[str, str], followed: bool) -> None:
    found = judged(schedule(running("orders-web"), **when))
    assert bool(found.changes) is followed


def test_a_start_is_left_out_once_aws_has_refused_it() -> None:
    before = schedule(running("orders-web"), StartDate="2026-01-01T00:00:00.000Z")
    told = ("Scheduler.ValidationException", "The StartDate you specify cannot be earlier.")
    assert "StartDate" in judged(before).changes[0].arguments
    assert "StartDate" in judged(before, number=2, other=told).changes[0].arguments
    assert "StartDate" not in judged(before, number=2, nightly=told).changes[0].arguments


def test_what_we_do_not_know_is_not_lost() -> None:
    before = Found("nightly", Kind.SCHEDULE, {"Target": running("orders-web")}, ("Target.New",))
    verdict = judged(before).verdict
    assert verdict.verdict is Word.FAIL
    assert "has Target.New, which this version of Pilothouse does not know" in verdict.message


def test_what_needs_no_change_may_have_what_we_do_not_know() -> None:
    before = Found("nightly", Kind.SCHEDULE, {"Target": running(NEW)}, ("Target.New",))
    assert judged(before).verdict.verdict is Word.PASS


@pytest.mark.parametrize(
    ("error", "word"),
    [
        ("Scheduler.ConflictException", Word.WAIT),
        ("EventBridge.ConcurrentModificationException", Word.WAIT),
        ("Scheduler.ThrottlingException", Word.WAIT),
        ("Scheduler.ResourceNotFoundException", Word.WAIT),
        ("Scheduler.ValidationException", Word.FAIL),
        ("EventBridge.ManagedRuleException", Word.FAIL),
    ],
)
def test_a_refusal_that_may_pass_is_tried_again(error: str, word: Word) -> None:
    found = judged(schedule(running("orders-web")), number=2, nightly=(error, "no"))
    assert found.verdict.verdict is word


@pytest.mark.parametrize(
    ("told", "word", "says"),
    [
        (("Scheduler.ConflictException", "in use"), Word.FAIL, "could not be changed"),
        (("Scheduler.ThrottlingException", "Rate exceeded"), Word.ERROR, "Rate exceeded."),
        (None, Word.FAIL, "was changed 3 times and runs something else again"),
    ],
)
def test_after_three_rounds_it_is_given_up(
    told: tuple[str, str] | None, word: Word, says: str
) -> None:
    refused = {"nightly": told} if told else {}
    last = MOST_ROUNDS + 1
    verdict = judged(schedule(running("orders-web")), number=last, **refused).verdict
    assert (verdict.verdict, says in verdict.message) == (word, True)
    assert (verdict.reason is None) is (word is Word.ERROR)


def test_a_role_that_may_not_be_passed_says_where_to_name_it() -> None:
    said = "User x is not authorized to perform: iam:PassRole on role/y (Service: Scheduler, S"
    told = ("Scheduler.SchedulerException", said)
    verdict = judged(schedule(running("orders-web")), number=2, nightly=told).verdict
    assert verdict.message == (
        "The schedule nightly could not be changed, Scheduler.SchedulerException: User x is not "
        "authorized to perform: iam:PassRole on role/y. Name the role under roles in the catalogue."
    )
    assert verdict.reason is not None
    assert verdict.reason.evidence == (said,)


def test_what_cannot_be_read_says_what_aws_said() -> None:
    verdict = unreadable("denied.")
    assert (verdict.verdict, verdict.reason is not None) == (Word.FAIL, True)
    assert verdict.message.endswith("denied.")


NAMES = st.sampled_from(["orders-web", "orders-web:1", NEW, f"{ARN}/billing", f"{ARN}/billing:4"])
TARGETS = st.builds(running, NAMES, RoleArn=st.text(max_size=3), Id=st.text(max_size=3))


@given(st.lists(TARGETS, max_size=4), TARGETS)
def test_one_round_brings_all_to_the_revision_and_changes_nothing_else(
    targets: list[dict[str, Any]], alone: dict[str, Any]
) -> None:
    before = [rule(*({**each, "Id": str(at)} for at, each in enumerate(targets))), schedule(alone)]
    after = [_done(each, judged(*before).changes) for each in before]
    assert judged(*after).verdict.verdict is Word.PASS
    for one, other in zip(before, after, strict=True):
        for each, changed in zip(one.targets, other.targets, strict=True):
            inside, told = dict(each["EcsParameters"]), dict(changed["EcsParameters"])
            was, now = inside.pop("TaskDefinitionArn"), told.pop("TaskDefinitionArn")
            assert now == (NEW if family(was) == "orders-web" and was != "orders-web:12" else was)
            assert {**each, "EcsParameters": inside} == {**changed, "EcsParameters": told}


def _done(found: Found, changes: tuple[Found, ...]) -> Found:
    """Return what AWS has once the changes are made."""
    change = next((each for each in changes if each.name == found.name), found)
    if found.kind is Kind.SCHEDULE:
        return change
    put = {each["Id"]: each for each in change.targets}
    targets = [put.get(each["Id"], each) for each in found.targets]
    return Found(found.name, found.kind, {**found.arguments, "Targets": targets})
