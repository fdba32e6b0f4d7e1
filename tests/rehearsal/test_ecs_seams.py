"""The scheduler sits in moto, gives honest answers, and leaves nothing behind."""

from functools import partial
from random import Random

import botocore.session
import moto
import pytest
from botocore.validate import ParamValidator
from moto import mock_aws
from moto.cloudwatch.models import Alarm
from moto.ecs.models import EC2ContainerServiceBackend, ecs_backends
from moto.ecs.responses import EC2ContainerServiceResponse

from rehearsal.clock import Clock
from rehearsal.ecs import Behaviour, install
from rehearsal.ecs.backend import ACTIONS
from rehearsal.ecs.tasks.images import parse
from tests.rehearsal.house import BREAKER, CHECK, NETWORK, client, house, running

MODEL = botocore.session.get_session().get_service_model("ecs")


def methods(of):
    return {name: found for name, found in vars(of).items() if callable(found)}


def test_uninstall_gives_moto_back():
    before, alarm = methods(EC2ContainerServiceResponse), methods(Alarm)
    with house():
        assert "list_service_deployments" in vars(EC2ContainerServiceResponse)
        assert methods(Alarm) != alarm
    assert (methods(EC2ContainerServiceResponse), methods(Alarm)) == (before, alarm)
    assert ecs_backends.backend is EC2ContainerServiceBackend
    with mock_aws():
        assert client("ecs").list_clusters()["clusterArns"] == []


def test_nothing_moves_after_the_end():
    with running() as made:
        made.push("v2")
        made.update(taskDefinition=made.register("v2"))
    made.events.clear()
    made.until(600)
    assert made.events == []


def test_a_reset_of_moto_ends_the_world():
    with running() as made:
        made.push("v2")
        made.update(taskDefinition=made.register("v2"))
        ecs_backends["123456789012"]["eu-central-1"].reset()
        made.events.clear()
        made.until(600)
        assert made.events == []
        assert made.ecs.list_clusters()["clusterArns"] == []


def test_another_moto_is_refused(monkeypatch):
    monkeypatch.setattr(moto, "__version__", "5.3.0")
    with pytest.raises(RuntimeError, match=r"made for moto 5\.2\.5, this is 5\.3\.0"):
        install(Clock(), Random(1), print)  # noqa: S311


def test_clusters_count_their_tasks_and_services():
    with running() as made:
        made.ecs.run_task(cluster="house", taskDefinition="orders", networkConfiguration=NETWORK)
        (cluster,) = made.ecs.describe_clusters(clusters=["house"])["clusters"]
        counts = ("activeServicesCount", "runningTasksCount", "pendingTasksCount")
        assert [cluster[name] for name in counts] == [1, 2, 1]


def test_a_deleted_cluster_is_not_found():
    with house() as made:
        made.ecs.delete_cluster(cluster="house")
        with pytest.raises(made.ecs.exceptions.ClusterNotFoundException):
            made.ecs.list_tasks(cluster="house")


def asked_of(made):
    """Return a call of every action that shows something."""
    service = made.service()
    record = service["currentServiceDeployment"]
    tasks = [task["taskArn"] for task in [*made.tasks(), *made.tasks("STOPPED")]]
    revision = made.rollouts()[0]["targetServiceRevision"]["arn"]
    house_ = {"cluster": "house"}
    return {
        "describe_services": {**house_, "services": ["web", "nobody"], "include": ["TAGS"]},
        "list_services": house_,
        "describe_tasks": {**house_, "tasks": [*tasks, "nobody"], "include": ["TAGS"]},
        "list_tasks": {**house_, "serviceName": "web"},
        "run_task": {
            **house_,
            "taskDefinition": "orders",
            "networkConfiguration": NETWORK,
            "clientToken": "t",
        },
        "update_task_protection": {
            **house_,
            "tasks": [tasks[0], "nobody"],
            "protectionEnabled": True,
        },
        "get_task_protection": {**house_, "tasks": tasks[:10]},
        "stop_task": {**house_, "task": tasks[0]},
        "update_service": {**house_, "service": "web", "forceNewDeployment": True},
        "describe_task_definition": {"taskDefinition": "orders", "include": ["TAGS"]},
        "list_task_definitions": {},
        "list_task_definition_families": {},
        "list_service_deployments": {**house_, "service": "web"},
        "describe_service_deployments": {"serviceDeploymentArns": [record, "nobody"]},
        "describe_service_revisions": {"serviceRevisionArns": [revision, "nobody"]},
    }


def test_every_answer_has_only_members_that_ecs_has():
    with running(2, BREAKER, CHECK, balanced=True) as made:
        made.push("v2", Behaviour(healthy_after=None, exits_after=5))
        made.update(taskDefinition=made.register("v2", container=CHECK))
        made.until(200)
        region = made.installation.region("123456789012", "eu-central-1")
        shapes = {
            "".join(word.title() for word in name.split("_")): partial(ACTIONS[name], region, asked)
            for name, asked in asked_of(made).items()
        }
        for name, action in shapes.items():
            report = ParamValidator().validate(action(), MODEL.operation_model(name).output_shape)
            assert (name, report.generate_report()) == (name, "")


@pytest.mark.parametrize(
    ("reference", "repository", "name", "account"),
    [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/a/b:v1", "a/b", "v1", "123456789012"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/a", "a", "latest", "123456789012"),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:v1@sha256:ab",
            "a",
            "sha256:ab",
            "123456789012",
        ),
        ("localhost:5000/a:v1", "localhost:5000/a", "v1", None),
        ("nginx", "nginx", "latest", None),
    ],
)
def test_an_image_reference_is_read(reference, repository, name, account):
    image = parse(reference)
    assert (image.repository, image.name, image.account) == (repository, name, account)
