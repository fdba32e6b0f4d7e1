"""Which images can be pulled, and what ECS says where they cannot (scheduler-rules R1.7, R6)."""

import json
from hashlib import sha256

import pytest
from moto.ecr.models import ECRBackend, ecr_backends

from rehearsal.ecs import Behaviour
from tests.rehearsal.house import NETWORK, REGISTRY, client, house, running
from tests.rehearsal.rules import holds

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
ARM = {"runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}}
MISFIT = "CannotPullContainerError: image Manifest does not contain descriptor matching platform "


def put(content, tag="v1", kind=MANIFEST, **members):
    manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, **content})
    asked = {"imageManifest": manifest, "imageTag": tag} if tag else {"imageManifest": manifest}
    image = client("ecr").put_image(repositoryName="orders", **asked, **members)["image"]
    return image["imageId"]["imageDigest"]


def stored():
    found = client("ecr").describe_images(repositoryName="orders")["imageDetails"]
    return {each["imageDigest"]: each.get("imageTags", []) for each in found}


def run(made, definition):
    (task,) = made.ecs.run_task(
        cluster="house",
        taskDefinition=definition,
        launchType="FARGATE",
        networkConfiguration=NETWORK,
    )["tasks"]
    made.until(made.clock.seconds + 60)
    return made.ecs.describe_tasks(cluster="house", tasks=[task["taskArn"]])["tasks"][0]


@pytest.fixture
def made():
    with house() as one:
        client("ecr").create_repository(repositoryName="orders")
        yield one


def test_a_digest_is_that_of_the_manifest(made):
    digest = put({"content": "a"})
    manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "content": "a"})
    assert digest == "sha256:" + sha256(manifest.encode()).hexdigest()


def test_an_image_outlives_its_tag(made):
    first, second = put({"content": "a"}), put({"content": "b"})
    assert stored() == {first: [], second: ["v1"]}
    listed = client("ecr").list_images(repositoryName="orders", filter={"tagStatus": "UNTAGGED"})[
        "imageIds"
    ]
    assert listed == [{"imageDigest": first}]
    assert run(made, made.register(first))["containers"][0]["imageDigest"] == first


def test_a_tag_goes_back_to_an_image_that_had_it(made):
    first = put({"content": "a"})
    second = put({"content": "b"})
    put({"content": "a"})
    assert stored() == {first: ["v1"], second: []}


def test_moto_has_its_own_registry_back_afterwards():
    with house():
        assert ecr_backends.backend is not ECRBackend
    assert ecr_backends.backend is ECRBackend


def test_the_same_image_is_not_pushed_twice(made):
    put({"content": "a"})
    with pytest.raises(client("ecr").exceptions.ImageAlreadyExistsException):
        put({"content": "a"})


def test_an_immutable_tag_stays_where_it_is(made):
    client("ecr").put_image_tag_mutability(repositoryName="orders", imageTagMutability="IMMUTABLE")
    first = put({"content": "a"})
    with pytest.raises(client("ecr").exceptions.ImageAlreadyExistsException):
        put({"content": "b"})
    assert stored() == {first: ["v1"]}


def test_an_image_loses_its_last_tag_by_deletion_and_is_gone(made):
    put({"content": "a"})
    client("ecr").batch_delete_image(repositoryName="orders", imageIds=[{"imageTag": "v1"}])
    assert stored() == {}


@holds("R6.1", "R1.7")
def test_a_deleted_image_stops_nobody_and_no_further_task_starts():
    with running(2) as made:
        (digest,) = {each["containers"][0]["imageDigest"] for each in made.tasks()}
        client("ecr").batch_delete_image(
            repositoryName="orders", imageIds=[{"imageDigest": digest}]
        )
        made.until(600)
        assert len(made.tasks()) == 2
        one = made.tasks()[0]["taskArn"]
        made.ecs.stop_task(cluster="house", task=one)
        made.until(700)
        failed = next(
            each for each in made.tasks("STOPPED") if each.get("stopCode") == "TaskFailedToStart"
        )
        reference = f"{REGISTRY}/orders@{digest}"
        assert failed["stoppedReason"] == (
            "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
            f"failed to resolve ref {reference}: {reference}: not found"
        )
        assert failed["containers"][0]["reason"] == failed["stoppedReason"]
        assert "exitCode" not in failed["containers"][0]


@holds("R6.1")
def test_a_moved_tag_changes_nothing_until_the_next_deployment():
    with running(1) as made:
        (before,) = {each["containers"][0]["imageDigest"] for each in made.tasks()}
        after = made.push("v1", content="changed")
        made.update(desiredCount=2)
        made.until(100)
        assert {each["containers"][0]["imageDigest"] for each in made.tasks()} == {before}
        made.update(forceNewDeployment=True)
        made.until(300)
        assert {each["containers"][0]["imageDigest"] for each in made.tasks()} == {after}


@holds("R6.2")
def test_a_container_may_opt_out_of_consistent_versions():
    with running(1, container={"versionConsistency": "disabled"}) as made:
        after = made.push("v1", content="changed")
        made.update(desiredCount=2)
        made.until(100)
        assert after in {each["containers"][0]["imageDigest"] for each in made.tasks()}


@holds("R1.7")
@pytest.mark.parametrize(
    ("platform", "members", "wanted"),
    [("arm64", {}, "amd64"), ("amd64", ARM, "arm64"), ("arm64", ARM, None), ("amd64", {}, None)],
)
def test_an_image_for_another_platform_cannot_be_pulled(made, platform, members, wanted):
    made.push("v1", Behaviour(platform=platform, task_takes=None))
    task = run(made, made.register("v1", **members))
    expected = f"{MISFIT}'linux/{wanted}'" if wanted else None
    assert task.get("stoppedReason") == expected
    assert task["containers"][0].get("reason") == expected


def index(made):
    """Push an image for both platforms; return the digests of its index and its manifests."""
    children = {name: put({"content": name}, None) for name in ("amd64", "arm64")}
    manifests = [
        {"digest": digest, "platform": {"architecture": name, "os": "linux"}}
        for name, digest in children.items()
    ]
    manifests.append({"digest": "sha256:0", "platform": {"architecture": "unknown"}})
    return put({"manifests": manifests}, "v1", INDEX), children


@pytest.mark.parametrize("members", [{}, ARM])
def test_an_image_for_both_platforms_runs_on_either(made, members):
    whole, _ = index(made)
    task = run(made, made.register("v1", **members))
    assert task["containers"][0]["exitCode"] == 0
    assert task["containers"][0]["imageDigest"] == whole


def test_the_digest_of_the_platform_may_be_the_one_reported():
    with house(index_digest_is_reported=False) as made:
        client("ecr").create_repository(repositoryName="orders")
        _, children = index(made)
        task = run(made, made.register("v1", **ARM))
        assert task["containers"][0]["imageDigest"] == children["arm64"]


def test_an_index_lacks_a_platform(made):
    child = put({"content": "amd64"}, None)
    manifests = [{"digest": child, "platform": {"architecture": "amd64", "os": "linux"}}]
    put({"manifests": manifests}, "v1", INDEX)
    assert run(made, made.register("v1", **ARM))["stoppedReason"] == f"{MISFIT}'linux/arm64'"


@holds("R1.7")
@pytest.mark.parametrize(
    ("given", "reason", "of_container"),
    [
        ("no basic auth credentials", "CannotPullContainerError: no basic auth credentials", True),
        (
            "ResourceInitializationError: unable to pull secrets or registry auth",
            "ResourceInitializationError: unable to pull secrets or registry auth",
            False,
        ),
        (
            "CannotStartContainerError: no such file",
            "CannotStartContainerError: no such file",
            True,
        ),
    ],
)
def test_what_keeps_a_task_from_starting_is_said_in_its_own_words(
    made, given, reason, of_container
):
    made.push("v1", Behaviour(pull_error=given))
    task = run(made, made.register("v1"))
    assert (task["stopCode"], task["stoppedReason"]) == ("TaskFailedToStart", reason)
    (container,) = task["containers"]
    assert container.get("reason") == (reason if of_container else None)
    assert "exitCode" not in container
    assert "startedAt" not in task


def test_a_task_that_cannot_start_may_say_anything_at_all(made):
    made.push("v1", Behaviour(start_error="Task failed to start"))
    task = run(made, made.register("v1"))
    assert (task["stopCode"], task["stoppedReason"]) == (
        "TaskFailedToStart",
        "Task failed to start",
    )
    (container,) = task["containers"]
    assert {"reason", "exitCode"}.isdisjoint(container)


@pytest.mark.parametrize(
    ("word", "beginning", "end"),
    [
        (
            "auth",
            f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to "
            f"resolve ref {REGISTRY}/orders:v1: ",
            f"host {REGISTRY} failed with status code [manifests v1]: 403 Forbidden",
        ),
        (
            "network",
            f"CannotPullContainerError: The task cannot pull {REGISTRY}/orders:v1 from the ",
            "i/o timeout",
        ),
        ("secret", "ResourceInitializationError: unable to pull secrets or registry auth: ", "."),
        ("log_group", "ResourceInitializationError: failed to validate logger args: ", "status 1"),
    ],
)
def test_a_word_stands_for_the_whole_text(made, word, beginning, end):
    made.push("v1", Behaviour(pull_error=word))
    reason = run(made, made.register("v1"))["stoppedReason"]
    assert reason.startswith(beginning)
    assert reason.endswith(end)
