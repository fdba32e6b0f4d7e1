"""What may all tasks of an account and region have at once: vCPU of Fargate, and addresses?"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rehearsal.ecs.capacity import needs, refusals
from rehearsal.ecs.capacity.refusals import Refusal

if TYPE_CHECKING:
    from rehearsal.ecs.tasks.definitions import Definition
    from rehearsal.ecs.tasks.task import Task

USUAL_VCPUS = 4_000.0
"""The quota that Service Quotas tells of where nobody gave one."""
USUAL_ADDRESSES = 4_091
"""Those of a subnet with /20, of which AWS keeps five."""
REACHED = "You've reached the limit on the number of vCPUs you can run concurrently"
WITHOUT_ADDRESS = (
    "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-1': "
    "InsufficientFreeAddressesInSubnet"
)
UNITS = 1_024


@dataclass(slots=True)
class Account:
    """What somebody gave; where nobody did, there is always enough."""

    vcpus: dict[str, float] = field(default_factory=dict)
    """The quotas of Fargate, by capacity provider: FARGATE and FARGATE_SPOT."""
    addresses: int | None = None
    """Those of the subnet of all services, also the ones that are taken."""

    def limit(self, kind: str) -> float:
        return self.vcpus.get(kind, USUAL_VCPUS)

    def free_addresses(self, tasks: Iterable["Task"]) -> int:
        """Return how many are free in the subnet, which is one for all."""
        every = USUAL_ADDRESSES if self.addresses is None else self.addresses
        return max(0, every - addresses(tasks))

    def starves(self, tasks: Iterable["Task"]) -> bool:
        """Say whether there is no address for another task."""
        return self.addresses is not None and not self.free_addresses(tasks)

    def refusal(
        self, definition: "Definition", kind: str, tasks: Iterable["Task"]
    ) -> Refusal | None:
        """Return why a task of Fargate is beyond the quota, if it is."""
        if kind not in self.vcpus:
            return None
        asked = needs.of(definition, {}).cpu / UNITS
        beyond = vcpus(tasks, kind) + asked > self.vcpus[kind]
        return refusals.limited(REACHED) if beyond else None


def vcpus(tasks: Iterable["Task"], kind: str) -> float:
    """Return the vCPU of Fargate that the tasks have which have not stopped."""
    return sum(
        needs.of(each.definition, each.placement.overrides).cpu / UNITS
        for each in tasks
        if each.placement.launch_type == "FARGATE"
        and (each.placement.capacity_provider or "FARGATE") == kind
        and each.stopped_at is None
    )


def addresses(tasks: Iterable["Task"]) -> int:
    return sum(1 for each in tasks if each.placement.network and each.stopped_at is None)
