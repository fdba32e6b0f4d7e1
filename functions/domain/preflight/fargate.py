"""Is there room in the account's quota of Fargate for what a roll needs?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from functions.domain.catalogue import Application
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.fitting import quantity
from functions.domain.preflight.needs import Need, widest
from functions.domain.preflight.sight import Unread, unknown

CHECK = "Fargate quota"
CALLED = {"FARGATE": "Fargate On-Demand vCPU", "FARGATE_SPOT": "Fargate Spot vCPU"}
UNITS = 1024


@dataclass(frozen=True, slots=True)
class Quota:
    """How many vCPU may run in the account and region, and how many do."""

    limit: float
    used: float


def findings(
    application: Application, needs: Sequence[Need], quotas: Mapping[str, Quota | Unread]
) -> Iterator[Finding]:
    """Judge each of the quotas that the services use; `quotas` is by capacity provider."""
    for kind, called in CALLED.items():
        users = [each for each in needs if kind in each.providers and each.most]
        quota = quotas.get(kind)
        if not users or quota is None:
            continue
        if isinstance(quota, Unread):
            what = f"How much of the quota {called} is free"
            yield unknown(CHECK, application.application, what, quota)
        else:
            yield _judged(application, users, called, quota)


def _judged(application: Application, users: Sequence[Need], called: str, quota: Quota) -> Finding:
    free = max(0.0, quota.limit - quota.used)
    has = f"{_shown(free)} of {_shown(quota.limit)} vCPU are free in the quota {called}"
    # What may run on the other kind as well is not kept from rolling by this one.
    held = [each for each in users if len(each.providers) == 1]
    worst = max(held, key=lambda each: each.least * _vcpu(each), default=None)
    least = worst.least * _vcpu(worst) if worst else 0
    most = widest(application, {each.key: each.most * _vcpu(each) for each in users})
    advice = f"Have the quota {called} raised in Service Quotas, or scale something else down."
    if worst and least > free:
        message = f"{has}, and {worst.key} needs {_shown(least)} more to roll at all."
        return Finding(CHECK, Grade.STOP, worst.key, message, advice)
    subject = application.application
    if most > free:
        message = (
            f"{has}, and the roll could use {_shown(most)}: it goes more slowly, or starts fail."
        )
        return Finding(CHECK, Grade.WARN, subject, message, advice)
    return Finding(CHECK, Grade.OK, subject, f"{has}; the roll takes {_shown(most)} at most.")


def _vcpu(need: Need) -> float:
    return quantity(need.definition.get("cpu")) / UNITS


def _shown(vcpu: float) -> str:
    return f"{vcpu:.2f}".rstrip("0").rstrip(".")
