"""What the preflight finds of images, secrets, log groups, roles and alarms, on moto's AWS."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.aws.preflight import definitions
from functions.aws.preflight.asking import MOST
from functions.domain.catalogue import Application
from functions.domain.known import Facts, Known
from functions.domain.preflight.definitions import Definitions
from functions.domain.preflight.lifecycle import Stored
from functions.domain.preflight.manifest import Manifest
from functions.domain.preflight.sight import Sight, Unread
from functions.domain.recovery.restorable import Restorable
from functions.domain.release import Image
from tests.factories import (
    DIGEST,
    NOW,
    REPOSITORY,
    a_known,
    a_release,
    a_revision,
    a_service,
    an_application,
    an_image,
    some_facts,
)
from tests.fakes import client

INDEX = "application/vnd.oci.image.index.v1+json"
SINGLE = "application/vnd.oci.image.manifest.v1+json"
HERE = "arn:aws:{}:eu-west-1:123456789012:{}"
PASSWORD = HERE.format("secretsmanager", "secret:orders/db-AbCdEf")
TASK_ROLE = "arn:aws:iam::123456789012:role/orders-task"
WEB, WORKER = ("", "/ecs/orders-web"), ("", "/ecs/orders-worker")


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with mock_aws():
        client("ecr").create_repository(repositoryName="orders")
        yield


class Refusing:
    """A client of moto's that refuses one call, or answers it as the test says."""

    def __init__(self, service: str, call: str, answer: Any) -> None:
        self._client = client(service)
        self._call = call
        self._answer = answer

    def __getattr__(self, name: str) -> Any:
        return self._answers if name == self._call else getattr(self._client, name)

    def _answers(self, **_: Any) -> Any:
        if isinstance(self._answer, str):
            error = {"Code": self._answer, "Message": "not allowed"}
            raise ClientError({"Error": error}, self._call)  # type: ignore[typeddict-item]
        return self._answer


def eyes(**others: Any) -> definitions.Eyes:
    """Return the clients of moto, but for those that a test brings."""

    def maker(service: str) -> Any:
        return lambda: others.get(service) or client(service)

    services = ("cloudwatch", "ecr", "ecs", "iam", "logs", "secretsmanager", "ssm")
    return definitions.Eyes(**{each: maker(each) for each in services})


def look(
    *containers: Mapping[str, Any],
    application: Application | None = None,
    known: Known | None = None,
    facts: Mapping[str, Facts] | None = None,
    image: Image | None = None,
    others: Mapping[str, Any] | None = None,
    **definition: Any,
) -> Definitions:
    """Look at web, whose base is of these containers and members."""
    base = {"containerDefinitions": list(containers), **definition}
    given = facts or some_facts("web", definition=base, runs=a_revision("web", 1))
    return definitions.look(
        eyes(**(others or {})),
        application or an_application(a_service("web")),
        given,
        known or Known({}, ()),
        image,
        NOW,
    )


def a_container(*secrets: str, group: str = "", **options: str) -> dict[str, Any]:
    logging = {"logDriver": "awslogs", "options": {"awslogs-group": group, **options}}
    return {
        "name": "app",
        "secrets": [{"name": f"S{place}", "valueFrom": e} for place, e in enumerate(secrets)],
        **({"logConfiguration": logging} if group else {}),
    }


def put(tag: str, **manifest: Any) -> str:
    document = {"schemaVersion": 2, "mediaType": SINGLE, "config": {"digest": tag}, "layers": []}
    answer = client("ecr").put_image(
        repositoryName="orders",
        imageManifest=json.dumps({**document, **manifest}),
        imageTag=tag,
    )
    return str(answer["image"]["imageId"]["imageDigest"])


def platform(architecture: str, system: str = "linux") -> dict[str, Any]:
    return {"digest": DIGEST, "platform": {"os": system, "architecture": architecture}}


# Images


def test_an_index_states_its_platforms() -> None:
    children = [platform("arm64"), platform("amd64"), platform("unknown", "unknown")]
    digest = put("v42", mediaType=INDEX, manifests=children)
    found = look(image=an_image(digest=digest)).manifest
    assert found == Manifest(("linux/amd64", "linux/arm64"))


def test_a_single_manifest_states_none() -> None:
    assert look(image=an_image(digest=put("v42"))).manifest == Manifest()


def test_an_image_that_is_not_there_is_gone() -> None:
    put("v41")
    assert look(image=an_image()).manifest == Manifest(gone="ECR has it no more")


def failure(code: str, **image_id: str) -> dict[str, Any]:
    return {"images": [], "failures": [{"imageId": image_id, "failureCode": code}]}


@pytest.mark.parametrize(
    ("code", "gone"),
    [
        pytest.param("ImageInaccessible", "it is archived in ECR", id="archived"),
        pytest.param("KmsError", "", id="its key is out of reach"),
    ],
)
def test_only_what_nobody_can_pull_is_gone(code: str, gone: str) -> None:
    ecr = Refusing("ecr", "batch_get_image", failure(code, imageDigest=DIGEST))
    assert look(image=an_image(), others={"ecr": ecr}).manifest == Manifest(gone=gone)


def test_without_the_repository_every_image_is_gone() -> None:
    elsewhere = an_application(a_service("web"))
    elsewhere = replace(elsewhere, repository=replace(elsewhere.repository, name="gone"))
    found = look(image=an_image(), application=elsewhere)
    assert found.manifest == Manifest(gone="there is no repository gone")
    assert isinstance(found.policy, Unread)


def test_what_ecr_refuses_to_say_is_unread_and_nothing_else_is() -> None:
    ecr = Refusing("ecr", "batch_get_image", "AccessDeniedException")
    found = look(image=an_image(), known=a_known(a_release(11, "web")), others={"ecr": ecr})
    assert isinstance(found.manifest, Unread)
    assert found.manifest.action == "ecr:BatchGetImage"
    assert "AccessDeniedException" in found.manifest.why
    assert found.stables == {"web": found.manifest}
    assert found.secrets == {}


# The way back


def test_what_is_stable_is_looked_for_in_the_same_call() -> None:
    calls: list[Any] = []

    class Counting(Refusing):
        def _answers(self, **asked: Any) -> Any:
            calls.append(asked)
            return self._client.batch_get_image(**asked)

    release = a_release(11, "web")
    image = an_image(digest=put("v42"))
    ecr = Counting("ecr", "batch_get_image", None)
    found = look(image=image, known=a_known(release), others={"ecr": ecr})
    part = release.parts["web"]
    assert found.stables == {
        "web": Restorable(part.base, part.revision, (f"{REPOSITORY}@{DIGEST}",))
    }
    assert [len(each["imageIds"]) for each in calls] == [2]


def test_images_of_other_repositories_are_not_asked_for() -> None:
    release = a_release(11, "web")
    part = replace(release.parts["web"], images={"proxy": f"docker.io/nginx@{DIGEST}"})
    known = a_known(replace(release, parts={"web": part}))
    assert look(known=known).stables == {"web": Restorable(part.base, part.revision)}


@pytest.mark.parametrize("left", [True, False])
def test_a_stable_revision_that_neither_runs_nor_is_of_the_base_is_asked_for(left: bool) -> None:
    registered = client("ecs").register_task_definition(
        family="orders-web", containerDefinitions=[{"name": "app", "image": "a", "memory": 64}]
    )["taskDefinition"]["taskDefinitionArn"]
    release = a_release(11, "web")
    never = a_revision("web", 99)
    revision = registered if left else never
    part = replace(release.parts["web"], base=never, revision=revision, images={})
    known = a_known(replace(release, parts={"web": part}))
    facts = some_facts("web", runs=a_revision("web", 50), base=a_revision("web", 51))
    found = look(known=known, facts=facts)
    assert found.stables == {"web": Restorable(registered if left else None)}


def test_a_policy_comes_with_all_images() -> None:
    rule = {
        "rulePriority": 1,
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 5},
        "action": {"type": "expire"},
    }
    text = json.dumps({"rules": [rule]})
    client("ecr").put_lifecycle_policy(repositoryName="orders", lifecyclePolicyText=text)
    digest = put("v41")
    found = look().policy
    assert not isinstance(found, Unread)
    assert json.loads(found.text)["rules"][0]["rulePriority"] == 1
    (image,) = found.images
    assert image == Stored(digest, ("v41",), image.pushed_at)


def test_without_a_policy_no_images_are_read() -> None:
    put("v41")
    found = look().policy
    assert not isinstance(found, Unread)
    assert (found.text, found.images) == ("", ())


class Endless:
    """A list that goes on for ever."""

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        while True:
            yield {"imageDetails": [], "logGroups": [], "nextToken": "more"}


def test_a_repository_that_is_too_long_is_not_judged() -> None:
    class Long(Refusing):
        def get_paginator(self, _: str) -> Endless:
            return Endless()

    ecr = Long("ecr", "get_lifecycle_policy", {"lifecyclePolicyText": "{}"})
    found = look(others={"ecr": ecr}).policy
    assert found == Unread("the repository orders has more than 5000 images")


# What the base names


def test_secrets_stand_as_secrets_manager_says() -> None:
    secrets = client("secretsmanager")
    there = secrets.create_secret(Name="orders/db", SecretString="x")["ARN"]
    going = secrets.create_secret(Name="orders/old", SecretString="x")["ARN"]
    secrets.delete_secret(SecretId=going, RecoveryWindowInDays=7)
    keyed = f"{there}:password::"
    found = look(a_container(there, keyed, going, PASSWORD)).secrets
    assert found == {
        there: Sight.THERE,
        keyed: Sight.THERE,
        going: Sight.GOING,
        PASSWORD: Sight.MISSING,
    }


def test_parameters_stand_as_systems_manager_says_by_name_and_by_arn() -> None:
    for name in ("/orders/db", "/plain"):
        client("ssm").put_parameter(Name=name, Value="x", Type="SecureString")
    by_arn = HERE.format("ssm", "parameter/orders/db")
    single = HERE.format("ssm", "parameter/plain")
    found = look(a_container("/orders/db", by_arn, single, "/orders/none")).secrets
    assert found == {
        "/orders/db": Sight.THERE,
        by_arn: Sight.THERE,
        single: Sight.THERE,
        "/orders/none": Sight.MISSING,
    }


@pytest.mark.parametrize(
    "public",
    ["/aws/service/ecs/x", "arn:aws:ssm:eu-west-1::parameter/aws/service/ecs/x"],
)
def test_public_parameters_are_not_looked_for_where_they_are_not_listed(public: str) -> None:
    found = look(a_container(public, "/orders/none")).secrets
    assert found["/orders/none"] is Sight.MISSING
    unread = found[public]
    assert isinstance(unread, Unread)
    assert (unread.action, "does not list" in unread.why) == ("", True)


def test_secrets_of_another_region_are_not_asked_for() -> None:
    there = PASSWORD.replace("eu-west-1", "us-east-1")
    found = look(a_container(there)).secrets
    assert found == {there: Unread("it is in us-east-1 of the account 123456789012")}


@pytest.mark.parametrize(
    ("service", "call", "action"),
    [
        ("secretsmanager", "describe_secret", "secretsmanager:DescribeSecret"),
        ("ssm", "get_paginator", "ssm:DescribeParameters"),
    ],
)
def test_a_secret_that_may_not_be_looked_at_is_unread(service: str, call: str, action: str) -> None:
    class Denied(Refusing):
        def _answers(self, *_: Any, **__: Any) -> Any:
            return super()._answers()

    others = {service: Denied(service, call, "AccessDeniedException")}
    named = PASSWORD if service == "secretsmanager" else "/orders/db"
    (found,) = look(a_container(named), others=others).secrets.values()
    assert isinstance(found, Unread)
    assert found.action == action


def test_more_secrets_than_a_plan_has_calls_for_are_unread() -> None:
    many = [HERE.format("secretsmanager", f"secret:s{each:02}") for each in range(MOST + 1)]
    found = look(a_container(*many)).secrets
    assert [isinstance(found[each], Unread) for each in many] == [False] * MOST + [True]


def test_log_groups_are_found_by_what_they_have_in_common() -> None:
    client("logs").create_log_group(logGroupName=WEB[1])
    other = {**a_container(group=WORKER[1]), "name": "job"}
    found = look(a_container(group=WEB[1]), other).log_groups
    assert found == {WEB: Sight.THERE, WORKER: Sight.MISSING}


@pytest.mark.parametrize("there", [True, False])
def test_a_log_group_alone_is_asked_for_by_its_name(there: bool) -> None:
    client("logs").create_log_group(logGroupName=WEB[1] + ("" if there else "-2"))
    found = look(a_container(group=WEB[1])).log_groups
    assert found == {WEB: Sight.THERE if there else Sight.MISSING}


def test_log_groups_without_anything_in_common_are_asked_for_one_by_one() -> None:
    client("logs").create_log_group(logGroupName=WEB[1])
    other = {**a_container(group="orders"), "name": "job"}
    found = look(a_container(group=WEB[1]), other).log_groups
    assert found == {WEB: Sight.THERE, ("", "orders"): Sight.MISSING}


def test_where_too_many_begin_alike_the_others_are_asked_for_one_by_one() -> None:
    class Long(Refusing):
        def get_paginator(self, _: str) -> Endless:
            return Endless()

    client("logs").create_log_group(logGroupName=WEB[1])
    other = {**a_container(group=WORKER[1]), "name": "job"}
    logs = Long("logs", "none", None)
    found = look(a_container(group=WEB[1]), other, others={"logs": logs}).log_groups
    assert found == {WEB: Sight.THERE, WORKER: Sight.MISSING}


def test_more_log_groups_than_a_plan_has_calls_for_are_unread() -> None:
    names = [f"{each:02}" for each in range(MOST + 1)]
    many = [{**a_container(group=each), "name": each} for each in names]
    found = look(*many).log_groups
    assert [isinstance(found["", each], Unread) for each in names] == [False] * MOST + [True]


def test_a_log_group_of_another_region_is_not_asked_for() -> None:
    there = a_container(group=WEB[1], **{"awslogs-region": "us-east-1"})
    assert look(there).log_groups == {("us-east-1", WEB[1]): Unread("it is in us-east-1")}


def test_a_log_group_that_may_not_be_looked_for_is_unread() -> None:
    logs = Refusing("logs", "describe_log_groups", "AccessDeniedException")
    (found,) = look(a_container(group=WEB[1]), others={"logs": logs}).log_groups.values()
    assert isinstance(found, Unread)
    assert found.action == "logs:DescribeLogGroups"


def a_role(path: str = "/") -> None:
    client("iam").create_role(RoleName="orders-task", Path=path, AssumeRolePolicyDocument="{}")


def test_a_role_is_there_by_its_arn_and_by_its_name() -> None:
    a_role()
    found = look(taskRoleArn=TASK_ROLE, executionRoleArn="orders-task").roles
    assert found == {TASK_ROLE: Sight.THERE, "orders-task": Sight.THERE}


def test_a_role_of_another_path_is_another_one() -> None:
    a_role("/teams/")
    assert look(taskRoleArn=TASK_ROLE).roles == {TASK_ROLE: Sight.MISSING}


def test_a_role_that_does_not_exist_is_missing() -> None:
    assert look(taskRoleArn=TASK_ROLE).roles == {TASK_ROLE: Sight.MISSING}


def test_a_role_that_the_catalogue_does_not_list_is_not_asked_for() -> None:
    assert look(taskRoleArn=TASK_ROLE + "-2").roles == {}


@pytest.mark.parametrize("code", ["AccessDenied", "ThrottlingException", "InternalFailure"])
def test_a_role_that_cannot_be_looked_at_is_unread(code: str) -> None:
    found = look(taskRoleArn=TASK_ROLE, others={"iam": Refusing("iam", "get_role", code)}).roles
    unread = found[TASK_ROLE]
    assert isinstance(unread, Unread)
    assert unread.action == "iam:GetRole"
    assert code in unread.why


def test_an_error_that_is_not_of_aws_is_ours() -> None:
    class Broken(Refusing):
        def _answers(self, **_: Any) -> Any:
            raise KeyError("role")

    with pytest.raises(KeyError):
        look(taskRoleArn=TASK_ROLE, others={"iam": Broken("iam", "get_role", None)})


def baking(*alarms: str) -> Application:
    service = a_service("web")
    return an_application(replace(service, bake=replace(service.bake, alarms=alarms)))


def test_alarms_stand_as_cloudwatch_says() -> None:
    client("cloudwatch").put_metric_alarm(
        AlarmName="orders-5xx",
        Namespace="n",
        MetricName="m",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        Statistic="Sum",
        ComparisonOperator="GreaterThanThreshold",
    )
    found = look(application=baking("orders-5xx", "orders-slow")).alarms
    assert not isinstance(found, Unread)
    assert {name: each.state for name, each in found.items()} == {
        "orders-5xx": "OK",
        "orders-slow": "MISSING",
    }


def test_alarms_that_may_not_be_looked_at_are_unread() -> None:
    class Denied(Refusing):
        def get_paginator(self, _: str) -> Any:
            return super()._answers()

    cloudwatch = Denied("cloudwatch", "none", "AccessDenied")
    found = look(application=baking("orders-5xx"), others={"cloudwatch": cloudwatch}).alarms
    assert isinstance(found, Unread)
    assert found.action == "cloudwatch:DescribeAlarms"


# What runs


def test_what_runs_is_read_only_where_its_base_is_not_the_base() -> None:
    registered = client("ecs").register_task_definition(
        family="orders-web", containerDefinitions=[{"name": "app", "image": "a", "memory": 64}]
    )["taskDefinition"]
    runs = registered["taskDefinitionArn"]
    base: dict[str, Any] = {"containerDefinitions": []}
    facts = some_facts("web", definition=base, runs=runs, base=a_revision("web", 9))
    found = look(facts=facts).runs
    assert [each["taskDefinitionArn"] for each in found.values()] == [runs]  # type: ignore[index]
    assert look(facts=some_facts("web", definition=base, base=runs, runs=runs)).runs == {}


def test_a_revision_that_cannot_be_read_is_unread() -> None:
    facts = some_facts("web", definition={"containerDefinitions": []})
    found = look(facts=facts).runs
    assert isinstance(found["web"], Unread)


def test_without_any_service_there_is_nothing_to_look_at() -> None:
    found = look(facts={"web": Facts("web", problem="It is not there.")})
    assert (found.manifest, found.runs, found.stables) == (None, {}, {})
