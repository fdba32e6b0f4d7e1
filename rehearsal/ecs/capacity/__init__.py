"""Is there room for another task, and where?

Per cluster: Fargate and Fargate Spot, which can be refused or withdrawn, and EC2 instances that
come and go, also by managed scaling.
"""

from rehearsal.ecs.capacity.plans import Capacity, ClusterCapacity, ManagedScaling

__all__ = ["Capacity", "ClusterCapacity", "ManagedScaling"]
