"""How does a scenario speak of Auto Scaling groups: before it, and at its end?"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

Instances = Annotated[int, Field(ge=0, le=5_000)]


@dataclass(frozen=True, slots=True)
class Group:
    """An EC2 Auto Scaling group that has the instances of a cluster."""

    name: str
    min: Instances = 0
    max: Instances = 10
    joins: bool = True
    """Whether the instances that it launches come to register with the cluster."""


@dataclass(frozen=True, slots=True)
class GroupAfter:
    """An Auto Scaling group at the end; what is not given may be anything."""

    desired: Instances | None = None
    min: Instances | None = None
    instances: Instances | None = None
    """So many that are in the cluster."""
