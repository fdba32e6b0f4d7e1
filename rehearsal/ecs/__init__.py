"""An ECS service scheduler on moto's ECS: tasks live, services roll, deployments fail and go back.

`install` puts it in moto's place, `Behaviour` says what an image does, `Settings` how fast the
scheduler is. Nothing sleeps and nothing is random but by the clock and the `Random` given.
"""

from rehearsal.ecs.backend import install
from rehearsal.ecs.installation import Installation
from rehearsal.ecs.settings import Settings
from rehearsal.ecs.tasks.behaviour import Behaviour, Behaviours

__all__ = ["Behaviour", "Behaviours", "Installation", "Settings", "install"]
