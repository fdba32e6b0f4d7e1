"""Does what a scenario says become what the embedded AWS does?"""

from pathlib import Path

import pytest
import yaml

from rehearsal.scenario.acts.telling import told
from rehearsal.scenario.format.before import Alarm, Alone, Behaves, Failing, Image
from rehearsal.scenario.format.fields import seconds
from rehearsal.scenario.format.reading import read
from rehearsal.scenario.repeating import Task, attempt
from rehearsal.scenario.stage.alarming import Alarms
from rehearsal.scenario.stage.behaving import behaviour
from rehearsal.scenario.times import clock_time
from rehearsal.world import World

EXAMPLES = sorted((Path(__file__).parents[2] / "rehearsal/scenario/examples").glob("*.yaml"))
CATALOGUE = {
    "application": "orders",
    "repository": "orders",
    "cluster": "production",
    "services": {"web": {}},
}


def rehearsed(path, **members):
    document = {"name": "a try", "catalogue": [CATALOGUE], **members}
    document.setdefault("world", {"images": {"orders": {"v1": {}, "v2": {}}}})
    file = path / "scenario.yaml"
    file.write_text(yaml.safe_dump(document))
    return attempt(Task(read(file), 0))


def test_what_is_different_in_a_service_is_so_on_top_of_the_image():
    image = Image(
        starts_in=5.0,
        healthy_after=float("inf"),
        task=Alone(exit_code=2, takes=40.0),
        fails=Failing(0.25),
        by_service={"worker": Behaves(oom_after=15.0)},
        commands={"db:migrate": Behaves(task=Alone(exit_code=1))},
    )
    found = behaviour(image)
    assert (found.starts_in, found.healthy_after, found.fails) == (5.0, None, 0.25)
    assert (found.task_exit_code, found.task_takes) == (2, 40.0)
    worker = found.by_service["worker"]
    assert (worker.starts_in, worker.oom_after, worker.healthy_after) == (5.0, 15.0, None)
    assert found.commands["db:migrate"].task_exit_code == 1
    assert worker.commands["db:migrate"].oom_after == 15.0


def test_an_image_nobody_describes_further_is_healthy():
    found = behaviour(Image())
    assert (found.healthy_after, found.exits_after, found.fails) == (10.0, None, None)


def test_cloudwatch_tells_of_an_alarm_as_aws_documents_it(sample):
    with World(sample) as world:
        alarms = Alarms(world)
        alarms.make(["orders-5xx"], {"late": Alarm(period=seconds("5m"))})
        alarms.change("orders-5xx", "ALARM")
        alarms.change("orders-5xx", "ALARM")
        (event,) = (each for each in world.bus.events if each["source"] == "aws.cloudwatch")
        assert event["detail-type"] == "CloudWatch Alarm State Change"
        (resource,) = event["resources"]
        assert resource.startswith("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orders-5xx")
        detail = event["detail"]
        assert set(detail) == {"alarmName", "configuration", "previousState", "state"}
        assert (detail["previousState"]["value"], detail["state"]["value"]) == ("OK", "ALARM")
        assert set(detail["state"]) == {"value", "reason", "reasonData", "timestamp"}
        (metric,) = detail["configuration"]["metrics"]
        assert metric["metricStat"]["period"] == 60
        (late,) = world.client("cloudwatch").describe_alarms(AlarmNames=["late"])["MetricAlarms"]
        assert (late["StateValue"], late["Period"]) == ("OK", 300)


def test_an_alarm_that_is_missing_is_not_there(sample):
    with World(sample) as world:
        Alarms(world).make(["orders-5xx"], {"orders-5xx": Alarm(state="missing")})
        assert world.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_action_is_told_in_a_sentence(path):
    for action in read(path).scenario.timeline:
        what, text = told(action)
        assert what in yaml.safe_dump(yaml.safe_load(path.read_text())["timeline"])
        assert text.endswith(".")
        assert " " in text


def test_what_aws_refuses_fails_the_scenario_in_words(tmp_path):
    result = rehearsed(tmp_path, timeline=[{"at": "1m", "stop_deployment": "orders/web"}])
    (said,) = result.failures
    assert said.startswith(
        "timeline[0] could not be done: A person stopped the deployment of orders/web in ECS."
    )
    assert "ConflictException" in said


def test_a_world_that_aws_would_not_have_is_refused_in_words(tmp_path):
    rolled = {"hooks": [{"stage": "TEST_TRAFFIC_SHIFT", "pause": "5m"}], "strategy": "BLUE_GREEN"}
    result = rehearsed(tmp_path, world={"services": {"orders/web": rolled}})
    assert result.failures[0].startswith("AWS would not have such a world: ")
    assert "Invalid lifecycle stage provided for Pause Hook" in result.failures[0]


def test_a_world_without_room_is_refused_in_words(tmp_path):
    world = {
        "clusters": {"production": {"capacity": "ec2", "instances": 1, "cpu": 1_024}},
        "services": {"orders/web": {"desired": 10}},
    }
    (said,) = rehearsed(tmp_path, world=world).failures
    assert said.startswith(
        "orders/web is not steady at 0s: 4 of 10 tasks run and are healthy. ECS said last: "
        "(service orders-web) was unable to place a task"
    )
    assert "has insufficient CPU units available." in said
    assert said.endswith("or write unsteady: true in it to begin all the same.")


def test_a_world_whose_image_crashes_is_refused_in_words(tmp_path):
    images = {"orders": {"v1": {"exits_after": "3s", "exit_code": 7}, "v2": {}}}
    (said,) = rehearsed(tmp_path, world={"images": images}).failures
    assert said.startswith("orders/web is not steady at 0s: 0 of 2 tasks run and are healthy. ")
    assert "Its last task stopped: Essential container in task exited (exit code 7)." in said


def test_a_world_may_be_said_to_be_unsteady(tmp_path):
    images = {"orders": {"v1": {"exits_after": "3s"}, "v2": {}}}
    result = rehearsed(
        tmp_path,
        world={"images": images, "unsteady": True},
        timeline=[{"at": "0s", "push": "orders:v2"}],
        expect={"deployments": [{"image": "v2", "outcome": "Promoted"}]},
    )
    assert result.failures == ()


def test_a_cluster_has_no_more_instances_to_lose_than_it_has(tmp_path):
    gone = {"at": 0, "lose": {"cluster": "production", "instance": 4}}
    world = {"clusters": {"production": {"capacity": "ec2", "instances": 3}}}
    result = rehearsed(tmp_path, timeline=[gone], world=world)
    assert result.failures[0].startswith("timeline[0] could not be done: production lost 4 of its")


def test_a_hook_that_does_not_wait_cannot_be_continued(tmp_path):
    result = rehearsed(tmp_path, timeline=[{"at": "1m", "continue_deployment": "orders/web"}])
    assert "No hook of its deployment waits." in result.failures[0]


def test_autoscaling_stays_within_its_limits(tmp_path):
    limits = {"desired": 2, "autoscaling": {"min": 2, "max": 3}}
    result = rehearsed(
        tmp_path,
        world={"services": {"orders/web": limits}},
        timeline=[{"at": "0s", "foreign": {"scale": "orders/web", "to": 8}}],
    )
    assert result.failures == ()
    assert result.found.services["orders/web"]["desired"] == 3


def test_what_an_image_does_from_now_on_it_does_in_tasks_that_start_later(tmp_path):
    changed = {"at": 0, "change_image": "orders:v1", "to": {"exits_after": "5s", "exit_code": 7}}
    result = rehearsed(tmp_path, timeline=[changed])
    assert result.found.services["orders/web"]["healthy"] == 2
    stopped = {"at": "1m", "foreign": {"stop_task": "orders/web"}}
    result = rehearsed(tmp_path, timeline=[changed, stopped])
    assert result.found.services["orders/web"]["healthy"] == 1


def test_a_task_definition_that_somebody_deregistered_is_inactive(tmp_path):
    deregistered = {"at": 0, "foreign": {"deregister": "orders/web"}}
    scaled = {"at": "1m", "foreign": {"update_service": "orders/web", "desired": 3}}
    result = rehearsed(tmp_path, timeline=[deregistered, scaled])
    assert result.failures == ()
    assert result.found.services["orders/web"]["healthy"] == 3


def test_a_service_runs_the_first_image_that_is_described(tmp_path):
    result = rehearsed(tmp_path, world={"images": {"orders": {"v7": {}, "v8": {}}}})
    assert result.found.services["orders/web"]["runs"] == ["v7"]
    assert result.virtual_seconds == 0


def test_times_are_those_of_the_scenario(tmp_path):
    result = rehearsed(tmp_path, timeline=[{"at": "5m", "push": "orders:v2"}])
    (mark,) = (each for each in result.timeline if each["kind"] == "mark")
    assert mark == {"at": 300.0, "kind": "mark", "what": "push", "text": "orders:v2 was pushed."}
    (deployment,) = result.found.deployments
    assert 300 < deployment["opened_at"] < 302
    assert result.virtual_seconds > deployment["closed_at"]


def test_a_request_that_is_refused_is_a_deployment_that_was_not_made(tmp_path):
    asked = {"at": 0, "start": "deploy", "input": {"application": "order", "image": "v2"}}
    result = rehearsed(
        tmp_path,
        timeline=[asked],
        expect={"deployments": {"at_least": [{"application": "orders"}]}},
    )
    (deployment,) = result.found.deployments
    assert deployment["outcome"] == "InvalidRequest"
    assert "did you mean" in deployment["message"]
    assert result.failures[0].startswith("Expected a deployment with application orders")


def test_only_pilothouse_s_calls_are_counted(tmp_path):
    update = {"update_service": "orders/web", "desired": 3}
    result = rehearsed(tmp_path, timeline=[{"at": 0, "foreign": update}])
    assert not result.sdk_calls
    assert result.found.services["orders/web"]["desired"] == 3


@pytest.mark.parametrize(
    ("passed", "told"), [(40, "40s"), (492.2, "8m12s"), (7_500, "2h05m"), (0, "0s")]
)
def test_a_person_reads_a_time(passed, told):
    assert clock_time(passed) == told
