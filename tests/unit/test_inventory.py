"""What the services of an application run, before anything is planned."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from moto import mock_aws

from functions.aws import inventory
from functions.domain.catalogue import Application
from functions.domain.known import Facts
from tests.factories import DIGEST, OTHER_DIGEST, REPOSITORY, a_service, an_application
from tests.fakes import FakeEcs, a_described_service, a_described_task, client


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def base() -> str:
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
    found = facts(a_described_service())
    service, definition = found["web"].service, found["web"].definition
    assert found == {
        "web": Facts(
            key="web",
            runs=base,
            steady=True,
            base=base,
            containers=("app", "job"),
            run={"LaunchType": "FARGATE"},
            service=service,
            definition=definition,
        )
    }
    assert service == a_described_service()
    assert definition is not None
    assert definition["taskDefinitionArn"] == base


def test_the_catalogue_may_name_the_one_container(base: str) -> None:
    named = an_application(a_service("web", container="proxy"))
    assert facts(a_described_service(), application=named)["web"].containers == ("proxy",)


def test_a_way_back_needs_no_base() -> None:
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
def test_a_service_is_unsteady_while(service: dict[str, Any]) -> None:
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
def test_a_migration_borrows_from_its_service(service: dict[str, Any], run: dict[str, Any]) -> None:
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


def test_a_family_without_a_base_is_a_problem() -> None:
    problem = facts(a_described_service())["web"].problem
    assert problem is not None
    assert "orders-web" in problem


def test_a_cluster_that_does_not_exist_is_one_problem() -> None:
    wanted = inventory.Wanted(REPOSITORY, frozenset())
    assert inventory.facts(client("ecs"), an_application(), wanted) == {
        "web": Facts(
            "web",
            problem="The cluster production does not exist in this account and region: "
            "correct the field cluster in the catalogue, or create it.",
        )
    }


def test_many_services_are_described_in_batches_of_ten() -> None:
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
