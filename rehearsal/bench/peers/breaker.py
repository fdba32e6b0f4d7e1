"""What does ECS itself say of a deployment, with its circuit breaker on?"""

from typing import ClassVar

from rehearsal.bench.peers.rows import NAME
from rehearsal.bench.peers.word import Said, Word
from rehearsal.ecs.rollout.deployments import Progress
from rehearsal.ecs.rollout.verdicts import REPLACED
from rehearsal.scenario.acts.interfering import interfere
from rehearsal.scenario.format.actions import UpdateService
from rehearsal.scenario.stage.called import known
from rehearsal.scenario.stage.preparing import Prepared

WORDS = {
    Progress.SUCCESSFUL: Word.SUCCESS,
    Progress.ROLLBACK_IN_PROGRESS: Word.FAILURE,
    Progress.ROLLBACK_SUCCESSFUL: Word.FAILURE,
    Progress.ROLLBACK_FAILED: Word.FAILURE,
    Progress.STOPPED: Word.FAILURE,
}


class Breaker:
    """Somebody registers v2 and calls UpdateService; what its service deployment says counts."""

    title: ClassVar = "circuit breaker"
    breaker: ClassVar = True

    def __init__(self, prepared: Prepared) -> None:
        self.said: Said | None = None
        self._prepared = prepared
        self._service = known(prepared.world, NAME)
        self._before = len(self._service.history)
        prepared.world.clock.on_move.append(lambda before, _: self._look(before))

    def start(self) -> None:
        interfere(self._prepared, UpdateService(update_service=NAME, image="v2"))

    def _look(self, now: float) -> None:
        if self.said is not None or len(self._service.history) == self._before:
            return
        record = self._service.history[self._before]
        word = WORDS.get(record.progress)
        if word is not None:
            why = record.status_reason or ""
            self.said = Said(Word.REPLACED if why == REPLACED else word, now, why)
