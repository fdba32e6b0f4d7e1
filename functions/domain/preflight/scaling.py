"""What will Application Auto Scaling do to the services while they roll?

It leaves a service alone that is outside its limits until an alarm or a schedule has it act, and
does not scale in during a deployment:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.needs import Need
from functions.domain.preflight.percentages import tasks
from functions.domain.preflight.sight import Unread, unknown

CHECK = "autoscaling"


@dataclass(frozen=True, slots=True)
class Limits:
    """Between which counts a service is scaled; `suspended`: neither out nor in, nor by time."""

    least: int
    most: int
    suspended: bool = False


def findings(needs: Sequence[Need], limits: Mapping[str, Limits] | Unread) -> Iterator[Finding]:
    """Judge each service that is scaled; `limits` is by the name of the service in ECS."""
    if isinstance(limits, Unread):
        yield unknown(CHECK, "", "Between which limits the services are scaled", limits)
        return
    for need in needs:
        found = limits.get(need.service.service)
        if found is not None:
            yield _judged(need.key, need.moves.desired, found)


def _judged(key: str, desired: int, found: Limits) -> Finding:
    between = f"Application Auto Scaling keeps {key} between {found.least} and {found.most} tasks"
    if found.suspended:
        return Finding(CHECK, Grade.OK, key, f"{between}, but it is suspended.")
    if found.least <= desired <= found.most:
        return Finding(CHECK, Grade.OK, key, f"{between}; it has {desired}.")
    if desired < found.least:
        then = (
            f"the next scale-out takes it to {found.least} at least, also in the middle of a roll"
        )
    else:
        then = f"the next scale-in after the deployment takes it down to {found.most}"
    message = f"{between}, and it has {tasks(desired)}: {then}."
    advice = "Correct the desired count, or the limits of the scalable target."
    return Finding(CHECK, Grade.WARN, key, message, advice)
