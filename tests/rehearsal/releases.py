"""Which applications, images and courses of events are there to be drawn?

What is drawn is a scenario document, so that one that fails can be kept as a file.
"""

import json
from dataclasses import dataclass
from functools import cache, partial

from hypothesis import strategies as st

from functions.domain.parsing import parse
from infra.catalogue import minified
from rehearsal.scenario.format.reading import SCENARIOS
from tests.rehearsal.courses import course

KEYS = ("web", "worker", "api", "mail")
LATE = 4 * 3_600
"""When whatever was begun before is over, also what a person has to settle."""

EXPAND, CONTRACT = "db:migrate", "db:contract"
SHORT = {"task_healthy": "90s", "progress": "3m", "capacity": "3m", "overall": "20m"}


def _document(services, order, migrations):
    return {
        "application": "orders",
        "repository": "orders",
        "cluster": "production",
        "services": services,
        "order": order,
        "migrations": migrations,
    }


def _migration(word, **members):
    return {"service": "web", "command": ["rake", word], "timeout": "3m", **members}


WIDEST = _document(
    {key: {} for key in KEYS},
    {},
    {"expand": _migration(EXPAND), "contract": _migration(CONTRACT)},
)
"""What the template is made of: one that fits whatever is drawn."""


@st.composite
def catalogues(draw):
    keys = KEYS[: draw(st.integers(1, len(KEYS)))]
    services = {}
    for place, key in enumerate(keys):
        after = draw(st.lists(st.sampled_from(keys[:place]), unique=True)) if place else []
        minutes = draw(st.integers(0, 2))
        services[key] = {"after": after, "bake": {"minutes": minutes}, "deadlines": SHORT}
    order = {"max_parallel": draw(st.integers(1, 3))}
    roots = [key for key in keys if not services[key]["after"]]
    if draw(st.booleans()):
        order["first"] = draw(st.sampled_from(roots))
    migrations = {}
    if draw(st.sampled_from((True, True, True, False))):
        migrations["expand"] = _migration(EXPAND, breaking=draw(st.sampled_from((False, True))))
    if draw(st.booleans()):
        migrations["contract"] = _migration(CONTRACT)
    return _document(services, order, migrations)


TASKS = (
    {},
    {},
    {},
    {"task": {"takes": "2m"}},
    {"task": {"exit_code": 1}},
    {"task": {"exit_code": 0, "takes": "10m"}},
    {"task": {"takes": "2m"}},
    {"start_error": "Task failed to start"},
    {"oom_after": "2s"},
)
SERVING = ({}, {}, {}, {"exits_after": "3s"}, {"healthy_after": "never"}, {"exits_after": "70s"})


@st.composite
def images(draw):
    """Draw an image that may be ill in all services, in one, or in a migration only."""
    commands = {EXPAND: draw(st.sampled_from(TASKS)), CONTRACT: draw(st.sampled_from(TASKS))}
    return {
        **draw(st.sampled_from(SERVING)),
        "by_service": {draw(st.sampled_from(KEYS)): draw(st.sampled_from(SERVING))},
        "commands": {word: {"exits_after": None, **does} for word, does in commands.items()},
    }


TAGS = ("v2", "v3", "v4")
TIMES = st.one_of(
    st.integers(1, 60), st.integers(1, 60), st.integers(60, 300), st.integers(300, 1_200)
)
"""Most of them while the first release migrates, or rolls its first service."""


def actions(keys):
    image = st.sampled_from(TAGS)
    service = st.sampled_from([f"orders/{key}" for key in keys])
    by_hand = st.fixed_dictionaries({"application": st.just("orders")})
    asked = st.one_of(
        st.builds(lambda tag, force: {"image": tag, "force": force}, image, st.booleans()),
        st.just({"rollback": True}),
    )
    started = st.builds(lambda whose, what: whose | what, by_hand, asked)
    what = st.one_of(
        st.builds(lambda tag: {"push": f"orders:{tag}"}, image),
        st.builds(lambda tag: {"push": f"orders:{tag}"}, image),
        st.builds(
            lambda each: {"stop_execution": each},
            st.sampled_from(("deploy", "migrate", "roll", "bake", "conclude")),
        ),
        st.builds(lambda given: {"start": "deploy", "input": given}, started),
        st.builds(
            lambda each, tag: {"foreign": {"update_service": each, "image": tag}},
            service,
            st.sampled_from(("v1", *TAGS)),
        ),
        st.builds(lambda each: {"foreign": {"stop_task": each}}, service),
    )
    return st.lists(
        st.builds(lambda at, each: {"at": at, **each}, TIMES, what), min_size=1, max_size=5
    )


TROUBLES = (
    {"lose_events": 1},
    {"duplicate_events": 0.5, "of": ["aws.ecs"]},
    {"kill_lambda": "JudgeMigration", "at": "middle", "times": 2},
    {"kill_lambda": "JudgeRollout", "at": "after", "times": 2},
    {"fail": "ecs:RunTask", "error": "Timeout"},
    {"fail": "ecs:RunTask", "error": "TimeoutAfterEffect"},
    {"fail": "ecs:RegisterTaskDefinition", "error": "TimeoutAfterEffect"},
    {"stale_reads": "ecs:DescribeTasks", "by": "5s"},
    {"stop_execution": "migrate", "at_state": "Judge Migration"},
    {"stop_execution": "migrate", "at_state": "Run Task"},
    {"stop_execution": "deploy", "at_state": "Conclude"},
)


@st.composite
def scenarios(draw):
    catalogue = draw(catalogues())
    pushed = {tag: draw(images()) for tag in TAGS}
    more = draw(actions(list(catalogue["services"])))
    troubles = draw(st.lists(st.sampled_from(TROUBLES), max_size=2))
    first, last = {"at": 0, "push": "orders:v2"}, {"at": LATE, "push": "orders:v9"}
    return {
        "name": "a course of events that was drawn",
        "catalogue": [catalogue],
        "world": {"images": {"orders": {"v1": {}, **_without_none(pushed), "v9": {}}}},
        "timeline": [first, *sorted(more, key=lambda each: each["at"]), last],
        "faults": [{**each, "may_miss": True} for each in troubles],
    }


def _without_none(value):
    if isinstance(value, dict):
        return {key: _without_none(each) for key, each in value.items() if each is not None}
    return value


@dataclass(frozen=True)
class Played:
    """What has come of a scenario: the invariants that broke, and what was never over."""

    broken: list
    left: list
    last: dict


@cache
def _widest():
    return (parse(WIDEST),)


def played(document, seed=0):
    """Have a scenario happen, in a world of the one template that fits all of them."""
    scenario = SCENARIOS.validate_json(json.dumps(document), strict=True)
    drawn = partial(_configure, document["catalogue"][0])
    with course(_widest(), scenario, seed, instead=drawn) as made:
        found = made.play(scenario.timeline)
        return Played(made.invariants.broken(), made.left, found.deployments[-1])


def _configure(document, world):
    """Put what was drawn into the place of what the template is made of."""
    application = parse(document)
    world.applications["orders"] = application
    with world.clock.travel():
        world.client("ssm").put_parameter(
            Name="/pilothouse/production/orders", Value=minified(application), Overwrite=True
        )
