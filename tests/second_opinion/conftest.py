"""The same story in both worlds: ours, and the one of moto's own parts."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from functions.domain.catalogue import Application, Migrations
from infra.catalogue import minified
from rehearsal import lambdas
from rehearsal.ecs import Behaviour
from rehearsal.second.histories import Ours
from rehearsal.second.telling import Told, ordered, plain
from rehearsal.second.world import SecondWorld
from rehearsal.world import Running, World

Story = Callable[[World], None]

COMPARED = ("deploy", "follow", "migrate", "roll", "bake", "conclude", "tidy", "announce")

SERVICES = {"web": Running(load_balancer=True), "worker": Running()}


@pytest.fixture(scope="session", autouse=True)
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Send the handlers' log lines to a file, and moto's pages on each failure nowhere."""
    logging.getLogger("moto").setLevel(logging.CRITICAL)
    with (tmp_path_factory.mktemp("logs") / "handlers.log").open("w") as log:
        lambdas.log_to(log)
        yield


@pytest.fixture
def ours(sample: tuple[Application, ...]) -> Callable[[Story], dict[str, Any]]:
    def tell(story: Story) -> dict[str, Any]:
        with World(sample) as world:
            heard = Ours(world)
            _play(world, story)
            return _came_to(world, list(heard.told()))

    return tell


@pytest.fixture
def theirs(sample: tuple[Application, ...]) -> Callable[[Story], dict[str, Any]]:
    def tell(story: Story) -> dict[str, Any]:
        with SecondWorld(sample) as world:
            _play(world, story)
            return _came_to(world, list(world.told()))

    return tell


def without_migrations(world: World) -> None:
    """Put a catalogue document in the place of the one that is deployed."""
    orders = replace(world.applications["orders"], migrations=Migrations(None, None))
    with world.clock.travel():
        world.client("ssm").put_parameter(
            Name="/pilothouse/production/orders", Value=minified(orders), Overwrite=True
        )


def _play(world: World, story: Story) -> None:
    world.store("orders", "v1", Behaviour())
    world.prepare("orders", SERVICES)
    story(world)


def finish(world: World) -> None:
    """Let time pass until every execution has ended and its news has arrived."""
    pass_by(world, 2)
    while _executes(world):
        world.clock.run(done=lambda: not _executes(world))
        pass_by(world, 2)


def _evidence(world: World) -> dict[str, Any]:
    """Return the documents of the deployments by their keys; their parts are not compared."""
    s3 = world.client("s3")
    with world.clock.travel():
        (bucket,) = (
            each["Name"] for each in s3.list_buckets()["Buckets"] if "evidence" in each["Name"]
        )
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", ())]
        texts = {
            key: s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            for key in keys
            if key.count("/") == 1
        }
    return {key: plain(json.loads(each)) for key, each in texts.items()}


def _executes(world: World) -> bool:
    if isinstance(world, SecondWorld):
        return world.executes()
    return any(each.running for each in world.machines.executions.values())


def pass_by(world: World, seconds: float) -> None:
    world.clock.run(until=world.clock.seconds + seconds)


def _came_to(world: World, told: list[Told]) -> dict[str, Any]:
    """Return everything that a person could see of a story."""
    items = world.items("orders", "")
    return {
        "executions": {
            word: ordered(each.plain() for each in told if each.workflow == word)
            for word in COMPARED
        },
        "wakes": sorted({each.status for each in told if each.workflow == "wake"}),
        "ledger": {each["sk"]: plain(each) for each in items if not each["sk"].startswith("wait#")},
        "evidence": _evidence(world),
        "news": plain(world.news),
        "mail": plain(world.mail),
        "runs": {
            key: sorted(
                task["containers"][0]["imageDigest"] for task in world.running("orders", key)
            )
            for key in SERVICES
        },
    }
