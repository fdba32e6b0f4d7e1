"""What does Pilothouse say of a deployment?"""

from typing import ClassVar

from rehearsal.bench.peers.word import Said, Word
from rehearsal.scenario.stage.behaving import behaviour
from rehearsal.scenario.stage.preparing import Prepared
from rehearsal.states.history import Execution

DECIDED = frozenset({"Choose Recovery", "Conclude"})
"""The states of a deployment that come only after it is clear how the release does."""
WORDS = {"Promoted": Word.SUCCESS, "Superseded": Word.REPLACED}
BY_CODE = {"ReplacedByOther": Word.REPLACED, "Fault": Word.NONE}
"""Codes that say more than the outcome; a fault is about us, and says nothing of the release."""


class Pilothouse:
    """A push; the record says what became of it, and the workflow when that was clear."""

    title: ClassVar = "Pilothouse"
    breaker: ClassVar = False

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._decided_at: float | None = None
        prepared.world.machines.on_state.append(self._hear)

    def start(self) -> None:
        does = behaviour(self._prepared.image("orders", "v2"))
        self._prepared.world.push("orders", "v2", does, content="v2")

    @property
    def said(self) -> Said | None:
        record = next(iter(self._prepared.world.items("orders", "deployment#")), None)
        if record is None or not record.get("outcome") or self._decided_at is None:
            return None
        code = str((record.get("reason") or {}).get("code") or "")
        word = WORDS.get(record["outcome"], Word.FAILURE)
        why = ", ".join(filter(None, (record["outcome"], code)))
        return Said(BY_CODE.get(code, word), self._decided_at, why)

    def _hear(self, execution: Execution, state: str, _: str) -> None:
        if self._decided_at is None and state in DECIDED and _deploys(execution):
            self._decided_at = self._prepared.world.clock.seconds


class ArmedPilothouse(Pilothouse):
    """The same where the breaker stays on, so that ECS may go back before Pilothouse does."""

    title: ClassVar = "Pilothouse, breaker on"
    breaker: ClassVar = True


def _deploys(execution: Execution) -> bool:
    return execution.machine.name.endswith("deploy")
