"""What still happens to a service whose deployment failed with nothing to go back to? (R8.13)

The revision that failed starts nothing any more, and what it took from the others is not given
back. But the desired count acts at once (R3.2), and the last completed revision is looked after
(R5.5, R5.8).
"""

from dataclasses import dataclass

from rehearsal.ecs.rollout.deployments import Deployment
from rehearsal.ecs.rollout.rolling import Pass
from rehearsal.ecs.tasks.task import Task


@dataclass(slots=True)
class StalledPass(Pass):
    def run(self) -> bool:
        source = self.service.last_completed
        if source is not None:
            self._keep(source)
        for each in self.service.deployments:
            self._scale_in(each, self._sick(each) if each is source else [])
        self._tidy()
        return self.acted

    def _keep(self, source: Deployment) -> None:
        """Replace what the source loses and what is sick: first the replacement, if it fits."""
        room = self.room
        started = self.starting.look_after(self.service, source, room)
        self.acted = self.acted or started > 0
        sick = self._sick(source)
        coming = [task for task in source.live() if not task.healthy and task not in sick]
        replaced = len(sick) - source.owed - len(coming)
        if replaced > 0:
            self._stop(self._any(sick)[:replaced], unhealthy=True)
        elif sick and source.owed and room == 0:
            self._make_room(sick)

    def _scale_in(self, deployment: Deployment, sick: list[Task]) -> None:
        """Leave a revision no more tasks than are wanted; of the sick ones is seen to elsewhere."""
        live = [task for task in deployment.live() if task not in sick]
        surplus = len(live) - self.service.desired
        if surplus <= 0:
            return
        going = self._by_loss(live)
        self._complain_of_protection([deployment], surplus - len(going))
        self._stop(going[:surplus])
