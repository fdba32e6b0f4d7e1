"""What comes of a scenario under one seed?"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from rehearsal import faults
from rehearsal.invariants import Broken, Invariants
from rehearsal.recording import Recording
from rehearsal.scenario import judging
from rehearsal.scenario.acts.acting import Acting
from rehearsal.scenario.ending import Ending
from rehearsal.scenario.format.reading import Loaded
from rehearsal.scenario.format.scenario import Scenario
from rehearsal.scenario.outcome import Outcome, outcome
from rehearsal.scenario.stage.preparing import Prepared
from rehearsal.sdk import CALLER
from rehearsal.world import World


@dataclass(frozen=True, slots=True)
class Result:
    """One scenario under one seed; `document` is its JSON."""

    source: str
    name: str
    seed: int
    failures: tuple[str, ...]
    found: Outcome
    broken: tuple[Broken, ...]
    timeline: list[dict[str, Any]] = field(repr=False)
    virtual_seconds: float
    wall_seconds: float
    sdk_calls: Counter[str] = field(repr=False)

    @property
    def passed(self) -> bool:
        return not self.failures

    def document(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "seed": self.seed,
            "passed": self.passed,
            "failures": list(self.failures),
            "deployments": self.found.deployments,
            "services": self.found.services,
            "announcements": self.found.announcements,
            "invariants": [
                {
                    "number": each.number,
                    "name": each.name,
                    "sentence": each.sentence,
                    "at": round(each.at, 3),
                }
                for each in self.broken
            ],
            "timeline": self.timeline,
            "virtual_seconds": round(self.virtual_seconds, 3),
            "wall_seconds": round(self.wall_seconds, 3),
            "state_transitions": self.found.transitions,
            "sdk_calls": dict(sorted(self.sdk_calls.items())),
        }


def run(loaded: Loaded, seed: int) -> Result:
    started = time.perf_counter()
    with World(loaded.applications, seed) as world:
        played = _played(world, loaded.scenario, seed)
        return Result(
            source=loaded.source,
            name=loaded.scenario.name,
            seed=seed,
            failures=tuple(_failures(loaded.scenario, played)),
            found=played.found,
            broken=played.broken,
            timeline=played.timeline,
            virtual_seconds=played.ending.over_at,
            wall_seconds=time.perf_counter() - started,
            sdk_calls=played.calls,
        )


@dataclass(frozen=True, slots=True)
class _Played:
    acting: Acting
    ending: Ending
    strikes: list[faults.Strike]
    found: Outcome
    broken: tuple[Broken, ...]
    timeline: list[dict[str, Any]]
    calls: Counter[str]


def _played(world: World, scenario: Scenario, seed: int) -> _Played:
    """Have everything happen that a scenario says; nothing is judged yet."""
    recording = Recording(world)
    prepared = Prepared(world, scenario.world)
    began = world.clock.seconds
    recording.begin()
    # Before any fault is laid: what is refused was asked for, too.
    calls, invariants = _counted(world), Invariants(world)
    strikes = faults.strike(world, scenario.faults, seed)
    acting, ending = Acting(prepared), Ending(world, scenario)
    acting.schedule(scenario.timeline)
    ending.await_()
    broken = (replace(each, at=each.at - began) for each in invariants.broken())
    found = outcome(world, began)
    return _Played(acting, ending, strikes, found, tuple(broken), recording.entries(), calls)


def _failures(scenario: Scenario, played: _Played) -> Iterator[str]:
    expect = scenario.expect
    yield from played.acting.refused
    yield from played.ending.failures()
    yield from judging.failures(expect, played.found)
    yield from judging.late(expect, played.ending.over_at)
    yield from judging.breaches(expect.breaks, played.broken)
    yield from judging.missed(played.strikes)


def _counted(world: World) -> Counter[str]:
    """Count the calls that Pilothouse makes, those of the scenario itself left out."""
    calls: Counter[str] = Counter()

    def count(service: str, operation: str, _: object) -> None:
        if CALLER.get():
            calls[f"{service}:{operation}"] += 1

    world.sdk.before.append(count)
    return calls


def seeds_of(text: str) -> range:
    """Return the seeds of `7` or `1..20`; raise ValueError for anything else."""
    first, dots, last = text.partition("..")
    begin, end = int(first), int(last) if dots else int(first)
    if not 0 <= begin <= end:
        raise ValueError(text)
    return range(begin, end + 1)
