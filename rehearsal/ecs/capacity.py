"""Is there room for another task?

The plain form: so many tasks in all, or a refusal that somebody switched on. Instances, ports and
placement strategies belong here.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Capacity:
    limit: int | None = None
    """So many tasks that are not stopping, of all services together."""
    refusal: str | None = None
    """The reason of `failures[]` while nothing can be placed, such as RESOURCE:FARGATE."""
    detail: str = (
        "Capacity is unavailable at this time. Please try again later or in a different "
        "availability zone."
    )

    def room(self, wanted: int, live: int) -> int:
        """Return how many of the wanted tasks find a place."""
        if self.refusal is not None:
            return 0
        return wanted if self.limit is None else max(0, min(wanted, self.limit - live))

    @property
    def reason(self) -> str:
        return self.refusal or "RESOURCE:CPU"
