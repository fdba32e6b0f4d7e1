"""From a push or a request to a recorded, announced end: the whole way through `deploy`."""

import hashlib
import json

from rehearsal.ecs import Behaviour
from rehearsal.invariants.checks import claim_is_released
from tests.workflows.calls import gone
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import BOTH, CRASH, Orders
from tests.workflows.ways import takes

INDEX = "application/vnd.oci.image.index.v1+json"


@takes(
    "deploy: Admitted -> Take Claim",
    "deploy: Plan Only -> Take Number",
    "deploy: Next Step -> Note Phase",
    "deploy: Next Step -> Pin Services",
    "deploy: Next Step -> Migrate",
    "deploy: Next Step -> Roll Services",
    "deploy: Next Step -> Bake",
    "deploy: Next Step -> Conclude (4)",
    "deploy: Registered -> Pin Task Definition",
    "deploy: Found -> Check Claim",
    "deploy: Same -> Pinned",
    "deploy: ends in Pinned",
    "deploy: Rolled -> Verdict Reached",
    "deploy: ends in Verdict Reached",
    "deploy: Outcome -> Promoted",
    "deploy: ends in Promoted",
)
def test_a_push_is_pinned_migrated_rolled_baked_and_promoted(rehearse: Rehearse) -> None:
    orders = rehearse(BOTH, minutes=10, expand=True)
    deployed = orders.push("v2")
    digest = orders.digest("v2")
    assert deployed.outcome == "Promoted"
    assert deployed.record["steps"] == [
        "pin",
        "migrate",
        "roll",
        "roll",
        "bake",
        "promote",
        "migrate",
    ]
    assert orders.runs("web") == {("orders-web:2", digest)}
    assert orders.runs("worker") == {("orders-worker:2", digest)}
    assert orders.calls.named("ecs:RunTask")[0].answer is not None
    assert [each["message"] for each in orders.world.news] == [deployed.message]
    (mail,) = orders.world.mail
    assert mail.startswith("Promoted: orders v2 (release #1)\n\norders runs v2 (release #1).\n")
    assert orders.item("stable#web")["release"] == 1
    assert orders.item(f"push#{digest}#v2")["decision"] == "Deployed"


def test_the_worker_rolls_when_the_web_has_rolled(both: Orders) -> None:
    both.push("v2")
    web, worker = both.world.executions("roll")
    assert (web.input["roll"]["key"], worker.input["roll"]["key"]) == ("web", "worker")
    assert web.stopped_at <= worker.started_at


def test_only_the_image_differs_from_the_newest_base(orders: Orders) -> None:
    orders.register("web", cpu="2048", memory="4096")
    base = orders.register("web", cpu="512", memory="1024")
    orders.push("v2")
    *_, made = [each for each in orders.definitions() if each.family == "orders-web"]
    (container,), (asked,) = made.containers, orders.definition(base).containers
    assert container["environment"] == [{"name": "STAGE", "value": "production"}]
    assert {**container, "image": asked["image"]} == asked
    assert container["image"].endswith(f"/orders@{orders.digest('v2')}")
    assert made.document["cpu"] == "512"
    tags = {each["key"]: each["value"] for each in made.tags}
    assert tags["owner"] == "platform"
    assert tags["pilothouse:base"] == base
    assert tags["pilothouse:image-tag"] == "v2"


def test_a_multi_arch_image_counts_by_the_digest_of_its_platform_too(orders: Orders) -> None:
    child = orders.world.store("orders", "v2-amd64")
    manifests = [{"digest": child, "platform": {"architecture": "amd64", "os": "linux"}}]
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})
    digest = "sha256:" + hashlib.sha256(index.encode()).hexdigest()
    orders.call(
        "ecr",
        "put_image",
        repositoryName="orders",
        imageManifest=index,
        imageManifestMediaType=INDEX,
        imageTag="v2",
        imageDigest=digest,
    )

    def report_the_child(service: str, operation: str, _: object, answer: dict) -> None:
        if (service, operation) == ("ecs", "DescribeTasks"):
            for container in [one for task in answer["tasks"] for one in task["containers"]]:
                if container.get("imageDigest") == digest:
                    container["imageDigest"] = child

    orders.world.sdk.after.append(report_the_child)
    orders.announce_push("v2", digest)
    deployed = orders.finish()
    assert deployed.outcome == "Promoted"
    release = orders.item("release#000001")
    assert release["parts"]["web"]["images"]["app"].endswith(digest)
    assert release["parts"]["web"]["digests"]["app"] == [digest, child]


@takes("deploy: Outcome -> NoOp", "deploy: ends in NoOp")
def test_the_image_that_runs_is_not_deployed_again(orders: Orders) -> None:
    orders.push("v2")
    writes = len(orders.writes())
    orders.announce_push("v2")
    again = orders.finish()
    assert again.outcome == "NoOp"
    assert again.message == "orders: v2 (release #1) runs already."
    assert len(orders.writes()) == writes


@takes("deploy: Outcome -> Superseded", "deploy: ends in Superseded")
def test_an_older_version_never_replaces_a_newer_one(orders: Orders) -> None:
    orders.push("v2.1.0")
    older = orders.push("v2.0.9")
    assert older.outcome == "Superseded"
    assert "v2.0.9 is older than v2.1.0 (release #1)" in older.message
    assert {revision for revision, _ in orders.runs("web")} == {"orders-web:2"}


def test_a_person_may_deploy_an_older_version(orders: Orders) -> None:
    orders.push("v3")
    orders.world.store("orders", "v2")
    assert orders.deploy("v2").outcome == "Promoted"
    assert orders.runs("web") == {("orders-web:3", orders.digest("v2"))}


def test_a_digest_is_deployed_as_its_tag_is(orders: Orders) -> None:
    digest = orders.world.store("orders", "v2")
    deployed = orders.deploy(digest)
    assert deployed.outcome == "Promoted"
    assert orders.runs("web") == {("orders-web:2", digest)}


def test_a_tag_that_the_filter_leaves_out_starts_nothing(orders: Orders) -> None:
    orders.world.push("orders", "latest")
    orders.clock.run()
    assert orders.world.executions("deploy") == []


@takes("deploy: Admitted -> Conclude")
def test_an_event_that_the_rule_let_through_is_filtered_again(orders: Orders) -> None:
    digest = orders.world.store("orders", "v2-dirty!")
    push = {
        "event": "1",
        "time": "2026-01-01T00:00:00Z",
        "repository": "orders",
        "digest": digest,
        "tag": "nightly",
    }
    filtered = orders.ask({"application": "orders", "push": push})
    assert filtered.outcome == "NoOp"
    assert filtered.record["decision"] == "Filtered"
    assert 'The tag "nightly" is not among those of images.tags: v*.' in filtered.message


@takes("deploy: Open Record fails -> Handled Before", "deploy: Handled Before -> NoOp")
def test_one_event_delivered_twice_is_decided_once(orders: Orders) -> None:
    orders.world.bus.delays = lambda _: [0.5, 0.9]
    orders.begin_push("v2")
    orders.finish()
    first, second = orders.world.executions("deploy")
    assert orders.closed_by(first)["outcome"] == "Promoted"
    assert second.output == {"outcome": "NoOp", "message": "This push event was handled before."}
    assert len(orders.ends()) == 1
    assert orders.revisions("web") == 2


def test_a_push_whose_tag_has_moved_on_leaves_it_to_the_newer_push(orders: Orders) -> None:
    moved = orders.world.store("orders", "v2", Behaviour())
    orders.call("ecr", "batch_delete_image", repositoryName="orders", imageIds=[{"imageTag": "v2"}])
    orders.world.store("orders", "v2-newer")
    manifest = orders.call(
        "ecr", "batch_get_image", repositoryName="orders", imageIds=[{"imageTag": "v2-newer"}]
    )["images"][0]["imageManifest"]
    orders.call("ecr", "put_image", repositoryName="orders", imageManifest=manifest, imageTag="v2")
    orders.announce_push("v2", moved)
    older = orders.finish()
    assert older.outcome == "Superseded"
    assert "The tag v2 has moved on" in older.message
    assert orders.writes() == []


def test_two_pushes_at_once_end_with_the_newer_one(orders: Orders) -> None:
    orders.begin_push("v2")
    orders.begin_push("v3")
    orders.finish()
    first, second = orders.world.executions("deploy")
    assert orders.closed_by(first)["outcome"] == "Promoted"
    assert orders.closed_by(second)["outcome"] == "Promoted"
    assert second.path.count("Wait For Claim") > 0
    assert orders.runs("web") == {("orders-web:3", orders.digest("v3"))}


def test_the_digest_that_was_turned_back_is_deployed_only_by_force(orders: Orders) -> None:
    orders.push("v2", CRASH)
    orders.announce_push("v2")
    again = orders.finish()
    assert (again.outcome, again.record["decision"]) == ("NoOp", "Bad")
    assert "had to be turned back" in again.message
    by_hand = orders.deploy("v2")
    assert by_hand.outcome == "Failed"
    assert 'add "force": true' in by_hand.message
    orders.world.images.learn("orders", orders.digest("v2"), Behaviour())
    assert orders.deploy("v2", force=True).outcome == "Promoted"


@takes(
    "deploy: Take Claim fails -> Claim Is Taken",
    "deploy: Claim Is Taken -> Wait For Claim",
)
def test_a_claim_that_is_taken_is_waited_for(orders: Orders) -> None:
    orders.claim("somebody", minutes=2)
    deployed = orders.push("v2")
    assert deployed.outcome == "Promoted"
    assert deployed.execution.path.count("Wait For Claim") == 4


def test_a_claim_left_behind_is_taken_over_when_its_lease_ends(orders: Orders) -> None:
    orders.claim("somebody who died", minutes=20)
    taken_over = orders.push("v3")
    assert taken_over.outcome == "Promoted"
    assert taken_over.execution.path.count("Wait For Claim") == 40
    assert orders.item("claim")["fence"] == 2


@takes("deploy: Note Phase fails -> Next Step")
def test_what_cannot_be_noted_stops_nothing(orders: Orders) -> None:
    orders.fail("deploy: Note Phase", gone("UpdateItem"), times=3)
    assert orders.push("v2").outcome == "Promoted"


def test_what_is_going_on_is_noted_on_the_record(rehearse: Rehearse) -> None:
    orders = rehearse(BOTH, minutes=5)
    noted = []

    def look() -> None:
        record = orders.item("deployment#000001")
        noted.append((record["phase"], record["doing"], record["touched"]))

    for state in ("roll: Judge Rollout", "bake: Judge Bake"):
        orders.at(state, look)
    orders.push("v2")
    assert noted == [("Progressing", "roll", "web"), ("Baking", "bake", "web, worker")]


def test_the_way_back_is_noted_on_the_record(orders: Orders) -> None:
    orders.begin_push("v2", CRASH)
    orders.until("deploy: Choose Recovery")
    orders.until("roll: Judge Rollout")
    record = orders.item("deployment#000001")
    assert (record["phase"], record["doing"], record["touched"]) == ("RollingBack", "roll", "web")
    orders.finish()


@takes(
    "deploy: Claim Is Taken -> Conclude",
    "deploy: Outcome -> Expired",
    "deploy: ends in Expired",
)
def test_a_claim_that_is_never_free_expires_the_request(orders: Orders) -> None:
    orders.excuse(claim_is_released)
    orders.claim("somebody", minutes=6 * 60)
    expired = orders.push("v2")
    assert (expired.outcome, expired.code) == ("Expired", "Expired")
    assert (expired.execution.stopped_at - expired.execution.started_at).seconds >= 4 * 3600 - 60
    assert orders.writes() == []
    assert orders.item("claim")["owner"] == "somebody"
