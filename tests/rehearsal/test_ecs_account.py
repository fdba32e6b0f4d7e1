"""What an account and region have at once: vCPU of Fargate, and addresses of a subnet."""

import pytest

from functions.aws.preflight import network, quotas
from functions.domain.preflight.fargate import Quota
from rehearsal.ecs import Behaviour
from rehearsal.ecs.capacity import account
from rehearsal.sdk import Sdk
from tests.rehearsal.house import ACCOUNT, REGION, house


@pytest.fixture
def made():
    with house() as made:
        made.push("v1", Behaviour())
        yield made


def aws(made, service):
    sdk = Sdk(REGION)
    sdk.answers |= made.installation.answers(ACCOUNT, REGION)
    return sdk.client(service)


def told(made, *kinds):
    at = made.clock.now()
    asked = aws(made, "service-quotas"), aws(made, "cloudwatch")
    return quotas.read(*asked, kinds, at)


def limits(made):
    return made.installation.world.account


def test_usage_is_the_vcpu_of_what_has_not_stopped(made):
    made.create(made.register("v1"), 4)
    made.until(100)
    assert told(made, "FARGATE", "FARGATE_SPOT") == {
        "FARGATE": Quota(account.USUAL_VCPUS, 1.0),
        "FARGATE_SPOT": Quota(account.USUAL_VCPUS, 0.0),
    }
    made.update(desiredCount=1)
    made.until(105)
    assert told(made, "FARGATE")["FARGATE"].used == 1.0
    made.until(200)
    assert told(made, "FARGATE")["FARGATE"].used == 0.25


def test_beyond_the_quota_no_task_is_placed_until_one_stops(made):
    limits(made).vcpus["FARGATE"] = 0.5
    made.create(made.register("v1"), 3)
    made.until(100)
    assert made.service()["runningCount"] == 2
    assert any(account.REACHED in each for each in made.messages())
    limits(made).vcpus["FARGATE"] = 0.75
    made.until(900)
    assert made.service()["runningCount"] == 3


def test_a_quota_that_is_not_there_is_refused(made):
    client = aws(made, "service-quotas")
    with pytest.raises(client.exceptions.NoSuchResourceException):
        client.get_service_quota(ServiceCode="fargate", QuotaCode="L-00000000")


def test_of_other_usage_there_is_no_figure(made):
    stat = {"Namespace": "AWS/Usage", "MetricName": "ResourceCount", "Dimensions": []}
    query = {"Id": "q", "MetricStat": {"Metric": stat, "Period": 300, "Stat": "Maximum"}}
    found = aws(made, "cloudwatch").get_metric_data(
        MetricDataQueries=[query], StartTime=made.clock.now(), EndTime=made.clock.now()
    )
    assert found["MetricDataResults"][0]["Values"] == []


def test_addresses_are_what_tasks_have_not_taken(made):
    made.create(made.register("v1"), 2)
    made.until(100)
    ec2 = aws(made, "ec2")
    assert network.free_addresses(ec2, ["subnet-1"]) == {"subnet-1": account.USUAL_ADDRESSES - 2}
    limits(made).addresses = 3
    assert network.free_addresses(ec2, ["subnet-1"]) == {"subnet-1": 1}


def test_without_an_address_a_task_does_not_start(made):
    limits(made).addresses = 2
    made.create(made.register("v1"), 3)
    made.until(100)
    assert made.service()["runningCount"] == 2
    assert "InsufficientFreeAddressesInSubnet" in made.tasks("STOPPED")[0]["stoppedReason"]
