"""What the preflight says of images, secrets, log groups, roles and alarms."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.bake.armed import ALARM, MISSING, OK, Alarm
from functions.domain.catalogue import Application, Unarmed
from functions.domain.known import Facts
from functions.domain.preflight import alarms, log_groups, manifest, roles, secrets
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.manifest import Manifest
from functions.domain.preflight.secrets import Kind, Reference
from functions.domain.preflight.sight import Seen, Sight, Unread
from tests.factories import a_service, an_application, an_image, some_facts

DB = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders/db-AbCdEf"
TASK_ROLE = "arn:aws:iam::123456789012:role/orders-task"
DENIED = Unread("IAM answered GetRole with AccessDenied.", "iam:GetRole")
SIGHTS: st.SearchStrategy[Seen] = st.one_of(st.sampled_from(Sight), st.just(DENIED))


def named(*containers: Mapping[str, Any], **definition: Any) -> dict[str, Facts]:
    """Return what is known of web, whose base has these containers and members."""
    base = {"containerDefinitions": list(containers), **definition}
    return some_facts("web", definition=base)


def injecting(value_from: str = DB) -> dict[str, Facts]:
    return named({"name": "app", "secrets": [{"name": "DB", "valueFrom": value_from}]})


def only(findings: Iterable[Finding]) -> Finding:
    (finding,) = findings
    return finding


def grades(findings: Iterable[Finding]) -> list[Grade]:
    return [each.grade for each in findings]


# Images


def a_platform(**asked: str) -> dict[str, Facts]:
    service = {"launchType": "FARGATE"}
    return some_facts("web", definition={"runtimePlatform": asked}, service=service)


FARGATE = some_facts("web", definition={}, service={"launchType": "FARGATE"})
SPOT = some_facts(
    "web",
    definition={},
    service={"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}]},
)
ON_INSTANCES = some_facts("web", definition={}, service={"launchType": "EC2"})
WINDOWS = "WINDOWS_SERVER_2022_CORE"


@pytest.mark.parametrize(
    ("facts", "needed"),
    [
        pytest.param(FARGATE, "linux/amd64", id="Fargate, as long as nothing else is said"),
        pytest.param(SPOT, "linux/amd64", id="Fargate Spot"),
        pytest.param(ON_INSTANCES, "", id="the instances decide"),
        pytest.param(some_facts("web"), "", id="nothing is known"),
        pytest.param(a_platform(cpuArchitecture="ARM64"), "linux/arm64", id="Graviton"),
        pytest.param(a_platform(cpuArchitecture="X86_64"), "linux/amd64", id="said"),
        pytest.param(a_platform(operatingSystemFamily=WINDOWS), "windows/amd64", id="Windows"),
        pytest.param(a_platform(cpuArchitecture="RISC_V"), "linux/risc_v", id="something new"),
    ],
)
def test_a_service_needs_the_platform_of_its_task_definition(
    facts: Mapping[str, Facts], needed: str
) -> None:
    assert manifest.wanted(facts["web"]) == needed


def test_an_image_for_other_machines_stops_the_release() -> None:
    finding = only(manifest.findings(FARGATE, an_image(), Manifest(("linux/arm64",))))
    assert (finding.grade, finding.subject) == (Grade.STOP, "web")
    assert finding.message == (
        "web needs linux/amd64, and the image v42 (sha256:aaaaaaaaaaaa) is built for linux/arm64 "
        "only."
    )


@pytest.mark.parametrize(
    ("facts", "seen", "said"),
    [
        (FARGATE, Manifest(("linux/amd64", "linux/arm64")), "for linux/amd64, linux/arm64."),
        (ON_INSTANCES, Manifest(("linux/arm64",)), "for linux/arm64."),
        (FARGATE, Manifest(), "its platform is not stated in the manifest."),
    ],
)
def test_an_image_that_fits_is_ok(facts: Mapping[str, Facts], seen: Manifest, said: str) -> None:
    finding = only(manifest.findings(facts, an_image(), seen))
    assert finding.grade is Grade.OK
    assert finding.message.endswith(said)


def test_an_image_that_cannot_be_pulled_stops_the_release() -> None:
    seen = Manifest(gone="it is archived in ECR")
    finding = only(manifest.findings(FARGATE, an_image(tag=None), seen))
    assert finding.grade is Grade.STOP
    assert finding.message == (
        "The image sha256:aaaaaaaaaaaa cannot be pulled: it is archived in ECR."
    )


def test_an_image_that_may_not_be_looked_at_stops_nothing() -> None:
    assert grades(manifest.findings(FARGATE, an_image(), DENIED)) == [Grade.UNKNOWN]


# Secrets


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DB", Reference(Kind.PARAMETER, ("DB",))),
        ("/orders/db:3", Reference(Kind.PARAMETER, ("/orders/db",))),
        ("/aws/reference/secretsmanager/orders/db", Reference(Kind.SECRET, ("orders/db",))),
        (
            "arn:aws:ssm:eu-west-1:1:parameter/orders/db",
            Reference(Kind.PARAMETER, ("/orders/db",), "eu-west-1", "1"),
        ),
        (
            "arn:aws:ssm:eu-west-1:1:parameter/db",
            Reference(Kind.PARAMETER, ("db", "/db"), "eu-west-1", "1"),
        ),
        (
            "arn:aws:ssm:eu-west-1:1:parameter/aws/reference/secretsmanager/db",
            Reference(Kind.SECRET, ("db",), "eu-west-1", "1"),
        ),
        (DB, Reference(Kind.SECRET, (DB,), "eu-west-1", "123456789012")),
        (
            f"{DB}:password:AWSPREVIOUS:",
            Reference(Kind.SECRET, (DB,), "eu-west-1", "123456789012"),
        ),
    ],
)
def test_what_a_task_definition_writes_is_what_is_asked_for(text: str, expected: Reference) -> None:
    assert secrets.reference(text) == expected


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("/aws/service/ecs/optimized-ami", True),
        ("arn:aws:ssm:eu-west-1::parameter/aws/service/ecs/optimized-ami", True),
        ("/aws/reference/secretsmanager/db", False),
        ("/awsome", False),
        (DB, False),
    ],
)
def test_parameters_of_aws_itself_are_public(text: str, public: bool) -> None:
    assert secrets.reference(text).public is public


@given(st.text())
def test_whatever_is_written_something_is_asked_for(text: str) -> None:
    assert len(secrets.reference(text).names) >= 1


def test_registry_credentials_are_secrets_by_name_too() -> None:
    facts = named({"name": "app", "repositoryCredentials": {"credentialsParameter": "hub"}})
    assert secrets.references(facts) == {"hub": Reference(Kind.SECRET, ("hub",))}
    finding = only(secrets.findings(facts, {"hub": Sight.MISSING}))
    assert finding.message == ("The secret hub (the registry credentials of web) does not exist.")


def test_secrets_of_the_log_driver_count() -> None:
    options = [{"name": "apikey", "valueFrom": DB}]
    facts = named({"name": "app", "logConfiguration": {"secretOptions": options}})
    assert secrets.references(facts).keys() == {DB}


def test_a_secret_that_is_not_there_stops_the_release_and_says_who_needs_it() -> None:
    container = {"name": "app", "secrets": [{"name": "DB", "valueFrom": "/orders/db"}]}
    facts = {
        **named(container),
        **some_facts("worker", definition={"containerDefinitions": [container]}),
    }
    finding = only(secrets.findings(facts, {"/orders/db": Sight.MISSING}))
    assert finding.grade is Grade.STOP
    assert finding.message == ("The parameter /orders/db (DB of web, DB of worker) does not exist.")


def test_a_secret_that_is_to_be_deleted_stops_the_release() -> None:
    finding = only(secrets.findings(injecting(), {DB: Sight.GOING}))
    assert finding.grade is Grade.STOP
    assert "is scheduled for deletion: no task can read it." in finding.message


def test_a_secret_that_may_not_be_looked_at_stops_nothing_and_says_what_is_lacking() -> None:
    finding = only(secrets.findings(injecting(), {DB: DENIED}))
    assert finding.grade is Grade.UNKNOWN
    assert "AccessDenied" in finding.message
    assert "iam:GetRole" in finding.advice


def test_secrets_that_are_there_are_ok() -> None:
    assert only(secrets.findings(injecting(), {DB: Sight.THERE})).grade is Grade.OK
    two = named({"name": "app", "secrets": [{"name": e, "valueFrom": e} for e in ("A", "B")]})
    finding = only(secrets.findings(two, {"A": Sight.THERE, "B": Sight.THERE}))
    assert finding.message.startswith("2 secrets and parameters")


@given(SIGHTS)
def test_only_what_is_known_to_lack_stops_a_release(seen: Seen) -> None:
    stops = Grade.STOP in grades(secrets.findings(injecting(), {DB: seen}))
    assert stops is (seen in (Sight.MISSING, Sight.GOING))


# Log groups


def logging(**options: str) -> dict[str, Facts]:
    return named(
        {"name": "app", "logConfiguration": {"logDriver": "awslogs", "options": options}},
        {"name": "proxy", "logConfiguration": {"logDriver": "awsfirelens"}},
        {"name": "agent"},
    )


GROUP = {"awslogs-group": "/ecs/web", "awslogs-region": "eu-west-1"}
PLACE = ("eu-west-1", "/ecs/web")


def test_a_log_group_that_is_not_there_stops_the_release() -> None:
    finding = only(log_groups.findings(logging(**GROUP), {PLACE: Sight.MISSING}))
    assert (finding.grade, finding.subject) == (Grade.STOP, "/ecs/web")
    assert finding.message == (
        "The log group /ecs/web (of web) does not exist: no task could start."
    )


@pytest.mark.parametrize("said", ["true", "True", "TRUE", "1"])
def test_a_log_group_that_the_driver_makes_need_not_be_there(said: str) -> None:
    facts = logging(**GROUP, **{"awslogs-create-group": said})
    assert log_groups.places(facts) == {}
    assert grades(log_groups.findings(facts, {})) == [Grade.OK]


@pytest.mark.parametrize("said", ["false", "0", ""])
def test_a_log_group_that_the_driver_does_not_make_has_to_be_there(said: str) -> None:
    facts = logging(**GROUP, **{"awslogs-create-group": said})
    assert log_groups.places(facts) == {PLACE: ("web",)}


@given(SIGHTS)
def test_only_a_log_group_that_is_known_to_lack_stops_a_release(seen: Seen) -> None:
    found = grades(log_groups.findings(logging(**GROUP), {PLACE: seen}))
    assert (Grade.STOP in found) is (seen in (Sight.MISSING, Sight.GOING))


# Roles


def test_a_role_that_may_not_be_passed_stops_the_release_without_being_asked_for() -> None:
    facts = named(taskRoleArn=TASK_ROLE, executionRoleArn=f"{TASK_ROLE}-2")
    application = an_application(roles=("orders-task",))
    assert roles.to_ask(application, facts) == (TASK_ROLE,)
    finding = only(roles.findings(application, facts, {TASK_ROLE: Sight.THERE}))
    assert finding.grade is Grade.STOP
    assert finding.message == (
        "Pilothouse may not pass the role orders-task-2 (execution role of web): the catalogue "
        "lists orders-task."
    )
    assert finding.advice == (
        "List orders-task-2 under roles in the catalogue and deploy the stack."
    )


def test_a_role_is_listed_with_its_path() -> None:
    role = "arn:aws:iam::123456789012:role/teams/shop/orders"
    application = an_application(roles=("teams/shop/orders",))
    finding = only(roles.findings(application, named(taskRoleArn=role), {role: Sight.THERE}))
    assert finding.grade is Grade.OK


def test_a_role_that_does_not_exist_stops_the_release() -> None:
    facts = named(taskRoleArn=TASK_ROLE)
    finding = only(roles.findings(an_application(), facts, {TASK_ROLE: Sight.MISSING}))
    assert finding.grade is Grade.STOP
    assert finding.message == (
        f"The role orders-task (task role of web) does not exist as {TASK_ROLE}."
    )


def test_a_role_that_may_not_be_looked_at_stops_nothing() -> None:
    facts = named(taskRoleArn=TASK_ROLE)
    assert grades(roles.findings(an_application(), facts, {TASK_ROLE: DENIED})) == [Grade.UNKNOWN]


def test_without_roles_there_is_nothing_to_say() -> None:
    assert grades(roles.findings(an_application(), named(), {})) == []


# Alarms


def watched(unarmed: Unarmed = Unarmed.PROCEED) -> Application:
    bake = replace(a_service().bake, alarms=("5xx",), unarmed=unarmed)
    return an_application(a_service(bake=bake), a_service("worker"))


@pytest.mark.parametrize(
    ("state", "unarmed", "grade"),
    [
        (OK, Unarmed.BLOCK, Grade.OK),
        ("INSUFFICIENT_DATA", Unarmed.BLOCK, Grade.OK),
        (MISSING, Unarmed.BLOCK, Grade.WARN),
        (ALARM, Unarmed.PROCEED, Grade.WARN),
        (ALARM, Unarmed.BLOCK, Grade.STOP),
    ],
)
def test_an_alarm_weighs_what_the_bake_makes_of_it(
    state: str, unarmed: Unarmed, grade: Grade
) -> None:
    seen = {"5xx": Alarm("5xx", state, reason="too many.")}
    assert only(alarms.findings(watched(unarmed), seen)).grade is grade


def test_an_alarm_that_fires_says_why_if_it_tells() -> None:
    said = only(alarms.findings(watched(), {"5xx": Alarm("5xx", ALARM, reason="42 of 10.")}))
    assert said.message == "The alarm 5xx (bake of web) is in ALARM already: 42 of 10."
    silent = only(alarms.findings(watched(), {"5xx": Alarm("5xx", ALARM)}))
    assert silent.message == "The alarm 5xx (bake of web) is in ALARM already."


def test_alarms_that_may_not_be_looked_at_stop_nothing() -> None:
    assert grades(alarms.findings(watched(), DENIED)) == [Grade.UNKNOWN]


def test_without_alarms_there_is_nothing_to_say() -> None:
    assert grades(alarms.findings(an_application(), {})) == []
