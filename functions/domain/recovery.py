"""A release failed: go back, or leave things as they are?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.domain.catalogue import Application, OnFailure
from functions.domain.plan import Kind, Plan, Step, back, rolled
from functions.domain.reason import Code
from functions.domain.release import Stable
from functions.domain.verdict import Verdict

LEFT = "The services were left as they are"
LOOK_NOW = "look at them in the ECS console now."


@dataclass(frozen=True, slots=True)
class Recovery:
    """`steps` is empty where nothing is done; `message` says what and why."""

    message: str
    steps: tuple[Step, ...] = ()


def choose(
    application: Application,
    plan: Plan,
    failed_at: int,
    stables: Mapping[str, Stable],
    failures: Sequence[Verdict],
) -> Recovery:
    """Return the way back of every service that the release has touched, the last one first."""
    touched = rolled(plan.steps, failed_at)
    if not touched:
        return Recovery("No service was touched.")
    if plan.kind is not Kind.FORWARD:
        return Recovery(f"{LEFT}, since a rollback never starts another one: {LOOK_NOW}")
    if application.on_failure is OnFailure.HOLD:
        return Recovery(f"{LEFT}, since on_failure is hold: {LOOK_NOW}")
    if any(each.reason and each.reason.code is Code.REPLACED_BY_OTHER for each in failures):
        return Recovery(f"{LEFT}, since somebody else is deploying them: {LOOK_NOW}")
    missing = sorted(touched - stables.keys())
    if missing:
        names, have = ", ".join(missing), "has" if len(missing) == 1 else "have"
        return Recovery(f"{LEFT}, since {names} {have} nothing stable to go back to: {LOOK_NOW}")
    steps = back(application, {key: stables[key] for key in sorted(touched)})
    return Recovery(f"Rolling back {', '.join(sorted(touched))}.", steps)
