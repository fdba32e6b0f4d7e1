"""What happened at which moment? Recorded while the engine runs, to be shown when it has.

The engine never sleeps: a chapter of twenty minutes is over in half a second, and the stage takes
the time that a person needs.
"""

from collections.abc import Mapping
from typing import Any

from functions.domain.catalogue import Application
from rehearsal.demo.fleet import Fleet
from rehearsal.demo.sentences import Teller, workflow
from rehearsal.demo.stage import Frame, Line, News, Sentence
from rehearsal.states.history import Execution
from rehearsal.world import World


class Film:
    """Listens to a world. A frame is taken when time moves on and something has changed."""

    def __init__(self, world: World, application: Application) -> None:
        self._world = world
        self._fleet = Fleet(world, application)
        self._teller = Teller()
        self._states: dict[str, str] = {}
        self._frames: list[Frame] = []
        self._lines: list[Line] = []
        self._told = 0
        world.machines.on_state.append(self._heard)
        world.clock.on_move.append(lambda before, after: self._take())

    def begin(self) -> None:
        """Begin a chapter: failed tasks of the one before are not shown any more."""
        self._frames.clear()
        self._fleet.begin()

    def say(self, who: str, text: str) -> None:
        """Add a line about something that is no state: what a person or AWS does."""
        self._add(Sentence(who, "", text))

    def frames(self) -> tuple[Frame, ...]:
        """Return the frames of the chapter, the last moment included."""
        self._take()
        return tuple(self._frames)

    def _heard(self, execution: Execution, state: str, what: str) -> None:
        if workflow(execution) == "wake":
            return
        sentence = self._teller.tell(execution, state, what)
        if sentence is not None:
            self._add(sentence)
        if what.endswith("StateEntered"):
            self._states[execution.arn] = f"{workflow(execution)}: {state}"
        if not execution.running:
            self._states.pop(execution.arn, None)

    def _add(self, sentence: Sentence) -> None:
        self._lines.append(Line(self._world.clock.now(), sentence))

    def _take(self) -> None:
        told = list(zip(self._world.news, self._world.mail, strict=False))
        news = tuple(_announced(*each) for each in told[self._told :])
        frame = Frame(
            self._world.clock.now(),
            self._fleet.rows(),
            tuple(self._states.values()),
            tuple(self._lines),
            news,
        )
        last = self._frames[-1] if self._frames else None
        same = last is not None and (last.rows, last.states) == (frame.rows, frame.states)
        if not same or frame.lines or frame.news:
            self._frames.append(frame)
        self._lines.clear()
        self._told += len(news)


def _announced(detail: Mapping[str, Any], mail: str) -> News:
    reason = detail.get("reason") or {}
    subject, _, text = mail.partition("\n\n")
    return News(subject, text, reason.get("code", ""))
