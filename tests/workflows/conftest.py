"""The application `orders` for each test: in a world of its own, with the invariants checked."""

import gc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from functions.domain.catalogue import Application, Migrations
from rehearsal import lambdas
from rehearsal.ecs import Behaviour
from rehearsal.world import Running, World
from tests.workflows.orders import BOTH, WEB, Orders
from tests.workflows.ways import Taken

Rehearse = Callable[..., Orders]

FAILED = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "takes(*ways): the ways through the workflows it is for")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session", autouse=True)
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Send the handlers' log lines to a file."""
    path = tmp_path_factory.mktemp("logs") / "handlers.log"
    with path.open("w") as log:
        lambdas.log_to(log)
        yield path


@pytest.fixture(scope="session", autouse=True)
def lasting(sample: tuple[Application, ...]) -> None:
    """Have the garbage collector leave alone what a first world has loaded for all of them.

    A quarter of the time of these tests would go into looking through the models of AWS again.
    """
    with World(sample) as world:
        orders = Orders(world, world.applications["orders"])
        orders.prepare(WEB, None)
        orders.push("v2")
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@pytest.fixture
def rehearse(
    sample: tuple[Application, ...], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Rehearse]:
    """Return what makes `orders` run v1; without a bake and a migration unless asked for."""
    with World(sample) as world:
        application = world.applications["orders"]
        orders = Orders(world, application)
        taken = Taken(world.machines, monkeypatch)

        def prepare(
            running: Mapping[str, Running] = WEB,
            v1: Behaviour | None = None,
            **catalogue: Any,
        ) -> Orders:
            orders.configure(configured(application, running, **catalogue))
            orders.prepare(running, v1)
            return orders

        yield prepare
        if not request.node.stash.get(FAILED, False):
            broken = orders.invariants.broken(but=orders.excused)
            assert not broken, "\n".join(str(each) for each in broken)
            promised = {way for mark in request.node.iter_markers("takes") for way in mark.args}
            assert promised <= taken.ways(), f"not taken: {sorted(promised - taken.ways())}"


@pytest.fixture
def orders(rehearse: Rehearse) -> Orders:
    """The application with its web only."""
    return rehearse()


@pytest.fixture
def both(rehearse: Rehearse) -> Orders:
    """The application with web and worker."""
    return rehearse(BOTH)


def configured(
    application: Application,
    running: Mapping[str, Running],
    minutes: int = 0,
    expand: bool = False,
    services: Mapping[str, Mapping[str, Any]] | None = None,
    **members: Any,
) -> Application:
    """Return the application with what runs of it and another bake.

    It has migrations and schedules only if they are asked for: they take time, and few tests are
    about them.
    """
    changes = {key: dict(members) for key, members in (services or {}).items()}
    made = tuple(
        replace(each, bake=replace(each.bake, minutes=minutes), **changes.get(each.key, {}))
        for each in application.services
        if each.key in running
    )
    migrations = application.migrations if expand else Migrations(None, None)
    given = {"services": made, "migrations": migrations, "schedules": (), **members}
    return replace(application, **given)
