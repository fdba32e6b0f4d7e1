"""Does an SDK try again as botocore would, without anybody really sleeping?"""

import time

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectTimeoutError
from moto import mock_aws

from rehearsal.sdk import Sdk, refusal


@pytest.fixture
def sdk():
    with mock_aws():
        made = Sdk(seed=1)
        made.paused = []
        made.pause = made.paused.append
        yield made


def refuse(sdk, error, times=99):
    left = [times]

    def refused(service, operation, arguments):
        if left[0]:
            left[0] -= 1
            raise error

    sdk.before.append(refused)


def client(sdk, attempts=3):
    retries = {"mode": "standard", "max_attempts": attempts}
    return sdk.session.client("ecs", config=Config(retries=retries))


THROTTLED = refusal("ListClusters", "ThrottlingException", "Rate exceeded")
DENIED = refusal("ListClusters", "AccessDeniedException", "No")
BROKEN = refusal("ListClusters", "ServerException", "Unavailable", 500)
CUT = ConnectTimeoutError(endpoint_url="https://ecs")


@pytest.mark.parametrize("error", [THROTTLED, BROKEN, CUT])
def test_what_may_pass_is_tried_again(sdk, error):
    refuse(sdk, error, times=3)
    assert client(sdk).list_clusters()["clusterArns"] == []
    assert len(sdk.paused) == 3
    assert sdk.calls["ecs", "ListClusters"] == 4


@pytest.mark.parametrize("error", [THROTTLED, BROKEN])
def test_a_client_tries_as_often_as_it_is_configured_to(sdk, error):
    refuse(sdk, error)
    with pytest.raises(ClientError) as caught:
        client(sdk, attempts=1).list_clusters()
    assert caught.value.response["Error"]["Code"] == error.response["Error"]["Code"]
    assert sdk.calls["ecs", "ListClusters"] == 2


def test_a_lost_connection_stays_one(sdk):
    refuse(sdk, CUT)
    with pytest.raises(ConnectTimeoutError):
        client(sdk).list_clusters()
    assert sdk.calls["ecs", "ListClusters"] == 4


def test_what_cannot_pass_is_not_tried_again(sdk):
    refuse(sdk, DENIED)
    with pytest.raises(ClientError):
        client(sdk).list_clusters()
    assert sdk.calls["ecs", "ListClusters"] == 1


def test_states_leave_it_to_their_own_retry(sdk):
    refuse(sdk, THROTTLED)
    with pytest.raises(ClientError):
        sdk.client("ecs").list_clusters()
    assert sdk.calls["ecs", "ListClusters"] == 1


def test_nobody_really_sleeps(sdk, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail(f"slept for {seconds} s"))
    refuse(sdk, THROTTLED)
    with pytest.raises(ClientError):
        client(sdk, attempts=8).list_clusters()
    assert sum(sdk.paused) > 5


def test_throttling_is_waited_for_longer_than_a_lost_connection(sdk):
    refuse(sdk, THROTTLED, times=3)
    client(sdk).list_clusters()
    throttled = sum(sdk.paused)
    sdk.paused.clear()
    refuse(sdk, CUT, times=3)
    client(sdk).list_clusters()
    assert sum(sdk.paused) < throttled


def test_a_refusal_is_the_error_class_of_the_client(sdk):
    refuse(sdk, refusal("ListTasks", "ClusterNotFoundException", "Cluster not found."))
    ecs = client(sdk)
    with pytest.raises(ecs.exceptions.ClusterNotFoundException, match="Cluster not found"):
        ecs.list_tasks(cluster="nowhere")
