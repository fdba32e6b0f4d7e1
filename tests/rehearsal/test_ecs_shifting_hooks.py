"""A lifecycle hook is called or awaited at its stage, and its answer decides how it goes on."""

import json
import re

import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from rehearsal.ecs.backend import ACTIONS
from tests.rehearsal.greenhouse import (
    DAY,
    FUNCTION,
    UP,
    awaited,
    configure,
    deploy,
    function,
    hooks,
    pause,
    proceed,
    rollout,
    shifting,
    stages,
    stands,
    traffic,
)
from tests.rehearsal.house import ACCOUNT, REGION, house, state
from tests.rehearsal.rules import holds
from tests.rehearsal.test_ecs_events import recorded
from tests.rehearsal.test_ecs_seams import MODEL

PAUSED = (
    "PRE_SCALE_UP",
    "POST_SCALE_UP",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
)
CALLED = (*PAUSED, "TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT")
SUCCEEDED, FAILED = {"hookStatus": "SUCCEEDED"}, {"hookStatus": "FAILED"}
BACK = "Service deployment rolled back because"


class Function:
    """A function that answers so, the last answer for good; it keeps what it was told, and when."""

    def __init__(self, made, *answers, arn=FUNCTION):
        self.made, self.answers, self.events, self.times = made, list(answers), [], []
        made.functions[arn] = self

    def __call__(self, event):
        self.events.append(event)
        self.times.append(self.made.clock.seconds - self.made.start)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@holds("R11.5")
@pytest.mark.parametrize("stage", PAUSED)
def test_a_pause_waits_for_a_person_at_its_stage(stage):
    with shifting("BLUE_GREEN", pause(stage)) as made:
        deploy(made)
        made.until(3600)
        (hook,) = rollout(made)["lifecycleHookDetails"]
        assert (hook["targetType"], hook["status"], hook["timeoutAction"]) == (
            "PAUSE",
            "AWAITING_ACTION",
            "ROLLBACK",
        )
        assert (hook["expiresAt"] - rollout(made)["startedAt"]).total_seconds() in (DAY, DAY + UP)
        assert stands(made) == ("IN_PROGRESS", stage)
        proceed(made)
        made.until(4000)
        assert (rollout(made)["status"], hooks(made)) == (
            "SUCCESSFUL",
            [("AWAITING_ACTION", stage), ("SUCCEEDED", stage)],
        )


@holds("R11.5", "R11.1")
@pytest.mark.parametrize("stage", PAUSED)
def test_a_person_sends_a_paused_deployment_back(stage):
    with shifting("BLUE_GREEN", pause(stage)) as made:
        first = made.service()["deployments"][0]["id"]
        deploy(made)
        made.until(3600)
        proceed(made, "ROLLBACK")
        made.until(4000)
        assert hooks(made) == [("AWAITING_ACTION", stage), ("FAILED", stage)]
        goes_back(made, first, f"{BACK} {stage} pause hook was rolled back.")


def goes_back(made, first, reason):
    """Check that all is as before, under the old id."""
    found, service = rollout(made), made.service()
    assert (found["status"], found["statusReason"]) == ("ROLLBACK_SUCCESSFUL", reason)
    (only,) = service["deployments"]
    assert (only["id"], only["status"], only["rolloutState"]) == (first, "PRIMARY", "COMPLETED")
    assert found["rollback"]["reason"] == reason
    assert found["rollback"]["serviceRevisionArn"].endswith(first.rpartition("/")[2])
    assert (state(made), traffic(made)) == ("R1 2R/2H", {"R1": 100.0})


@holds("R11.5")
@pytest.mark.parametrize(("action", "status"), [("CONTINUE", "SUCCESSFUL"), ("ROLLBACK", "BACK")])
@pytest.mark.parametrize("minutes", [1, 20160])
def test_a_pause_that_nobody_answers_ends_as_it_was_configured(action, status, minutes):
    hook = pause("POST_TEST_TRAFFIC_SHIFT", timeoutInMinutes=minutes, action=action)
    with shifting("BLUE_GREEN", hook) as made:
        first = made.service()["deployments"][0]["id"]
        deploy(made)
        made.until(UP + 60 * minutes - 1)
        assert stands(made) == ("IN_PROGRESS", "POST_TEST_TRAFFIC_SHIFT")
        made.until(UP + 60 * minutes + 120)
        assert hooks(made)[-1] == ("TIMED_OUT", "POST_TEST_TRAFFIC_SHIFT")
        if status == "BACK":
            goes_back(made, first, f"{BACK} POST_TEST_TRAFFIC_SHIFT pause hook timed out.")
        else:
            assert rollout(made)["status"] == "SUCCESSFUL"


@holds("R11.5")
@pytest.mark.parametrize("stage", CALLED)
def test_a_function_lets_the_deployment_go_on(stage):
    with shifting("BLUE_GREEN", function(stage)) as made:
        check = Function(made, SUCCEEDED)
        deploy(made)
        made.until(600)
        assert (rollout(made)["status"], [each["lifecycleStage"] for each in check.events]) == (
            "SUCCESSFUL",
            [stage],
        )
        assert hooks(made) == [("IN_PROGRESS", stage), ("SUCCEEDED", stage)]
        (shown,) = rollout(made)["lifecycleHookDetails"]
        assert (shown["targetArn"], shown["status"]) == (FUNCTION, "SUCCEEDED")


UNREAD = f"ECS was unable to parse the response from {FUNCTION} due to HookStatus must not be null"
PROBLEMS = [
    (FAILED, f"Lifecycle hook target {FUNCTION} returned FAILED status."),
    ({}, UNREAD),
    ({"hookStatus": "DONE"}, UNREAD),
    (RuntimeError("unreachable"), UNREAD),
]


@holds("R11.5", "R11.1")
@pytest.mark.parametrize(("answer", "text"), PROBLEMS)
@pytest.mark.parametrize("stage", CALLED)
def test_a_function_that_does_not_succeed_rolls_back(stage, answer, text):
    with shifting("BLUE_GREEN", function(stage)) as made:
        first = made.service()["deployments"][0]["id"]
        Function(made, answer, SUCCEEDED)
        deploy(made)
        made.until(600)
        assert hooks(made)[:2] == [("IN_PROGRESS", stage), ("FAILED", stage)]
        goes_back(made, first, f"{BACK} {stage} lifecycle hook(s) failed. {text}")


@holds("R11.5")
def test_a_function_that_is_not_there_rolls_back():
    with shifting("BLUE_GREEN", function("PRE_SCALE_UP")) as made:
        deploy(made)
        made.until(100)
        assert (
            f"was unable to invoke hook target {FUNCTION} due to Function not found"
            in (rollout(made)["statusReason"])
        )


@holds("R11.5")
def test_a_function_that_is_busy_is_called_again():
    with shifting("BLUE_GREEN", function("PRE_SCALE_UP", hookDetails={"bucket": "b"})) as made:
        busy = {"hookStatus": "IN_PROGRESS"}
        check = Function(
            made,
            {**busy, "hookDetails": {"seen": 1}},
            {**busy, "callBackDelay": 95},
            SUCCEEDED,
        )
        deploy(made)
        made.until(600)
        assert check.times == [0, 30, 125]
        assert [each["hookDetails"] for each in check.events] == [
            {"bucket": "b"},
            {"bucket": "b", "seen": 1},
            {"bucket": "b", "seen": 1},
        ]
        assert len({each["executionId"] for each in check.events}) == 1
        assert hooks(made) == [("IN_PROGRESS", "PRE_SCALE_UP"), ("SUCCEEDED", "PRE_SCALE_UP")]


@holds("R11.5")
@pytest.mark.parametrize(
    ("timeout", "seconds", "status"),
    [
        ({"timeoutInMinutes": 7}, 420, "ROLLBACK_SUCCESSFUL"),
        ({"timeoutInMinutes": 7, "action": "CONTINUE"}, 420, "SUCCESSFUL"),
        ({}, DAY, "ROLLBACK_SUCCESSFUL"),
        ({"action": "CONTINUE"}, DAY, "SUCCESSFUL"),
    ],
)
def test_a_function_that_is_busy_for_too_long_is_given_up(timeout, seconds, status):
    hook = function("PRE_SCALE_UP", timeoutConfiguration=timeout)
    with shifting("BLUE_GREEN", hook) as made:
        Function(made, {"hookStatus": "IN_PROGRESS", "callBackDelay": 3600})
        deploy(made)
        made.until(seconds - 1)
        assert stands(made) == ("IN_PROGRESS", "PRE_SCALE_UP")
        made.until(seconds + 300)
        assert hooks(made) == [("IN_PROGRESS", "PRE_SCALE_UP"), ("TIMED_OUT", "PRE_SCALE_UP")]
        assert rollout(made)["status"] == status


def weights(made, kind, event):
    names = {
        made.rollouts()[0]["targetServiceRevision"]["arn"]: "green",
        made.rollouts()[-1]["targetServiceRevision"]["arn"]: "blue",
    }
    return {names[arn]: share for arn, share in event["executionDetails"][kind].items()}


def test_a_function_is_told_what_aws_documents_stage_by_stage():
    with shifting("CANARY", function(*CALLED)) as made:
        configure(made, "CANARY", function(*CALLED), canaryConfiguration={"canaryPercent": 12.5})
        check = Function(made, SUCCEEDED)
        deploy(made)
        made.until(1200)
        json.dumps(check.events)
        first = check.events[0]
        assert first == {
            "executionId": first["executionId"],
            "lifecycleStage": "PRE_SCALE_UP",
            "resourceArn": rollout(made)["serviceDeploymentArn"],
            "executionDetails": {
                "serviceArn": made.service()["serviceArn"],
                "targetServiceRevisionArn": rollout(made)["targetServiceRevision"]["arn"],
                "testTrafficWeights": {},
                "productionTrafficWeights": {},
            },
        }
        told = [
            (
                each["lifecycleStage"],
                weights(made, "testTrafficWeights", each),
                weights(made, "productionTrafficWeights", each),
            )
            for each in check.events
        ]
        pre, shift = "PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"
        assert told == [
            ("PRE_SCALE_UP", {}, {}),
            ("POST_SCALE_UP", {}, {}),
            ("TEST_TRAFFIC_SHIFT", {"green": 100, "blue": 0}, {}),
            ("POST_TEST_TRAFFIC_SHIFT", {}, {}),
            (pre, {}, {"green": 0, "blue": 100}),
            (shift, {}, {"green": 12.5, "blue": 87.5}),
            (pre, {}, {"green": 12.5, "blue": 87.5}),
            (shift, {}, {"green": 100, "blue": 0}),
            ("POST_PRODUCTION_TRAFFIC_SHIFT", {}, {}),
        ]


def test_functions_of_both_shifts_are_called_again_on_the_way_back():
    stages_ = ("TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT")
    with shifting("BLUE_GREEN", function(*stages_)) as made:
        check = Function(made, SUCCEEDED, SUCCEEDED, FAILED)
        deploy(made)
        made.until(600)
        assert stages(made)[-3:] == ["PRODUCTION_TRAFFIC_SHIFT", "TEST_TRAFFIC_SHIFT", "CLEAN_UP"]
        back = check.events[3:]
        green = rollout(made)["targetServiceRevision"]["arn"]
        targets = [each["executionDetails"]["targetServiceRevisionArn"] for each in back]
        assert targets == [green, green]
        assert weights(made, "productionTrafficWeights", back[0]) == {"green": 0, "blue": 100}
        assert weights(made, "testTrafficWeights", back[1]) == {"green": 0, "blue": 0}
        # It says FAILED still, and the way back goes on.
        assert rollout(made)["status"] == "ROLLBACK_SUCCESSFUL"


def test_the_hooks_of_a_stage_run_side_by_side_and_all_have_to_succeed():
    stage, other = "POST_SCALE_UP", f"{FUNCTION}-2"
    both = [function(stage), function(stage, arn=other), pause(stage)]
    with shifting("BLUE_GREEN", *both) as made:
        Function(made, {"hookStatus": "IN_PROGRESS"}, {"hookStatus": "IN_PROGRESS"}, SUCCEEDED)
        quick = Function(made, SUCCEEDED, arn=other)
        deploy(made)
        made.until(UP + 1)
        assert quick.times == [UP]
        proceed(made)
        made.until(UP + 59)
        assert stands(made) == ("IN_PROGRESS", stage)
        made.until(UP + 60)
        assert stands(made)[1] == "CLEAN_UP"


def test_one_hook_that_fails_rolls_back_whatever_the_others_wait_for():
    stage = "POST_SCALE_UP"
    with shifting("BLUE_GREEN", pause(stage), function(stage)) as made:
        Function(made, FAILED)
        deploy(made)
        made.until(UP + 1)
        paused, called = rollout(made)["lifecycleHookDetails"]
        assert (paused["status"], called["status"]) == ("FAILED", "FAILED")
        assert rollout(made)["status"] == "ROLLBACK_IN_PROGRESS"
        # Nobody answered the pause: no event says so.
        assert hooks(made) == [
            ("AWAITING_ACTION", stage),
            ("IN_PROGRESS", stage),
            ("FAILED", stage),
        ]


def test_a_function_may_call_ecs_itself():
    with shifting("BLUE_GREEN", function("POST_SCALE_UP")) as made:
        made.functions[FUNCTION] = lambda event: made.update(desiredCount=3) and SUCCEEDED
        deploy(made)
        made.until(400)
        assert (rollout(made)["status"], state(made)) == ("SUCCESSFUL", "R2 3R/3H")


def test_a_hook_event_has_the_recorded_members():
    with shifting("BLUE_GREEN", pause("POST_TEST_TRAFFIC_SHIFT", timeoutInMinutes=10)) as made:
        deploy(made)
        made.until(UP)
        (detail,) = made.told("ECS Hook State Change")
        example = recorded("ecs-hook-state-change-awaiting-action")
        assert set(detail) == set(example)
        for name in ("eventType", "eventName", "hookType", "lifecycleStage"):
            assert detail[name] == example[name]
        assert detail["hookId"].startswith("ecs-pause-")
        assert len(detail["hookId"]) == len(example["hookId"])
        (resources,) = [where for kind, where, _ in made.events if kind == "ECS Hook State Change"]
        assert resources == [rollout(made)["serviceDeploymentArn"]]


@pytest.mark.parametrize(
    ("hook", "action", "text"),
    [
        ("pause-1", "CONTINUE", "hookId must follow the format: ecs-{hookType}-{id}"),
        ("ecs-pause-1", "CONTINUE", "either completed, unavailable, or not associated"),
    ],
)
def test_a_hook_that_nobody_awaits_cannot_be_continued(hook, action, text):
    with shifting("BLUE_GREEN", pause("PRE_SCALE_UP")) as made:
        deploy(made)
        made.until(10)
        with pytest.raises(ClientError, match=text):
            proceed(made, action, hook)


def test_a_hook_is_continued_once_and_not_when_all_is_over():
    with shifting("BLUE_GREEN", pause("PRE_SCALE_UP")) as made:
        deploy(made)
        made.until(10)
        (hook,) = awaited(made)
        proceed(made)
        with pytest.raises(ClientError, match="either completed"):
            proceed(made, hook=hook)
        made.until(400)
        with pytest.raises(ClientError, match="not allowed for service deployment in terminal"):
            proceed(made, hook=hook)


def test_a_service_deployment_that_is_not_there_cannot_be_continued():
    with shifting() as made:
        found = made.ecs.exceptions.ServiceDeploymentNotFoundException
        with pytest.raises(found, match="The service deployment does not exist"):
            made.ecs.continue_service_deployment(
                serviceDeploymentArn=f"{rollout(made)['serviceDeploymentArn']}x",
                hookId="ecs-pause-1",
            )


@holds("R11.5")
@pytest.mark.parametrize(
    ("hook", "text"),
    [
        ({**pause("PRE_SCALE_UP"), "targetType": "SNS"}, "Valid values are: AWS_LAMBDA, PAUSE"),
        (pause("TEST_TRAFFIC_SHIFT"), "Invalid lifecycle stage provided for Pause Hook"),
        (pause("PRODUCTION_TRAFFIC_SHIFT"), "Invalid lifecycle stage provided for Pause Hook"),
        (function("SCALE_UP"), "Invalid lifecycle stage"),
        (function("BAKE_TIME"), "Invalid lifecycle stage"),
        (function("CLEAN_UP"), "Invalid lifecycle stage"),
        (function("SOMEWHERE"), "Invalid lifecycle stage"),
        (function(), "Invalid lifecycle stage"),
        ({"lifecycleStages": ["PRE_SCALE_UP"]}, "hookTargetArn is required"),
        (pause("PRE_SCALE_UP", timeoutInMinutes=20161), "between 1 and 20160"),
        (
            function("PRE_SCALE_UP", timeoutConfiguration={"timeoutInMinutes": 1441}),
            "between 1 and 1440",
        ),
        (pause("PRE_SCALE_UP", action="STOP"), "Invalid timeout action"),
    ],
)
def test_a_hook_that_cannot_be_is_refused(hook, text):
    with shifting() as made, pytest.raises(ClientError, match=text):
        configure(made, "BLUE_GREEN", hook)


def test_ten_hooks_of_a_type_are_the_most():
    with shifting() as made:
        paused, called = pause("PRE_SCALE_UP"), function("PRE_SCALE_UP")
        configure(made, "BLUE_GREEN", *[paused] * 10, *[called] * 10)
        with pytest.raises(ClientError, match="at most 10 lifecycle hooks of type PAUSE"):
            configure(made, "BLUE_GREEN", *[pause("PRE_SCALE_UP")] * 11)


def test_a_pause_of_a_rolling_deployment_is_refused():
    with shifting() as made, pytest.raises(ClientError, match="ROLLING deployment strategy"):
        configure(made, "ROLLING", pause("PRE_SCALE_UP"))


@pytest.mark.parametrize("action", ["CONTINUE", "ROLLBACK"])
def test_a_pause_of_a_rolling_deployment_can_be_switched_on(action):
    with shifting(given={"pause_hooks_when_rolling": True}) as made:
        configure(made, "ROLLING", pause("PRE_SCALE_UP"))
        first = made.service()["deployments"][0]["id"]
        deploy(made)
        made.until(3600)
        assert (stands(made), state(made)) == (("IN_PROGRESS", "PRE_SCALE_UP"), "R1 2R/2H")
        proceed(made, action)
        made.until(4000)
        if action == "CONTINUE":
            assert (stands(made), state(made)) == (("SUCCESSFUL", None), "R2 2R/2H")
        else:
            assert (stands(made), state(made)) == (("ROLLBACK_SUCCESSFUL", None), "R1 2R/2H")
            assert made.service()["deployments"][0]["id"] == first


def test_a_rolling_deployment_that_is_held_by_hand_can_be_answered_by_the_api():
    with house() as made:
        for tag in ("v1", "v2"):
            made.push(tag)
        made.create(made.register("v1"))
        made.until(100)
        deploy(made)
        made.until(120)
        made.installation.hold_at_hook(made.service()["serviceArn"])
        proceed(made, "ROLLBACK")
        made.until(400)
        assert (rollout(made)["status"], state(made)) == ("ROLLBACK_SUCCESSFUL", "R1 2R/2H")


def test_a_deployment_that_shifts_traffic_can_be_held_by_hand_too():
    with shifting(bake=5) as made:
        arn = made.service()["serviceArn"]
        deploy(made)
        made.until(UP)
        made.installation.hold_at_hook(arn, stage="BAKE_TIME")
        made.until(3 * DAY)
        assert (stands(made), state(made)) == (("IN_PROGRESS", "BAKE_TIME"), "R1 2R/2H, R2 2R/2H")
        made.installation.continue_(arn)
        made.until(3 * DAY + 100)
        assert rollout(made)["status"] == "SUCCESSFUL"


def test_answers_about_shifting_have_only_members_that_ecs_has():
    with shifting("CANARY", pause("POST_SCALE_UP"), function("POST_SCALE_UP")) as made:
        Function(made, SUCCEEDED)
        deploy(made)
        made.until(UP)
        region = made.installation.region(ACCOUNT, REGION)
        arn = rollout(made)["serviceDeploymentArn"]
        revision = rollout(made)["targetServiceRevision"]["arn"]
        asked = {
            "DescribeServices": {"cluster": "house", "services": ["web"]},
            "DescribeServiceDeployments": {"serviceDeploymentArns": [arn]},
            "DescribeServiceRevisions": {"serviceRevisionArns": [revision]},
            "ContinueServiceDeployment": {"serviceDeploymentArn": arn, "hookId": awaited(made)[0]},
        }
        for name, given in asked.items():
            action = ACTIONS[re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()]
            shape = MODEL.operation_model(name).output_shape
            report = ParamValidator().validate(action(region, given), shape)
            assert (name, report.generate_report()) == (name, "")


def test_the_events_of_a_function_have_the_same_members():
    with shifting("BLUE_GREEN", function("PRE_SCALE_UP")) as made:
        Function(made, FAILED)
        deploy(made)
        made.until(60)
        began, failed = made.told("ECS Hook State Change")
        example = recorded("ecs-hook-state-change-awaiting-action")
        assert set(began) == set(failed) == set(example)
        told = [(each["eventType"], each["hookType"]) for each in (began, failed)]
        assert told == [("INFO", "AWS_LAMBDA"), ("ERROR", "AWS_LAMBDA")]
        assert began["hookId"] == failed["hookId"]
