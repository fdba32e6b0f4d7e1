"""How many calls and how much time does a plan of a release take?"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from functions.domain.catalogue import Application
from functions.domain.parsing import parse
from rehearsal.bench.cost import require_promoted
from rehearsal.bench.lines import line
from rehearsal.ecs import Behaviour
from rehearsal.world import Running, World

SERVICES = 10
GOAL_READS = 60
GOAL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Drafted:
    """What planning took: the SDK calls, those of the states too, and virtual seconds."""

    calls: Counter[tuple[str, str]]
    seconds: float
    document: dict[str, Any]


def plans() -> None:
    print(f"A plan of a release of {SERVICES} services, half of them behind load balancers.")
    for what, release in (("the first", 1), ("a later one", 2)):
        drafted = draft(release)
        reads = drafted.calls.total()
        line(f"reads, {what}", f"{reads:5}", _most(drafted.calls), GOAL_READS, reads)
        seconds = f"{drafted.seconds:5.2f} s"
        line(
            "virtual time", seconds, str(drafted.document["verdict"]), GOAL_SECONDS, drafted.seconds
        )


def draft(release: int) -> Drafted:
    """Plan the first release of ten services, or the one after it."""
    made = application()
    with World((made,)) as world:
        world.store("shop", "v0", Behaviour())
        world.prepare("shop", {each.key: _running(each.key) for each in made.services})
        for number in range(1, release):
            world.push("shop", f"v{number}")
            world.clock.run()
        require_promoted(world, release - 1)
        world.store("shop", f"v{release}", Behaviour())
        world.sdk.calls.clear()
        began = world.clock.seconds
        asked = {"application": "shop", "image": f"v{release}", "plan": True}
        execution = world.start("deploy", asked)
        world.clock.run(done=lambda: not execution.running)
        calls = Counter(world.sdk.calls)
        del calls["lambda", "Invoke"]
        document = execution.output
        if not isinstance(document, dict):
            raise SystemExit(f"No plan was made: {execution.error} {execution.cause}")
        return Drafted(calls, world.clock.seconds - began, document)


def application() -> Application:
    """Return ten services in two waves, with both migrations and alarms."""
    services = {
        f"s{number}": {
            "bake": {"minutes": 1, "alarms": [f"shop-s{number}-5xx"]},
            **({"after": ["s0"]} if number >= SERVICES // 2 else {}),
        }
        for number in range(SERVICES)
    }
    document = {
        "application": "shop",
        "repository": "shop",
        "cluster": "production",
        "migrations": {
            "expand": {"service": "s0", "command": ["rake", "expand"]},
            "contract": {"service": "s0", "command": ["rake", "contract"]},
        },
        "services": services,
    }
    made = parse(document)
    if not isinstance(made, Application):
        raise SystemExit(f"The catalogue of the bench is wrong: {made}")
    return made


def _running(key: str) -> Running:
    return Running("v0", load_balancer=int(key[1:]) < SERVICES // 2)


def _most(calls: Counter[tuple[str, str]]) -> str:
    most = [f"{operation} {count}" for (_, operation), count in calls.most_common(4)]
    return ", ".join(most)
