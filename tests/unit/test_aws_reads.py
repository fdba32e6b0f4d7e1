"""What is read of AWS: on moto where it can, on small fakes where it knows too little."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from functions.aws import alarms, inventory, registry, rollouts, tasks
from functions.domain.catalogue import Application, Repository
from functions.domain.errors import RetryableError, TerminalError
from functions.domain.planning import Facts
from functions.domain.release import Image
from functions.domain.rollout import Deployment, Task
from functions.domain.stop_reason import ContainerStop, Stop
from tests.factories import (
    DIGEST,
    NOW,
    OTHER_DIGEST,
    OURS,
    REPOSITORY,
    THEIRS,
    a_revision,
    a_service,
    an_application,
)

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

REGION = "eu-west-1"
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/production"
INDEX = "application/vnd.oci.image.index.v1+json"
CHILDREN = ["sha256:" + digit * 64 for digit in "12"]


@pytest.fixture
def _aws() -> Iterator[None]:
    with mock_aws():
        yield


def client(name: str) -> Any:
    return boto3.client(name, region_name=REGION)  # type: ignore[call-overload]


# Images


@pytest.fixture
def ecr(_aws: None) -> "ECRClient":
    made: ECRClient = client("ecr")
    made.create_repository(repositoryName="orders")
    return made


def pushed(ecr: "ECRClient", *tags: str, manifest: Mapping[str, Any] | None = None) -> str:
    document = {"schemaVersion": 2, "config": {"digest": DIGEST}, "layers": [], **(manifest or {})}
    media = {"imageManifestMediaType": document["mediaType"]} if manifest else {}
    for tag in tags:
        put = ecr.put_image(
            repositoryName="orders", imageManifest=json.dumps(document), imageTag=tag, **media
        )
    return put["image"]["imageId"]["imageDigest"]


def found(ecr: "ECRClient", image: str, repository: str = "orders") -> Image:
    answer = registry.find(ecr, Repository(repository), image)
    assert isinstance(answer, Image)
    return answer


def test_a_tag_is_resolved_to_its_image(ecr: "ECRClient") -> None:
    digest = pushed(ecr, "v42")
    image = found(ecr, "v42")
    assert (image.repository, image.tag, image.digest) == (REPOSITORY, "v42", digest)
    assert image.digests == (digest,)
    assert image.pushed_at is not None
    assert image.pushed_at.endswith("Z")


def test_an_image_with_several_tags_is_called_by_the_one_asked_for(ecr: "ECRClient") -> None:
    digest = pushed(ecr, "v42", "latest")
    assert [found(ecr, tag).tag for tag in ("v42", "latest", digest)] == ["v42", "latest", "v42"]


def test_an_image_found_by_its_digest_may_have_no_tag() -> None:
    image = found(FakeEcr({"imageDigest": DIGEST, "registryId": "123456789012"}), DIGEST)
    assert (image.tag, image.pushed_at) == (None, None)


def test_a_multi_arch_image_may_be_reported_as_any_of_its_architectures(ecr: "ECRClient") -> None:
    manifests = [{"digest": digest} for digest in CHILDREN]
    digest = pushed(ecr, "v42", manifest={"mediaType": INDEX, "manifests": manifests})
    assert found(ecr, "v42").digests == (digest, *CHILDREN)


def test_an_image_of_another_account_is_asked_for_there() -> None:
    fake = FakeEcr({"imageDigest": DIGEST, "registryId": "999999999999"})
    image = registry.find(fake, Repository("orders", "999999999999", "eu-west-2"), DIGEST)
    assert fake.asked["registryId"] == "999999999999"
    assert isinstance(image, Image)
    assert image.repository == "999999999999.dkr.ecr.eu-west-2.amazonaws.com/orders"


@pytest.mark.parametrize(
    ("repository", "image", "sentence"),
    [
        pytest.param(
            "orders",
            "v99",
            'The image "v99" is not in the ECR repository orders: '
            "push it first, or name another tag or digest.",
            id="tag",
        ),
        pytest.param(
            "orders",
            DIGEST,
            f'The image "{DIGEST}" is not in the ECR repository orders: '
            "push it first, or name another tag or digest.",
            id="digest",
        ),
        pytest.param(
            "gone",
            "v42",
            "The ECR repository gone does not exist in this account and region: "
            "correct the field repository in the catalogue.",
            id="repository",
        ),
    ],
)
def test_what_is_missing_in_ecr_is_told_in_a_sentence(
    ecr: "ECRClient", repository: str, image: str, sentence: str
) -> None:
    pushed(ecr, "v42")
    assert registry.find(ecr, Repository(repository), image) == sentence


class FakeEcr:
    """ECR that knows one image, as moto cannot have it: untagged, or of another account."""

    def __init__(self, detail: Mapping[str, Any]) -> None:
        self._detail = detail
        self.asked: Mapping[str, Any] = {}
        self.exceptions = client("ecr").exceptions
        self.meta = client("ecr").meta

    def describe_images(self, **asked: Any) -> dict[str, Any]:
        self.asked = asked
        return {"imageDetails": [self._detail]}


# Alarms


def test_alarms_are_found_by_their_names_and_missing_ones_said_to_be(_aws: None) -> None:
    cloudwatch = client("cloudwatch")
    for name, state in (("orders-5xx", "ALARM"), ("orders-up", "OK")):
        cloudwatch.put_metric_alarm(
            AlarmName=name, EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold"
        )
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")
    names = ["orders-5xx", "orders-up", "orders-p99"]
    assert alarms.states(cloudwatch, names) == {
        "orders-5xx": "ALARM",
        "orders-up": "OK",
        "orders-p99": "MISSING",
    }


class FakeCloudWatch:
    """CloudWatch that has every alarm it is asked for, each a composite one."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def describe_alarms(self, AlarmNames: Sequence[str], **_: Any) -> dict[str, Any]:
        self.asked.append(len(AlarmNames))
        found = [{"AlarmName": name, "StateValue": "OK"} for name in AlarmNames]
        return {"MetricAlarms": [], "CompositeAlarms": found}


def test_many_alarms_are_asked_for_in_batches_of_a_hundred() -> None:
    fake = FakeCloudWatch()
    names = [f"alarm-{number}" for number in range(205)]
    assert alarms.states(fake, names) == dict.fromkeys(names, "OK")
    assert fake.asked == [100, 100, 5]


# Tasks and rollouts


def a_described_task(number: int = 1, **override: Any) -> dict[str, Any]:
    return {
        "taskArn": f"arn:aws:ecs:eu-west-1:123456789012:task/production/t{number}",
        "lastStatus": "RUNNING",
        "desiredStatus": "RUNNING",
        "startedBy": OURS,
        "containers": [{"name": "app", "imageDigest": DIGEST}, {"name": "proxy"}],
        **override,
    }


def a_described_service(key: str = "web", **override: Any) -> dict[str, Any]:
    return {
        "serviceName": f"orders-{key}",
        "clusterArn": CLUSTER,
        "status": "ACTIVE",
        "desiredCount": 2,
        "runningCount": 2,
        "pendingCount": 0,
        "launchType": "FARGATE",
        "taskDefinition": a_revision(key, 1),
        "deployments": [{"id": OURS, "status": "PRIMARY", "taskDefinition": a_revision(key, 1)}],
        **override,
    }


class FakeEcs:
    """ECS with services and tasks as the test says: moto launches none. The rest is moto's."""

    def __init__(self, *services: Mapping[str, Any], **lists: list[dict[str, Any]]) -> None:
        self._services = services
        self._tasks = lists.get("tasks", [])
        self._service_deployments = lists.get("service_deployments", [])
        self._client = client("ecs")
        self.asked: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def describe_services(self, cluster: str, services: Sequence[str]) -> dict[str, Any]:
        self.asked.append(len(services))
        return {"services": [each for each in self._services if each["serviceName"] in services]}

    def get_paginator(self, name: str) -> Any:
        return self if name == "list_tasks" else self._client.get_paginator(name)

    def paginate(self, desiredStatus: str, **_: Any) -> Iterator[dict[str, Any]]:
        arns = [each["taskArn"] for each in self._tasks if each["desiredStatus"] == desiredStatus]
        yield {"taskArns": arns[:1]}
        yield {"taskArns": arns[1:]}

    def describe_tasks(self, cluster: str, tasks: Sequence[str]) -> dict[str, Any]:
        self.asked.append(len(tasks))
        return {"tasks": [each for each in self._tasks if each["taskArn"] in tasks]}

    def list_service_deployments(self, **_: Any) -> dict[str, Any]:
        return {"serviceDeployments": self._service_deployments}

    def describe_service_deployments(self, serviceDeploymentArns: Sequence[str]) -> dict[str, Any]:
        found = [
            each
            for each in self._service_deployments
            if each["serviceDeploymentArn"] in serviceDeploymentArns and "status" in each
        ]
        return {"serviceDeployments": found}


def test_a_task_tells_what_its_containers_run() -> None:
    assert tasks.fact(a_described_task()) == Task("t1", "RUNNING", "RUNNING", {"app": DIGEST})


def test_a_task_that_has_to_stop_tells_why() -> None:
    stopping = a_described_task(
        desiredStatus="STOPPED",
        stopCode="EssentialContainerExited",
        stoppedReason="Essential container in task exited",
        containers=[{"name": "app", "exitCode": 1, "reason": "boom"}, {"name": "proxy"}],
    )
    assert tasks.fact(stopping).stop == Stop(
        "t1",
        "EssentialContainerExited",
        "Essential container in task exited",
        (ContainerStop("app", 1, "boom"), ContainerStop("proxy")),
    )


def test_the_tasks_of_a_deployment_are_those_it_started_running_and_stopped() -> None:
    fake = FakeEcs(
        tasks=[
            a_described_task(3),
            a_described_task(1, desiredStatus="STOPPED"),
            a_described_task(2, startedBy=THEIRS),
        ]
    )
    found = tasks.of_deployment(fake, "production", "orders-web", OURS)
    assert [(task.id, task.desired_status) for task in found] == [
        ("t1", "STOPPED"),
        ("t3", "RUNNING"),
    ]


def test_a_task_that_stops_between_two_reads_counts_as_stopped() -> None:
    class Moving(FakeEcs):
        def describe_tasks(self, cluster: str, tasks: Sequence[str]) -> dict[str, Any]:
            answer = super().describe_tasks(cluster, tasks)
            self._tasks = [{**each, "desiredStatus": "STOPPED"} for each in self._tasks]
            return answer

    found = tasks.of_deployment(Moving(tasks=[a_described_task()]), "production", "web", OURS)
    assert [task.desired_status for task in found] == ["STOPPED"]


def test_many_tasks_are_described_in_batches_of_a_hundred() -> None:
    fake = FakeEcs(tasks=[a_described_task(number) for number in range(205)])
    assert len(tasks.of_service(fake, "production", "orders-web", "RUNNING")) == 205
    assert fake.asked == [100, 100, 5]


def test_a_task_we_have_started_is_read_alone() -> None:
    fake = FakeEcs(tasks=[a_described_task(1), a_described_task(2)])
    assert tasks.one(fake, "production", a_described_task(2)["taskArn"]).id == "t2"


def test_a_task_that_ecs_does_not_show_yet_is_asked_for_again() -> None:
    with pytest.raises(RetryableError, match="ECS does not know the task arn-1 yet."):
        tasks.one(FakeEcs(), "production", "arn-1")


def test_a_look_holds_the_service_its_tasks_and_its_service_deployment() -> None:
    service = a_described_service(
        deployments=[
            {
                "id": OURS,
                "status": "PRIMARY",
                "taskDefinition": a_revision("web", 8),
                "rolloutState": "IN_PROGRESS",
                "rolloutStateReason": "in progress.",
                "desiredCount": 2,
                "runningCount": 1,
            },
            {"id": THEIRS, "status": "ACTIVE", "taskDefinition": a_revision("web", 7)},
        ]
    )
    fake = FakeEcs(service, tasks=[a_described_task()], service_deployments=service_deployments())
    look = rollouts.look(fake, "production", "orders-web", OURS, NOW)
    assert look.at == NOW
    assert look.deployments == (
        Deployment(OURS, "PRIMARY", a_revision("web", 8), "IN_PROGRESS", "in progress.", 2, 1),
        Deployment(THEIRS, "ACTIVE", a_revision("web", 7), ""),
    )
    assert [task.id for task in look.tasks] == ["t1"]
    assert (look.service_deployment, look.awaits_hook) == ("ROLLBACK_IN_PROGRESS", False)


def service_deployments(**override: Any) -> list[dict[str, Any]]:
    number = OURS.rpartition("/")[2]
    return [
        {"serviceDeploymentArn": "d1", "targetServiceRevisionArn": "x/1", "status": "SUCCESSFUL"},
        {"serviceDeploymentArn": "d2", "targetServiceRevisionArn": f"x/{number}"}
        | {"status": "ROLLBACK_IN_PROGRESS"}
        | override,
        {"serviceDeploymentArn": "d3", "status": "PENDING"},
    ]


@pytest.mark.parametrize(("status", "awaited"), [("AWAITING_ACTION", True), ("SUCCEEDED", False)])
def test_a_look_says_whether_a_hook_is_awaited(status: str, awaited: bool) -> None:
    found = service_deployments(lifecycleHookDetails=[{"status": "FAILED"}, {"status": status}])
    fake = FakeEcs(a_described_service(), service_deployments=found)
    assert rollouts.look(fake, "production", "orders-web", OURS, NOW).awaits_hook is awaited


@pytest.mark.parametrize(
    "found",
    [
        pytest.param([], id="none is listed"),
        pytest.param(service_deployments()[:1], id="only others are listed"),
        pytest.param(
            [{"serviceDeploymentArn": "d", "targetServiceRevisionArn": OURS}], id="it is gone"
        ),
    ],
)
def test_a_look_goes_without_a_service_deployment_where(found: list[dict[str, Any]]) -> None:
    fake = FakeEcs(a_described_service(), service_deployments=found)
    look = rollouts.look(fake, "production", "orders-web", OURS, NOW)
    assert (look.service_deployment, look.awaits_hook) == (None, False)


def test_a_service_that_is_gone_ends_the_rollout() -> None:
    with pytest.raises(TerminalError, match="The service orders-web is gone from the cluster"):
        rollouts.look(FakeEcs(), "production", "orders-web", OURS, NOW)


# Services before a plan


@pytest.fixture
def base(_aws: None) -> str:
    """The revision of orders-web that the user's own tooling registered."""
    registered = client("ecs").register_task_definition(
        family="orders-web",
        containerDefinitions=[
            {"name": "app", "image": f"{REPOSITORY}:v41", "memory": 64},
            {"name": "job", "image": f"{REPOSITORY}:v41", "memory": 64},
            {"name": "proxy", "image": "nginx:1", "memory": 64},
        ],
    )
    arn: str = registered["taskDefinition"]["taskDefinitionArn"]
    return arn


def facts(
    *services: Mapping[str, Any],
    application: Application | None = None,
    base_of: str | None = REPOSITORY,
    adopt: tuple[str, ...] = (),
    **lists: list[dict[str, Any]],
) -> dict[str, Facts]:
    asked = application or an_application(a_service("web"))
    wanted = inventory.Wanted(base_of, frozenset(adopt))
    return inventory.facts(FakeEcs(*services, **lists), asked, wanted)


def test_a_service_tells_what_it_runs_and_which_containers_a_release_changes(base: str) -> None:
    assert facts(a_described_service()) == {
        "web": Facts(
            key="web",
            runs=base,
            steady=True,
            base=base,
            containers=("app", "job"),
            run={"LaunchType": "FARGATE"},
        )
    }


def test_the_catalogue_may_name_the_one_container(base: str) -> None:
    named = an_application(a_service("web", container="proxy"))
    assert facts(a_described_service(), application=named)["web"].containers == ("proxy",)


def test_a_way_back_needs_no_base(_aws: None) -> None:
    fact = facts(a_described_service(), base_of=None)["web"]
    assert (fact.problem, fact.base, fact.containers) == (None, "", ())


@pytest.mark.parametrize(
    "service",
    [
        pytest.param({"runningCount": 1}, id="a task is missing"),
        pytest.param({"pendingCount": 1}, id="a task is on its way"),
        pytest.param({"deployments": []}, id="nothing is deployed"),
        pytest.param({"deployments": [{}, {}]}, id="a rollout is under way"),
        pytest.param({"deployments": [{"rolloutState": "FAILED"}]}, id="its rollout failed"),
    ],
)
def test_a_service_is_unsteady_while(_aws: None, service: dict[str, Any]) -> None:
    assert not facts(a_described_service(**service), base_of=None)["web"].steady


@pytest.mark.parametrize(
    ("service", "run"),
    [
        pytest.param({"launchType": None}, {}, id="nothing"),
        pytest.param(
            {"platformVersion": "LATEST"},
            {"LaunchType": "FARGATE", "PlatformVersion": "LATEST"},
            id="launch type and platform",
        ),
        pytest.param(
            {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]},
            {"CapacityProviderStrategy": [{"CapacityProvider": "FARGATE_SPOT", "Weight": 1}]},
            id="capacity providers, which stand instead of a launch type",
        ),
        pytest.param(
            {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}},
            {
                "LaunchType": "FARGATE",
                "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-1"]}},
            },
            id="network",
        ),
    ],
)
def test_a_migration_borrows_from_its_service(
    _aws: None, service: dict[str, Any], run: dict[str, Any]
) -> None:
    assert facts(a_described_service(**service), base_of=None)["web"].run == run


@pytest.mark.parametrize(
    ("service", "problem"),
    [
        pytest.param(
            {"serviceName": "orders-api"},
            "The service orders-web does not exist in the cluster production: "
            "correct services.web.service in the catalogue, or create it.",
            id="it does not exist",
        ),
        pytest.param(
            {"status": "INACTIVE"},
            "The service orders-web does not exist in the cluster production: "
            "correct services.web.service in the catalogue, or create it.",
            id="it was deleted",
        ),
        pytest.param(
            {"deploymentController": {"type": "CODE_DEPLOY"}},
            "The service orders-web has the deployment controller CODE_DEPLOY: "
            "Pilothouse rolls services of the controller ECS only.",
            id="another controller rolls it",
        ),
    ],
)
def test_a_service_that_cannot_be_rolled_is_a_problem(
    base: str, service: dict[str, Any], problem: str
) -> None:
    assert facts(a_described_service(**service)) == {"web": Facts("web", problem=problem)}


@pytest.mark.parametrize(
    ("service", "base_of", "problem"),
    [
        pytest.param(
            {"container": "api"},
            REPOSITORY,
            'The task definition orders-web:1 has no container "api" (it has app, job, proxy): '
            "correct services.web.container in the catalogue.",
            id="the container named is not there",
        ),
        pytest.param(
            {},
            REPOSITORY.replace("orders", "gateway"),
            "No container of the task definition orders-web:1 has an image of "
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/gateway (it has app, job, proxy): "
            "name one in services.web.container.",
            id="no container is of the repository",
        ),
    ],
)
def test_a_container_that_is_not_there_is_a_problem(
    base: str, service: dict[str, Any], base_of: str, problem: str
) -> None:
    application = an_application(a_service("web", **service))
    fact = facts(a_described_service(), application=application, base_of=base_of)["web"]
    assert fact.problem == problem


def test_a_family_without_a_base_is_a_problem(_aws: None) -> None:
    problem = facts(a_described_service())["web"].problem
    assert problem is not None
    assert "orders-web" in problem


def test_a_cluster_that_does_not_exist_is_one_problem(_aws: None) -> None:
    wanted = inventory.Wanted(REPOSITORY, frozenset())
    assert inventory.facts(client("ecs"), an_application(), wanted) == {
        "web": Facts(
            "web",
            problem="The cluster production does not exist in this account and region: "
            "correct the field cluster in the catalogue, or create it.",
        )
    }


def test_many_services_are_described_in_batches_of_ten(_aws: None) -> None:
    services = [a_service(f"s{number}") for number in range(12)]
    fake = FakeEcs(*(a_described_service(service.key) for service in services))
    found = inventory.facts(fake, an_application(*services), inventory.Wanted(None, frozenset()))
    assert fake.asked == [10, 2]
    assert not any(fact.problem for fact in found.values())


def test_a_service_to_adopt_tells_what_its_tasks_run(base: str) -> None:
    running = [a_described_task(1), a_described_task(2)]
    fact = facts(a_described_service(), base_of=None, adopt=("web",), tasks=running)["web"]
    assert fact.digests == {"app": DIGEST}
    assert fact.images == {
        "app": f"{REPOSITORY}:v41",
        "job": f"{REPOSITORY}:v41",
        "proxy": "nginx:1",
    }


@pytest.mark.parametrize(
    "running",
    [
        pytest.param([], id="no task runs"),
        pytest.param(
            [
                a_described_task(1),
                a_described_task(2, containers=[{"name": "app", "imageDigest": OTHER_DIGEST}]),
            ],
            id="its tasks run different images",
        ),
    ],
)
def test_a_service_has_nothing_to_adopt_where(base: str, running: list[dict[str, Any]]) -> None:
    fact = facts(a_described_service(), base_of=None, adopt=("web",), tasks=running)["web"]
    assert fact.digests == {}
