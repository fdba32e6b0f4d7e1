"""What the API of services takes, refuses and shows (scheduler-rules §3, §11)."""

import pytest
from botocore.exceptions import ClientError

from rehearsal.ecs import Behaviour
from tests.rehearsal.house import BREAKER, GROUP, NETWORK, house, running, state
from tests.rehearsal.instances import serving
from tests.rehearsal.rules import holds

SLOW_TO_HEAL = Behaviour(healthy_after=40)


def roll(made, tag="v2"):
    made.push(tag, SLOW_TO_HEAL)
    return made.update(taskDefinition=made.register(tag))


@holds("R3.3")
def test_the_answer_of_an_update_shows_that_nothing_has_moved_yet():
    with running() as made:
        events = made.service()["events"]
        answer = roll(made)
        new, old = answer["deployments"]
        assert (new["status"], new["desiredCount"], new["pendingCount"]) == ("PRIMARY", 0, 0)
        assert new["rolloutStateReason"] == f"ECS deployment {new['id']} in progress."
        assert (old["status"], old["desiredCount"], old["rolloutState"]) == (
            "ACTIVE",
            2,
            "COMPLETED",
        )
        assert answer["events"] == events


def deploys(made, member, value):
    """Return whether a change of a member makes a new deployment."""
    before = [each["id"] for each in made.service()["deployments"]]
    answer = made.update(**{member: value})
    made.until(made.clock.seconds - made.start + 300)
    assert len(made.rollouts()) == 1 + (answer["deployments"][0]["id"] not in before)
    return answer["deployments"][0]["id"] not in before


SUBNETS = {"awsvpcConfiguration": {"subnets": ["subnet-2"], "securityGroups": ["sg-1"]}}
BALANCERS = [{"targetGroupArn": GROUP, "containerName": "app", "containerPort": 80}]
REGISTRY_ARN = "arn:aws:servicediscovery:eu-central-1:123456789012:service/srv-1"
ROLE = "arn:aws:iam::123456789012:role/ecs"
MAKES_A_DEPLOYMENT = {
    "networkConfiguration": SUBNETS,
    "platformVersion": "1.4.0",
    "loadBalancers": BALANCERS,
    "serviceRegistries": [{"registryArn": REGISTRY_ARN}],
    "serviceConnectConfiguration": {"enabled": True, "namespace": "inside"},
    "volumeConfigurations": [{"name": "data", "managedEBSVolume": {"roleArn": ROLE}}],
    "vpcLatticeConfigurations": [{"roleArn": ROLE, "targetGroupArn": GROUP, "portName": "http"}],
    "forceNewDeployment": True,
}
ACTS_AT_ONCE = {
    "desiredCount": 1,
    "deploymentConfiguration": {"maximumPercent": 150},
    "healthCheckGracePeriodSeconds": 9,
    "availabilityZoneRebalancing": "DISABLED",
    "propagateTags": "SERVICE",
    "enableExecuteCommand": True,
    "enableECSManagedTags": True,
}


@holds("R3.2")
@pytest.mark.parametrize("member", MAKES_A_DEPLOYMENT)
def test_what_belongs_to_a_revision_makes_a_deployment(member):
    with running() as made:
        assert deploys(made, member, MAKES_A_DEPLOYMENT[member])
        if member != "forceNewDeployment":
            assert not deploys_again(made, member)


def deploys_again(made, member):
    """Return whether the same value makes another deployment."""
    before = made.service()["deployments"][0]["id"]
    return made.update(**{member: MAKES_A_DEPLOYMENT[member]})["deployments"][0]["id"] != before


@holds("R3.2")
@pytest.mark.parametrize("member", ACTS_AT_ONCE)
def test_what_does_not_belong_to_a_revision_acts_at_once(member):
    value = ACTS_AT_ONCE[member]
    with running() as made:
        assert not deploys(made, member, value)
        shown = made.service()[member]
        assert (shown["maximumPercent"] == 150) if member[:6] == "deploy" else (shown == value)


@holds("R3.2")
@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("placementConstraints", [{"type": "distinctInstance"}]),
        ("placementStrategy", [{"type": "random"}]),
    ],
)
def test_placement_makes_no_deployment(member, value):
    with serving() as made:
        assert not deploys(made, member, value)
        assert made.service()[member] == value


@holds("R3.2")
def test_another_capacity_provider_makes_no_deployment():
    first, second = (
        [{"capacityProvider": name, "weight": 1}] for name in ("FARGATE", "FARGATE_SPOT")
    )
    with house() as made:
        made.push("v1", SLOW_TO_HEAL)
        made.ecs.create_service(
            cluster="house",
            serviceName="web",
            taskDefinition=made.register("v1"),
            desiredCount=1,
            networkConfiguration=NETWORK,
            capacityProviderStrategy=first,
        )
        made.until(300)
        assert not deploys(made, "capacityProviderStrategy", second)
        made.update(desiredCount=2)
        made.until(900)
        used = sorted(task["capacityProviderName"] for task in made.tasks())
        assert used == ["FARGATE", "FARGATE_SPOT"]


@holds("R10.7")
def test_a_forced_deployment_of_the_same_revision_is_a_full_one():
    with running() as made:
        (before,) = made.service()["deployments"]
        made.update(forceNewDeployment=True)
        made.until(200)
        (after,) = made.service()["deployments"]
        assert after["taskDefinition"] == before["taskDefinition"]
        assert (after["id"] != before["id"], after["rolloutState"]) == (True, "COMPLETED")


def test_a_service_revision_carries_the_number_of_its_deployment_and_its_digests():
    with running() as made:
        digest = made.push("v2", SLOW_TO_HEAL)
        new = made.update(taskDefinition=made.register("v2"))["deployments"][0]["id"]
        made.until(0)
        arn = made.rollouts()[0]["targetServiceRevision"]["arn"]
        found = made.ecs.describe_service_revisions(serviceRevisionArns=[arn])
        (revision,) = found["serviceRevisions"]
        assert arn.endswith(f"/web/{new.removeprefix('ecs-svc/')}")
        assert [each["imageDigest"] for each in revision["containerImages"]] == [digest]


def test_a_moved_tag_does_not_reach_a_running_deployment():
    with running(1) as made:
        (before,) = made.tasks()
        made.tag("v1", "kept")
        assert made.push("v1", content="moved") != before["containers"][0]["imageDigest"]
        made.ecs.stop_task(cluster="house", task=before["taskArn"])
        made.until(100)
        (after,) = made.tasks()
        assert after["taskArn"] != before["taskArn"]
        assert after["containers"][0]["imageDigest"] == before["containers"][0]["imageDigest"]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"service": "nobody"}, "ServiceNotFoundException"),
        ({"cluster": "nowhere"}, "ClusterNotFoundException"),
        ({"taskDefinition": "orders:99"}, "ClientException"),
    ],
)
def test_what_is_not_there_is_refused_by_name(members, code):
    with running() as made:
        asked = {"cluster": "house", "service": "web", "desiredCount": 1, **members}
        with pytest.raises(ClientError) as refused:
            made.ecs.update_service(**asked)
        assert refused.value.response["Error"]["Code"] == code
        assert made.service()["desiredCount"] == 2


def test_an_inactive_revision_is_refused_and_nothing_else_is_changed():
    with running() as made:
        made.push("v2")
        second = made.register("v2")
        made.ecs.deregister_task_definition(taskDefinition=second)
        with pytest.raises(ClientError, match="TaskDefinition is inactive"):
            made.update(taskDefinition=second, desiredCount=5)
        assert (made.service()["desiredCount"], len(made.service()["deployments"])) == (2, 1)


def test_service_deployments_are_listed_newest_first_by_status_and_in_pages():
    with running() as made:
        for tag in ("v2", "v3", "v4"):
            roll(made, tag)
            made.until(5)
        made.until(200)
        asked = {"cluster": "house", "service": "web"}
        stopped = made.ecs.list_service_deployments(**asked, status=["STOPPED"])
        assert len(stopped["serviceDeployments"]) == 2
        first = made.ecs.list_service_deployments(**asked, maxResults=3)
        rest = made.ecs.list_service_deployments(**asked, nextToken=first["nextToken"])
        found = [*first["serviceDeployments"], *rest["serviceDeployments"]]
        assert [each["status"] for each in found] == [
            "SUCCESSFUL",
            "STOPPED",
            "STOPPED",
            "SUCCESSFUL",
        ]
        assert found[0]["serviceDeploymentArn"] == made.service()["currentServiceDeployment"]


def test_a_held_deployment_stands_still_until_it_is_continued():
    with running() as made:
        arn = roll(made)["serviceArn"]
        made.until(20)
        hook = made.installation.hold_at_hook(arn, minutes=20160)
        made.until(14 * 86400)
        held = made.rollouts()[0]
        (shown,) = held["lifecycleHookDetails"]
        assert (shown["hookId"], shown["status"]) == (hook, "AWAITING_ACTION")
        assert (held["status"], state(made)) == ("IN_PROGRESS", "R1 2R/2H, R2 2R/2H")
        made.installation.continue_(arn)
        made.until(14 * 86400 + 60)
        assert made.rollouts()[0]["status"] == "SUCCESSFUL"


def test_a_deleted_service_drains_and_goes():
    with running() as made:
        with pytest.raises(ClientError, match="scaled above 0"):
            made.ecs.delete_service(cluster="house", service="web")
        made.ecs.delete_service(cluster="house", service="web", force=True)
        assert made.service()["status"] == "DRAINING"
        made.until(60)
        assert made.service()["status"] == "INACTIVE"
        assert made.ecs.list_services(cluster="house")["serviceArns"] == []


@pytest.mark.parametrize("controller", ["CODE_DEPLOY", "EXTERNAL"])
def test_what_the_scheduler_does_not_know_is_said_plainly(controller):
    with house() as made:
        made.push("v1")
        with pytest.raises(NotImplementedError, match=f"deploymentController {controller}"):
            made.create(made.register("v1"), deploymentController={"type": controller})


@holds("R3.7", "R8.15")
def test_a_service_shows_what_it_was_not_asked_for():
    with running() as made:
        assert made.service()["deploymentConfiguration"] == {
            "strategy": "ROLLING",
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
            "bakeTimeInMinutes": 0,
            "deploymentCircuitBreaker": {"enable": False, "rollback": False},
        }
        assert made.rollouts()[0]["deploymentCircuitBreaker"]["status"] == "DISABLED"


@holds("R3.8")
def test_stable_is_not_success():
    def is_stable(made):
        found = made.service()
        return len(found["deployments"]) == 1 and found["runningCount"] == found["desiredCount"]

    with running(2, BREAKER) as made:
        assert is_stable(made)
        made.update(taskDefinition=made.register("gone"))
        assert not is_stable(made)
        made.until(400)
        assert (is_stable(made), made.rollouts()[0]["status"]) == (True, "ROLLBACK_SUCCESSFUL")


@holds("R3.10")
def test_outside_a_deployment_steady_does_not_wait_for_draining():
    with running(2, balanced=True, deregistration_delay_seconds=300) as made:
        before = len(made.messages())
        made.update(desiredCount=1)
        made.until(30)
        said = made.messages()[before:]
        assert "(service web) has reached a steady state." in said
        stopping = made.tasks("STOPPED")
        assert [task["lastStatus"] for task in stopping] == ["DEACTIVATING"]
