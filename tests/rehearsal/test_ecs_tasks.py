"""How single tasks live and end (scheduler-rules §1, §13)."""

import pytest
from botocore.exceptions import ClientError

from rehearsal.ecs import Behaviour
from tests.rehearsal.house import CHECK, NETWORK, house, running
from tests.rehearsal.rules import holds

STATES = ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"]
ENDS = ["DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"]


def run(made, definition, **members):
    asked = {"launchType": "FARGATE", "networkConfiguration": NETWORK, **members}
    return made.ecs.run_task(cluster="house", taskDefinition=definition, **asked)


def described(made, task):
    return made.ecs.describe_tasks(cluster="house", tasks=[task["taskArn"]])["tasks"][0]


def image(made, behaviour=None, **members):
    made.push("v1", behaviour)
    return made.register("v1", **members)


@holds("R1.1", "R1.3", "R2.2", "R2.4", "R13.5")
def test_a_task_goes_through_all_states_with_growing_versions():
    with house() as made:
        (task,) = run(made, image(made))["tasks"]
        assert (task["lastStatus"], task["version"]) == ("PROVISIONING", 1)
        (attached,) = task["attachments"]
        assert attached["status"] == "PRECREATED"
        assert [each["name"] for each in attached["details"]] == ["subnetId"]
        made.until(100)
        told = made.told("ECS Task State Change")
        assert [each["lastStatus"] for each in told] == [*STATES, *ENDS[:1], *ENDS[2:]]
        assert [each["version"] for each in told] == list(range(1, len(told) + 1))


@holds("R1.6", "R13.6")
def test_a_task_that_ends_well_has_its_times_and_exit_code():
    with house() as made:
        (task,) = run(made, image(made, Behaviour(task_takes=30)), startedBy="hand")["tasks"]
        made.until(60)
        ended = described(made, task)
        assert (ended["lastStatus"], ended["stopCode"]) == ("STOPPED", "EssentialContainerExited")
        assert ended["containers"][0]["exitCode"] == 0
        assert (ended["stoppedAt"] - ended["startedAt"]).total_seconds() == 30
        order = ["createdAt", "pullStartedAt", "pullStoppedAt", "startedAt", "executionStoppedAt"]
        assert [ended[name] for name in order] == sorted(ended[name] for name in order)
        assert (ended["group"], ended["startedBy"]) == ("family:orders", "hand")


@holds("R13.6")
def test_the_image_decides_the_exit_code_and_the_command_may_differ():
    contract = Behaviour(task_exit_code=3, exit_reason="OutOfMemoryError: too much")
    with house() as made:
        definition = image(made, Behaviour(commands={"db:contract": contract}))
        command = {"name": "app", "command": ["rake", "db:contract"]}
        (good,) = run(made, definition)["tasks"]
        (bad,) = run(made, definition, overrides={"containerOverrides": [command]})["tasks"]
        made.until(60)
        assert described(made, good)["containers"][0]["exitCode"] == 0
        (container,) = described(made, bad)["containers"]
        assert (container["exitCode"], container["reason"]) == (3, "OutOfMemoryError: too much")
        shown = described(made, bad)["overrides"]["containerOverrides"]
        assert shown == [command]


@holds("R1.4", "R13.6")
def test_a_sidecar_is_terminated_when_the_essential_container_ends():
    with house() as made:
        made.behaviours.learn("public.ecr.aws/x/agent", "1", Behaviour(task_takes=None))
        made.push("v1", Behaviour(task_takes=5))
        reference = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/orders:v1"
        sidecar = {"name": "agent", "image": "public.ecr.aws/x/agent:1", "essential": False}
        definition = made.register(
            "v1", containerDefinitions=[{"name": "app", "image": reference}, sidecar]
        )
        (task,) = run(made, definition)["tasks"]
        made.until(60)
        codes = {each["name"]: each["exitCode"] for each in described(made, task)["containers"]}
        assert codes == {"app": 0, "agent": 143}


@holds("R13.3")
def test_the_same_token_starts_nothing_twice():
    with house() as made:
        definition = image(made)
        (first,) = run(made, definition, clientToken="deployment-7")["tasks"]
        (again,) = run(made, definition, clientToken="deployment-7")["tasks"]
        assert again["taskArn"] == first["taskArn"]
        assert len(made.tasks()) == 1
        made.until(60)
        (ended,) = run(made, definition, clientToken="deployment-7")["tasks"]
        assert ended == {"taskArn": first["taskArn"], "lastStatus": "STOPPED"}


@holds("R13.3")
def test_the_same_token_with_other_parameters_is_a_conflict():
    with house() as made:
        definition = image(made)
        (first,) = run(made, definition, clientToken="deployment-7")["tasks"]
        with pytest.raises(ClientError) as refused:
            run(made, definition, clientToken="deployment-7", startedBy="another")
        assert refused.value.response["Error"]["Code"] == "ConflictException"
        assert refused.value.response["resourceIds"] == [first["taskArn"]]


@holds("R13.3")
def test_a_token_is_forgotten_an_hour_after_the_task():
    with house() as made:
        definition = image(made)
        (first,) = run(made, definition, clientToken="deployment-7")["tasks"]
        made.until(40 + 3600)
        (second,) = run(made, definition, clientToken="deployment-7")["tasks"]
        assert second["taskArn"] != first["taskArn"]


@holds("R13.1")
def test_what_finds_no_place_is_a_failure_and_no_task():
    with house() as made:
        made.installation.capacity.limit = 1
        answer = run(made, image(made), count=3)
        assert len(answer["tasks"]) == 1
        assert [each["reason"] for each in answer["failures"]] == ["RESOURCE:CPU"] * 2


@pytest.mark.parametrize(
    ("members", "code", "message"),
    [
        ({"cluster": "nowhere"}, "ClusterNotFoundException", "Cluster not found."),
        ({"taskDefinition": "nobody:1"}, "ClientException", "TaskDefinition not found."),
        ({"taskDefinition": "orders:1"}, "InvalidParameterException", "TaskDefinition is inactive"),
        ({"networkConfiguration": {}}, "InvalidParameterException", "Network Configuration must"),
        ({"count": 11}, "InvalidParameterException", "count must be between 1 and 10"),
    ],
)
@holds("R13.2", "R3.11")
def test_a_task_that_cannot_be_started_is_refused(members, code, message):
    with house() as made:
        old = image(made)
        made.ecs.deregister_task_definition(taskDefinition=old)
        asked = {
            "cluster": "house",
            "taskDefinition": made.register("v1"),
            "networkConfiguration": NETWORK,
            **members,
        }
        with pytest.raises(ClientError, match=message) as refused:
            made.ecs.run_task(**asked)
        assert refused.value.response["Error"]["Code"] == code
        assert made.tasks() == []


@holds("R1.1", "R1.7", "R2.1", "R2.4")
def test_a_person_stops_a_task_with_a_reason():
    with house() as made:
        (task,) = run(made, image(made, Behaviour(task_takes=None)))["tasks"]
        made.until(60)
        stopping = made.ecs.stop_task(cluster="house", task=task["taskArn"], reason="enough")
        assert stopping["task"]["lastStatus"] == "DEACTIVATING"
        made.until(80)
        ended = described(made, task)
        assert (ended["stopCode"], ended["stoppedReason"]) == ("UserInitiated", "enough")
        assert ended["containers"][0]["exitCode"] == 143
        assert [each["lastStatus"] for each in made.told("ECS Task State Change")][-4:] == ENDS


@holds("R1.10", "R13.7")
def test_health_is_that_of_the_essential_containers_with_a_check():
    with house() as made:
        behaviour = Behaviour(healthy_after=5, unhealthy_after=20, task_takes=None)
        (task,) = run(made, image(made, behaviour, container=CHECK))["tasks"]
        seen = []
        for seconds in (20, 25, 40):
            made.until(seconds)
            seen.append(described(made, task)["healthStatus"])
        assert seen == ["UNKNOWN", "HEALTHY", "UNHEALTHY"]
        assert described(made, task)["desiredStatus"] == "RUNNING"


@holds("R1.11")
def test_stopped_tasks_are_shown_for_an_hour():
    with house() as made:
        (task,) = run(made, image(made))["tasks"]
        made.until(35 + 3599)
        assert len(made.tasks("STOPPED")) == 1
        made.until(35 + 3600)
        answer = made.ecs.describe_tasks(cluster="house", tasks=[task["taskArn"]])
        assert answer["tasks"] == []
        assert answer["failures"] == [{"arn": task["taskArn"], "reason": "MISSING"}]


@holds("R1.2")
def test_tasks_are_listed_by_what_is_desired_of_them():
    with running() as made:
        (service,) = made.service()["deployments"]
        (alone,) = run(made, "orders", startedBy="hand")["tasks"]
        one = made.tasks(serviceName="web")[0]
        made.ecs.stop_task(cluster="house", task=one["taskArn"])
        assert len(made.tasks(serviceName="web")) == 1
        assert [each["taskArn"] for each in made.tasks("STOPPED")] == [one["taskArn"]]
        assert [each["taskArn"] for each in made.tasks(startedBy="hand")] == [alone["taskArn"]]
        by_deployment = made.tasks("STOPPED", startedBy=service["id"])
        assert [each["taskArn"] for each in by_deployment] == [one["taskArn"]]
        assert len(made.tasks(family="orders")) == 2
        assert made.tasks("PENDING") == []


@holds("R13.4")
def test_started_by_is_the_only_filter():
    with running() as made, pytest.raises(ClientError, match="startedBy must be the only filter"):
        made.ecs.list_tasks(cluster="house", startedBy="hand", serviceName="web")


def test_more_than_a_hundred_tasks_come_in_pages():
    with running(130) as made:
        first = made.ecs.list_tasks(cluster="house", serviceName="web")
        assert len(first["taskArns"]) == 100
        rest = made.ecs.list_tasks(cluster="house", serviceName="web", nextToken=first["nextToken"])
        assert (len(rest["taskArns"]), "nextToken" in rest) == (30, False)
        with pytest.raises(ClientError, match="Between 1 and 100 tasks"):
            made.ecs.describe_tasks(cluster="house", tasks=first["taskArns"] + rest["taskArns"])


@holds("R1.8", "R1.9")
def test_service_tasks_say_whose_they_are():
    with running(
        members={"propagateTags": "SERVICE", "tags": [{"key": "a", "value": "b"}]}
    ) as made:
        (deployment,) = made.service()["deployments"]
        arn = made.tasks()[0]["taskArn"]
        answer = made.ecs.describe_tasks(cluster="house", tasks=[arn], include=["TAGS"])
        (task,) = answer["tasks"]
        assert (task["startedBy"], task["group"]) == (deployment["id"], "service:web")
        assert task["tags"] == [{"key": "a", "value": "b"}]
        revision = made.rollouts()[0]["targetServiceRevision"]["arn"]
        assert deployment["id"] == f"ecs-svc/{revision.rpartition('/')[2]}"


def test_the_log_of_a_container_is_written_when_it_ends():
    logging = {
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {"awslogs-group": "/orders", "awslogs-stream-prefix": "web"},
        }
    }
    with house() as made:
        definition = image(made, Behaviour(log="migrating"), container=logging)
        (task,) = run(made, definition)["tasks"]
        made.until(60)
        (line,) = made.logs
        stream = f"web/app/{task['taskArn'].rpartition('/')[2]}"
        assert (line.group, line.stream, line.text) == ("/orders", stream, "migrating")


@holds("R2.2", "R2.4")
def test_ecs_may_tell_of_fewer_states():
    with house(every_state_is_told=False) as made:
        (task,) = run(made, image(made, Behaviour(task_takes=None)))["tasks"]
        made.until(60)
        made.ecs.stop_task(cluster="house", task=task["taskArn"])
        made.until(100)
        told = made.told("ECS Task State Change")
        assert [(each["lastStatus"], each["desiredStatus"]) for each in told] == [
            ("PROVISIONING", "RUNNING"),
            ("RUNNING", "RUNNING"),
            ("DEACTIVATING", "STOPPED"),
            ("STOPPED", "STOPPED"),
        ]
        assert [each["version"] for each in told] == [1, 2, 3, 4]


@holds("R1.1", "R2.4")
def test_a_task_that_never_ran_goes_to_stopped_without_the_states_of_one_that_did():
    with house() as made:
        (task,) = run(made, image(made))["tasks"]
        made.until(12)
        made.ecs.stop_task(cluster="house", task=task["taskArn"])
        made.until(20)
        told = made.told("ECS Task State Change")
        assert [each["lastStatus"] for each in told][2:] == [
            "ACTIVATING",
            "ACTIVATING",
            "DEPROVISIONING",
            "STOPPED",
        ]
        ended = described(made, task)
        assert "startedAt" not in ended
        assert "exitCode" not in ended["containers"][0]


@holds("R1.1", "R1.6")
@pytest.mark.parametrize("seconds", [5, 12, 30])
def test_the_times_of_a_task_say_how_far_it_came(seconds):
    with house() as made:
        (task,) = run(made, image(made, Behaviour(task_takes=None)))["tasks"]
        made.until(seconds)
        shown = described(made, task)
        known = ("connectivityAt", "pullStartedAt", "pullStoppedAt", "startedAt")
        assert sum(name in shown for name in known) == {5: 1, 12: 2, 30: 4}[seconds]


@holds("R13.5", "R1.7")
def test_a_failed_pull_ends_without_an_exit_code_at_version_four():
    with house() as made:
        (task,) = run(made, image(made, Behaviour(pull_error="denied")))["tasks"]
        made.until(60)
        ended = described(made, task)
        assert (ended["stopCode"], ended["version"]) == ("TaskFailedToStart", 4)
        assert ended["containers"][0]["reason"] == "CannotPullContainerError: denied"
        assert "exitCode" not in ended["containers"][0]
        assert ended["pullStartedAt"] < ended["pullStoppedAt"]


@holds("R13.3", "R13.4")
@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"startedBy": "a" * 129}, "startedBy must be"),
        ({"startedBy": "a b"}, "startedBy must be"),
        ({"clientToken": "a" * 65}, "clientToken must be"),
        ({"clientToken": "a b"}, "clientToken must be"),
        (
            {"overrides": {"containerOverrides": [{"name": "app", "command": ["x" * 8200]}]}},
            "Container Overrides length must be at most 8192",
        ),
    ],
)
def test_what_is_too_long_or_has_other_signs_is_refused(members, message):
    with house() as made:
        definition = image(made)
        with pytest.raises(ClientError, match=message):
            run(made, definition, **members)
        assert run(made, definition, startedBy="a-B_9/" * 21)["failures"] == []


@holds("R13.7")
def test_a_task_of_nobody_is_not_replaced():
    with house() as made:
        run(made, image(made))
        made.until(600)
        assert made.tasks() == []
        assert len(made.tasks("STOPPED")) == 1
