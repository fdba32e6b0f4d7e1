"""Which story does the demo tell? A good release, a bad one, and a person's way back."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from functions.domain.catalogue import Application
from infra.catalogue import CatalogueError, load
from rehearsal.demo import facts
from rehearsal.demo.film import Film
from rehearsal.demo.stage import Stage
from rehearsal.ecs import Behaviour
from rehearsal.lambdas import log_to
from rehearsal.world import Running, World

ROOT = Path(__file__).parents[2]
LOG = "build/demo.log"
ORDERS = "orders"
LAST_WORDS = "cannot connect to postgres://orders:secret@db/orders: no such database\n"
"""What v3 prints. The password is in no announcement."""
BEFORE = {"web": Running(desired=3, load_balancer=True), "worker": Running()}

NEXT = """\
README.md, By hand             what to type in the console to deploy or go back
catalogue/orders.yaml          the application you watched, field by field
statemachines/deploy.asl.json  the workflow; open it in Workflow Studio
make check                     all checks and tests, a few minutes"""


@dataclass(frozen=True, slots=True)
class Chapter:
    """`outcome` is what has to be announced, and `runs` the tag that has to run then."""

    title: str
    act: Callable[[World, Film], object]
    outcome: str
    runs: str


def _push_good(world: World, film: Film) -> None:
    film.say("you", "docker push orders:v2")
    world.push(ORDERS, "v2", Behaviour())


def _push_bad(world: World, film: Film) -> None:
    film.say("you", "docker push orders:v3, which crashes at its start")
    world.push(ORDERS, "v3", Behaviour(exits_after=3.0, exit_code=1, log=LAST_WORDS))


def _go_back(world: World, film: Film) -> None:
    asked = {"application": ORDERS, "rollback": True, "force": True}
    film.say("you", f"Start deploy: {json.dumps(asked)}")
    world.start("deploy", asked)


CHAPTERS = (
    Chapter("1 of 3: a good release", _push_good, "Promoted", "v2"),
    Chapter("2 of 3: a release that crashes at its start", _push_bad, "RolledBack", "v2"),
    Chapter(
        "3 of 3: a person goes back by force",
        _go_back,
        "Promoted",
        "v1",
    ),
)


def tell(stage: Stage, log: Path = ROOT / LOG) -> int:
    """Show the story; return 0 if at its end everything is as it has to be."""
    applications = load(ROOT / "catalogue")
    application = _orders(applications)
    with _logging_to(log), World(applications) as world:
        _prepare(world, application)
        film = Film(world, application)
        wrong: list[str] = []
        for chapter in CHAPTERS:
            wrong = wrong or _tell(stage, world, film, chapter)
        stage.curtain()
        _end(stage, world, wrong)
    return 1 if wrong else 0


def _tell(stage: Stage, world: World, film: Film, chapter: Chapter) -> list[str]:
    """Play a chapter; return what is not as it should be afterwards."""
    stage.chapter(chapter.title)
    film.begin()
    chapter.act(world, film)
    world.clock.run()
    stage.play(film.frames())
    return list(_wrong(world, chapter))


def _wrong(world: World, chapter: Chapter) -> Iterator[str]:
    application = world.applications[ORDERS]
    if facts.record(world, application).get("outcome") != chapter.outcome:
        yield f"The deployment should have been {chapter.outcome}. {_last_words(world)}"
        return
    found = facts.gather(world, application)
    yield from facts.differences(world, application, found)
    for fact in found:
        if fact.tags != {chapter.runs}:
            yield f"{fact.key} runs {', '.join(fact.tags)}, it should run {chapter.runs}."


def _last_words(world: World) -> str:
    for last in world.executions("deploy")[-1:]:
        said = (last.status, last.error, last.cause)
        return f"The last execution of deploy says: {' '.join(each for each in said if each)}"
    return "No execution of deploy was started."


def _end(stage: Stage, world: World, wrong: Sequence[str]) -> None:
    application = world.applications[ORDERS]
    stage.chapter("What runs now, read from ECS and looked up in the ledger")
    for line in facts.table(facts.gather(world, application)):
        stage.say(line)
    stage.say("")
    for line in wrong:
        stage.say(line, "bad")
    if not wrong:
        record = facts.record(world, application)
        said = f"record #{record['number']} of the ledger says: release #{facts.release(record)}."
        stage.say(f"Every service runs what {said}", "good")
    stage.chapter("What to read and try next")
    stage.say(NEXT)
    stage.say(f"{LOG:30} what the Lambdas logged meanwhile")


def _prepare(world: World, application: Application) -> None:
    """Have v1 run, as somebody deployed it before Pilothouse came."""
    world.store(ORDERS, "v1", Behaviour())
    world.prepare(ORDERS, BEFORE)
    with world.clock.travel():
        for alarm in sorted({name for each in application.services for name in each.bake.alarms}):
            world.client("cloudwatch").put_metric_alarm(
                AlarmName=alarm,
                Namespace="AWS/ApplicationELB",
                MetricName="HTTPCode_Target_5XX_Count",
                Statistic="Sum",
                Period=60,
                EvaluationPeriods=1,
                Threshold=10,
                ComparisonOperator="GreaterThanThreshold",
            )


def _orders(applications: tuple[Application, ...]) -> Application:
    for each in applications:
        if each.application == ORDERS and {service.key for service in each.services} == set(BEFORE):
            return each
    raise CatalogueError(
        "The demo plays with the application orders as it ships, with the services web and worker: "
        "restore catalogue/orders.yaml."
    )


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as log:
        log_to(log)
        try:
            yield
        finally:
            log_to(sys.stdout)
