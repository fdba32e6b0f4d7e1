"""What cannot be met ends in a sentence: nothing is touched, and no claim is left."""

from dataclasses import replace

import pytest

from functions.domain.image import Repository
from rehearsal.ecs import Behaviour
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import BOTH, Deployed, Orders
from tests.workflows.ways import takes

PUSH = {
    "event": "8d1e7c52",
    "time": "2026-01-01T00:00:00Z",
    "repository": "orders",
    "digest": "sha256:" + "a" * 64,
    "tag": "v2",
}


def refused(orders: Orders, deployed: Deployed, sentence: str) -> None:
    """See that a request with a record was refused, and that everybody is told so."""
    assert sentence in deployed.message
    assert (deployed.outcome, deployed.code) == ("Failed", "InvalidRequest")
    assert deployed.execution.cause == deployed.message
    assert orders.world.news[-1]["message"] == deployed.message
    assert orders.world.mail[-1].startswith("Failed: orders ")
    assert sentence in orders.world.mail[-1]
    assert "Traceback" not in deployed.message
    assert orders.writes() == []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("orders", "The input is no JSON object"),
        ({}, 'The field "application" is missing'),
        ({"application": "order", "image": "v2"}, 'Unknown application "order": did you mean'),
        ({"application": "orders"}, 'Say either "image" or "rollback"'),
        ({"application": "orders", "image": 42}, '"image" is 42: write a tag such as "v42"'),
        ({"application": "orders", "image": "v2", "to": "x"}, 'Unknown field "to"'),
        ({"application": "orders", "image": "v2", "force": "yes"}, '"force" is "yes"'),
        ({"application": "orders", "rollback": False}, '"rollback" is false: write true'),
        ({"application": "orders", "push": {"tag": "v2"}}, "The push event is malformed"),
        (
            {"application": "orders", "push": {**PUSH, "digest": "v2"}},
            'The push event is malformed: "digest" is "v2", not a digest.',
        ),
        (
            {"application": "orders", "push": {**PUSH, "tag": None}},
            'The push event is malformed: "tag" is null, not a text.',
        ),
    ],
)
@takes("deploy: Read Request fails -> Invalid Request", "deploy: ends in Invalid Request")
def test_what_cannot_be_read_ends_at_once(orders: Orders, given: object, sentence: str) -> None:
    deployed = orders.ask(given)
    assert deployed.execution.error == "InvalidRequest"
    assert sentence in deployed.execution.cause
    assert deployed.execution.path == ["Read Request", "Invalid Request"]
    assert [each.name for each in orders.calls.made] == ["lambda:Invoke"]


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        ("v99", 'The image "v99" is not in the ECR repository orders: push it first'),
        (PUSH["digest"], f'The image "{PUSH["digest"]}" is not in the ECR repository orders'),
    ],
)
def test_an_image_has_to_be_in_ecr(orders: Orders, image: str, sentence: str) -> None:
    refused(orders, orders.deploy(image), sentence)


def test_a_push_of_an_image_that_is_gone_is_refused(orders: Orders) -> None:
    deployed = orders.ask({"application": "orders", "push": PUSH})
    refused(orders, deployed, 'The image "v2" is not in the ECR repository orders')
    assert orders.item(f"push#{PUSH['digest']}#v2")["decision"] == "Refused"


@pytest.mark.parametrize(
    ("catalogue", "sentence"),
    [
        (
            {"repository": Repository("odrers")},
            "The ECR repository odrers does not exist in this account and region: correct the field"
            " repository in the catalogue.",
        ),
        (
            {"cluster": "prodution"},
            "The cluster prodution does not exist in this account and region: correct the field "
            "cluster in the catalogue",
        ),
        (
            {"services": {"web": {"service": "orders-wbe"}}},
            "The service orders-wbe does not exist in the cluster production: correct "
            "services.web.service in the catalogue",
        ),
        (
            {"services": {"web": {"family": "orders-wbe"}}},
            "The task definition family orders-wbe has no active revision that Pilothouse did not",
        ),
        (
            {"services": {"web": {"container": "ap"}}},
            'The task definition orders-web:1 has no container "ap" (it has app): correct '
            "services.web.container in the catalogue.",
        ),
    ],
)
def test_what_the_catalogue_names_has_to_exist(
    orders: Orders, catalogue: dict, sentence: str
) -> None:
    orders.world.store("orders", "v2")
    application = orders.application
    for key, members in catalogue.pop("services", {}).items():
        changed = (
            replace(each, **members) if each.key == key else each for each in application.services
        )
        application = replace(application, services=tuple(changed))
    orders.configure(replace(application, **catalogue))
    refused(orders, orders.deploy("v2"), sentence)


def test_a_service_of_another_repository_is_not_touched(rehearse: Rehearse) -> None:
    orders = rehearse(BOTH)
    image = "public.ecr.aws/nginx/nginx:1"
    orders.register("worker", containerDefinitions=[{"name": "app", "image": image}])
    refused(orders, orders.push("v2"), "No container of the task definition orders-worker:2 has")


def test_a_service_that_was_deleted_is_named(orders: Orders) -> None:
    orders.call("ecs", "delete_service", cluster="production", service="orders-web", force=True)
    refused(orders, orders.push("v2"), "The service orders-web does not exist")


def test_there_has_to_be_something_to_go_back_to(rehearse: Rehearse) -> None:
    orders = rehearse(v1=Behaviour(exits_after=3.0))
    refused(orders, orders.roll_back(), "orders has no stable release to go back to")


@pytest.mark.parametrize(
    ("to", "sentence"),
    [
        (True, "No release before what ran before Pilothouse (release #0) is known"),
        ("v9", 'No release "v9" has passed its bake: choose from what ran before Pilothouse'),
        ("#7", 'No release "#7" has passed its bake'),
    ],
)
def test_only_what_passed_its_bake_is_gone_back_to(
    orders: Orders, to: object, sentence: str
) -> None:
    refused(orders, orders.roll_back(to), sentence)
