"""What a load balancer says of tasks, and what ECS does when somebody takes one out (R5)."""

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from rehearsal.ecs import Behaviour
from rehearsal.ecs.balancing.groups import TargetGroup
from rehearsal.ecs.capacity.plans import ClusterCapacity
from rehearsal.sdk import Sdk
from tests.rehearsal.house import ACCOUNT, GROUP, REGION, house, running
from tests.rehearsal.rules import holds

MODEL = botocore.session.get_session().get_service_model("elbv2")
DELAY = "deregistration_delay.timeout_seconds"
ELSEWHERE = GROUP.replace("/web/", "/nobody/")


def elb(made):
    sdk = Sdk(REGION)
    sdk.answers |= made.installation.answers(ACCOUNT, REGION)
    return sdk.client("elbv2")


def states(made, **more):
    answer = elb(made).describe_target_health(TargetGroupArn=GROUP, **more)
    return [
        tuple(each["TargetHealth"].get(name) for name in ("State", "Reason", "Description"))
        for each in answer["TargetHealthDescriptions"]
    ]


def first_target(made):
    (first, *_) = elb(made).describe_target_health(TargetGroupArn=GROUP)["TargetHealthDescriptions"]
    return {name: first["Target"][name] for name in ("Id", "Port")}


REGISTERING = (
    "initial",
    "Elb.RegistrationInProgress",
    "Target registration is in progress",
)
INITIAL = ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
HEALTHY = ("healthy", None, None)
DRAINING = (
    "draining",
    "Target.DeregistrationInProgress",
    "Target deregistration is in progress",
)


@holds("R5.1", "R5.10", "R1.1")
def test_targets_go_from_initial_to_healthy_to_draining_to_unused():
    group = TargetGroup(interval=10, healthy_threshold=2, deregistration_delay_seconds=60)
    with running(1, balanced=True) as made:
        made.installation.target_groups.configure(GROUP, group)
        made.push("v2", Behaviour(healthy_after=0))
        made.update(taskDefinition=made.register("v2"))
        made.until(20)
        registering = (
            "initial",
            "Elb.RegistrationInProgress",
            "Target registration is in progress",
        )
        assert states(made) == [HEALTHY, registering]
        made.until(30)
        assert states(made) == [HEALTHY, INITIAL]
        made.until(40)
        assert states(made) == [DRAINING, HEALTHY]
        assert [task["lastStatus"] for task in made.tasks("STOPPED")] == ["DEACTIVATING"]
        made.until(99)
        assert states(made) == [DRAINING, HEALTHY]
        made.until(100)
        assert states(made) == [HEALTHY]
        assert [task["lastStatus"] for task in made.tasks("STOPPED")] == ["STOPPING"]


@holds("R5.10")
def test_a_task_that_a_person_stops_drains_too():
    with running(1, balanced=True, deregistration_delay_seconds=120) as made:
        (task,) = made.tasks()
        stopped = made.ecs.stop_task(cluster="house", task=task["taskArn"])["task"]
        assert stopped["lastStatus"] == "DEACTIVATING"
        made.until(119)
        assert "DEACTIVATING" in {each["lastStatus"] for each in made.tasks("STOPPED")}
        made.until(140)
        assert {each["lastStatus"] for each in made.tasks("STOPPED")} == {"STOPPED"}


@holds("R5.9")
def test_a_task_that_dies_is_replaced_while_its_target_still_drains():
    with running(1, balanced=True, deregistration_delay_seconds=300) as made:
        made.push("v2", Behaviour(healthy_after=5, exits_after=60))
        made.update(taskDefinition=made.register("v2"))
        made.until(600)
        drained = [state for state, *_ in states(made)]
        assert drained.count("draining") >= 3
        assert len(made.tasks()) == 1


@pytest.mark.parametrize(
    ("code", "reason", "description"),
    [
        (503, "Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]"),
        (404, "Target.ResponseCodeMismatch", "Health checks failed with these codes: [404]"),
        (None, "Target.Timeout", "Request timed out"),
    ],
)
@holds("R2.8")
def test_a_failing_target_says_why_and_so_does_the_service(code, reason, description):
    with running(1, balanced=True) as made:
        acts = Behaviour(healthy_after=5, unhealthy_after=100, unhealthy_code=code)
        made.push("v2", acts)
        made.update(taskDefinition=made.register("v2"))
        made.until(121)
        assert ("unhealthy", reason, description) in states(made)
        made.until(200)
        (told,) = [each for each in made.messages() if "is unhealthy in" in each]
        assert told.endswith(
            f"(port 80) is unhealthy in (target-group {GROUP}) due to (reason {description})."
        )


def test_who_is_taken_out_of_traffic_is_put_back_and_checked_anew():
    group = TargetGroup(interval=10, healthy_threshold=2)
    with running(2, balanced=True) as made:
        made.installation.target_groups.configure(GROUP, group)
        target = first_target(made)
        elb(made).deregister_targets(TargetGroupArn=GROUP, Targets=[target])
        assert states(made) == [DRAINING, HEALTHY]
        made.until(11)
        assert states(made) == [INITIAL, HEALTHY]
        made.until(31)
        assert states(made) == [HEALTHY, HEALTHY]
        assert len(made.tasks()) == 2
        assert (
            f"(service web) registered 1 targets in (target-group {GROUP})" in made.messages()[-2:]
        )


def test_who_is_taken_out_stays_out_where_ecs_does_not_put_it_back():
    with running(2, balanced=True, reregister_seconds=None) as made:
        target = first_target(made)
        elb(made).deregister_targets(TargetGroupArn=GROUP, Targets=[target])
        made.until(30)
        assert states(made) == [HEALTHY]
        not_there = (
            "unused",
            "Target.NotRegistered",
            "Target is not registered to the target group",
        )
        assert states(made, Targets=[target]) == [not_there]
        assert len(made.tasks()) == 2
        elb(made).register_targets(TargetGroupArn=GROUP, Targets=[target])
        made.until(31)
        assert states(made) == [HEALTHY, HEALTHY]


def test_a_deregistration_without_the_port_does_nothing():
    with running(1, balanced=True) as made:
        address = first_target(made)["Id"]
        elb(made).deregister_targets(TargetGroupArn=GROUP, Targets=[{"Id": address}])
        assert states(made) == [HEALTHY]


def test_an_address_that_is_no_task_never_becomes_healthy():
    with running(1, balanced=True) as made:
        stranger = {"Id": "10.9.9.9", "Port": 80}
        elb(made).register_targets(TargetGroupArn=GROUP, Targets=[stranger])
        made.until(30)
        assert states(made) == [HEALTHY, INITIAL]
        made.until(120)
        assert states(made) == [HEALTHY, ("unhealthy", "Target.Timeout", "Request timed out")]
        elb(made).deregister_targets(TargetGroupArn=GROUP, Targets=[stranger])
        assert states(made) == [HEALTHY]


@holds("R5.11")
def test_where_nobody_is_healthy_all_get_requests():
    with running(2, balanced=True, members={"healthCheckGracePeriodSeconds": 9999}) as made:
        made.push("v2", Behaviour(healthy_after=5, unhealthy_after=100))
        made.update(taskDefinition=made.register("v2"))
        made.until(110)
        assert [each.state for each in made.installation.routed(GROUP)] == ["healthy"] * 2
        made.until(130)
        assert [each.state for each in made.installation.routed(GROUP)] == ["unhealthy"] * 2


def test_attributes_are_listed_changed_and_kept_to():
    with running(1, balanced=True) as made:
        client = elb(made)
        listed = client.describe_target_group_attributes(TargetGroupArn=GROUP)["Attributes"]
        assert {"Key": DELAY, "Value": "30"} in listed
        changed = client.modify_target_group_attributes(
            TargetGroupArn=GROUP, Attributes=[{"Key": DELAY, "Value": "90"}]
        )
        assert {"Key": DELAY, "Value": "90"} in changed["Attributes"]
        made.ecs.stop_task(cluster="house", task=made.tasks()[0]["taskArn"])
        made.until(89)
        assert "draining" in {state for state, *_ in states(made)}
        made.until(90)
        assert "draining" not in {state for state, *_ in states(made)}


def test_a_group_shows_the_numbers_of_its_checks():
    with running(1, balanced=True) as made:
        group = TargetGroup(interval=15, timeout=4, healthy_threshold=3, path="/health")
        made.installation.target_groups.configure(GROUP, group)
        (shown,) = elb(made).describe_target_groups(Names=["web"])["TargetGroups"]
        assert (shown["HealthCheckIntervalSeconds"], shown["HealthyThresholdCount"]) == (15, 3)
        assert (shown["HealthCheckPath"], shown["TargetType"]) == ("/health", "ip")
        balancer = shown["LoadBalancerArns"][0]
        again = elb(made).describe_target_groups(LoadBalancerArn=balancer)["TargetGroups"]
        assert again == [shown]


@holds("R5.1")
def test_connections_to_an_unhealthy_target_of_a_network_load_balancer_end_slowly():
    interval = "target_health_state.unhealthy.draining_interval_seconds"
    with running(1, balanced=True, members={"healthCheckGracePeriodSeconds": 9999}) as made:
        made.installation.target_groups.configure(GROUP, TargetGroup(protocol="TCP"))
        client = elb(made)
        (shown,) = client.describe_target_groups()["TargetGroups"]
        assert (shown["Protocol"], "Matcher" in shown) == ("TCP", False)
        client.modify_target_group_attributes(
            TargetGroupArn=GROUP, Attributes=[{"Key": interval, "Value": "60"}]
        )
        made.push("v2", Behaviour(healthy_after=5, unhealthy_after=100))
        made.update(taskDefinition=made.register("v2"))
        seen = []
        for seconds in (119, 120, 179, 180):
            made.until(seconds)
            seen.append(states(made)[-1][0])
        assert seen == ["healthy", "unhealthy.draining", "unhealthy.draining", "unhealthy"]


def test_groups_come_in_pages():
    with running(1, balanced=True) as made:
        for name in ("a", "b", "c"):
            arn = GROUP.replace("/web/", f"/{name}/")
            made.installation.target_groups.configure(arn, TargetGroup())
        first = elb(made).describe_target_groups(PageSize=3)
        rest = elb(made).describe_target_groups(PageSize=3, Marker=first["NextMarker"])
        names = [each["TargetGroupName"] for each in first["TargetGroups"] + rest["TargetGroups"]]
        assert (names, "NextMarker" in rest) == (["a", "b", "c", "web"], False)


@pytest.mark.parametrize(
    ("operation", "asked", "code", "message"),
    [
        ("describe_target_health", {}, "TargetGroupNotFound", "One or more target groups not"),
        ("describe_target_group_attributes", {}, "TargetGroupNotFound", "One or more target"),
        ("register_targets", {"Targets": [{"Id": "10.0.0.1"}]}, "TargetGroupNotFound", "One or"),
        ("deregister_targets", {"Targets": [{"Id": "10.0.0.1"}]}, "TargetGroupNotFound", "One or"),
        (
            "register_targets",
            {"TargetGroupArn": GROUP, "Targets": [{"Id": "i-1", "Port": 80}]},
            "ValidationError",
            "The IP address 'i-1' is not a valid IPv4 address",
        ),
        (
            "modify_target_group_attributes",
            {"TargetGroupArn": GROUP, "Attributes": [{"Key": "speed", "Value": "1"}]},
            "ValidationError",
            "Target group attribute key 'speed' is not recognized",
        ),
        (
            "modify_target_group_attributes",
            {"TargetGroupArn": GROUP, "Attributes": [{"Key": DELAY, "Value": "3601"}]},
            "ValidationError",
            "must be between 0 and 3600",
        ),
    ],
)
def test_what_is_not_there_or_wrong_is_refused(operation, asked, code, message):
    with running(1, balanced=True) as made:
        client = elb(made)
        with pytest.raises(ClientError, match=message) as refused:
            getattr(client, operation)(**{"TargetGroupArn": ELSEWHERE, **asked})
        assert refused.value.response["Error"]["Code"] == code
        if code == "TargetGroupNotFound":
            assert isinstance(refused.value, client.exceptions.TargetGroupNotFoundException)


def test_unknown_groups_are_refused_by_arn_and_by_name():
    with running(1, balanced=True) as made:
        for asked in ({"TargetGroupArns": [ELSEWHERE]}, {"Names": ["nobody"]}):
            with pytest.raises(ClientError, match="TargetGroupNotFound"):
                elb(made).describe_target_groups(**asked)


def test_on_an_instance_without_a_network_of_its_own_the_target_is_the_instance():
    with house() as made:
        made.installation.configure_cluster("house", ClusterCapacity("ec2", instances=1))
        made.push("v1", Behaviour(healthy_after=5))
        container = {"portMappings": [{"containerPort": 80}], "memory": 128}
        definition = made.register(
            "v1", container=container, networkMode="bridge", requiresCompatibilities=["EC2"]
        )
        balancer = {"targetGroupArn": GROUP, "containerName": "app", "containerPort": 80}
        made.ecs.create_service(
            cluster="house",
            serviceName="web",
            taskDefinition=definition,
            desiredCount=2,
            launchType="EC2",
            loadBalancers=[balancer],
        )
        made.until(100)
        targets = made.installation.target_health(GROUP)
        assert {each.address[:2] for each in targets} == {"i-"}
        assert len({each.port for each in targets}) == 2
        bound = {
            binding["hostPort"]
            for task in made.tasks()
            for binding in task["containers"][0]["networkBindings"]
        }
        assert bound == {each.port for each in targets}


def test_every_answer_has_only_members_that_elb_has():
    with running(2, balanced=True) as made:
        made.push("v2", Behaviour(healthy_after=None, unhealthy_after=5))
        made.update(taskDefinition=made.register("v2"))
        made.until(60)
        asked = {
            "DescribeTargetHealth": {"TargetGroupArn": GROUP},
            "DescribeTargetGroups": {},
            "DescribeTargetGroupAttributes": {"TargetGroupArn": GROUP},
        }
        answers = made.installation.answers(ACCOUNT, REGION)
        for name, arguments in asked.items():
            shape = MODEL.operation_model(name).output_shape
            report = ParamValidator().validate(answers["elbv2", name](arguments), shape)
            assert (name, report.generate_report()) == (name, "")
