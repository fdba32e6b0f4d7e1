"""What can a rehearsal turn and read while the scheduler is in place?"""

from collections.abc import Callable
from dataclasses import dataclass

from rehearsal.ecs.capacity import Capacity
from rehearsal.ecs.region import Region
from rehearsal.ecs.rollout import holding
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.rollout.messages import port_behind
from rehearsal.ecs.tasks.targets import Target, TargetGroups
from rehearsal.ecs.world import World


@dataclass(frozen=True, slots=True)
class Installation:
    world: World
    region: Callable[[str, str], Region]
    """By account and region."""
    uninstall: Callable[[], None]

    @property
    def capacity(self) -> Capacity:
        return self.world.capacity

    @property
    def target_groups(self) -> TargetGroups:
        return self.world.target_groups

    def service(self, arn: str) -> Service:
        return self._region_of(arn).service_of(arn)

    def hold_at_hook(
        self, service_arn: str, *, stage: str = holding.STAGE, minutes: int = holding.MINUTES
    ) -> str:
        """Hold the service deployment that is going on at a PAUSE hook; return the hook's id."""
        region = self._region_of(service_arn)
        service = region.service_of(service_arn)
        return holding.hold(region, service, stage=stage, minutes=minutes)

    def continue_(self, service_arn: str) -> None:
        region = self._region_of(service_arn)
        holding.let_go(region, region.service_of(service_arn))

    def target_health(self, target_group_arn: str) -> list[Target]:
        """Return the registered targets of a group, with ELB's words for their states."""
        tasks = self._region_of(target_group_arn).tasks.all()
        return [
            Target(task.arn, task.address, port_behind(task, target_group_arn), state)
            for task in tasks
            if task.started_at is not None
            and (state := task.targets.get(target_group_arn)) is not None
            and state != "unused"
        ]

    def _region_of(self, arn: str) -> Region:
        region, account = arn.split(":")[3:5]
        return self.region(account, region)
