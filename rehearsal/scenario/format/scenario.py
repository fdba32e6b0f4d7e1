"""What is a scenario file, from its name to what it expects?"""

from dataclasses import dataclass, field
from typing import Any

from pydantic import ConfigDict

from rehearsal.faults.kinds import Fault
from rehearsal.scenario.format.actions import Action
from rehearsal.scenario.format.before import Before
from rehearsal.scenario.format.expectations import Expect


@dataclass(frozen=True, slots=True)
class Scenario:
    """A rehearsal: what there is, what happens to it, and what has to come of it."""

    # Pydantic drops unknown keys of dataclasses in silence. What is nested inherits this.
    __pydantic_config__ = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    name: str
    """One sentence that says what is rehearsed."""
    catalogue: list[dict[str, Any] | str]
    """Documents as in the folder catalogue/, or paths to some, from where this file is."""
    world: Before = field(default_factory=Before)
    timeline: list[Action] = field(default_factory=list)
    """In any order; times count from when the world before is steady."""
    faults: list[Fault] = field(default_factory=list)
    expect: Expect = field(default_factory=Expect)
