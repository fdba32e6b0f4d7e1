"""Which services does ECS refuse, and which does this scheduler?"""

from collections.abc import Iterator

from rehearsal.ecs.answers.about_tasks import AWSVPC
from rehearsal.ecs.capacity.choosing import refuse_unknown
from rehearsal.ecs.capacity.places import launched_by
from rehearsal.ecs.errors import invalid
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.settings import Settings
from rehearsal.ecs.shifting import refusals
from rehearsal.ecs.tasks.definitions import Definition
from rehearsal.ecs.world import Document

LATER = "The rehearsal rolls services of the ECS controller only: "
CLEANUPS = ("BLOCKING", "DEFERRED")
THRESHOLDS = {"COUNT": 10**6, "BOUNDED_PERCENT": 100, "UNBOUNDED_PERCENT": 100}
"""The greatest value of each type (R8.2)."""


def refuse_second(present: Service | None) -> None:
    if present is not None and present.status == "ACTIVE":
        raise invalid("Creation of service was not idempotent.")
    if present is not None and present.status == "DRAINING":
        raise invalid("Unable to Start a service that is still Draining.")


def refuse_unfit(spec: Document, definition: Definition, settings: Settings) -> None:
    """Refuse what ECS refuses, and say plainly what this scheduler does not do."""
    _refuse_later(spec)
    refuse_unknown(spec, launched_by(spec)[0])
    configuration = spec["deploymentConfiguration"]
    problems = (
        *_of_network(spec, definition),
        *_of_balancers(spec, definition),
        *_of_percents(spec, configuration),
        *_of_daemons(spec),
        *_of_early_success(configuration),
        *_of_breaker(configuration),
        *_of_alarms(configuration),
        *refusals.problems(spec, settings),
    )
    for problem in problems:
        raise invalid(problem)


def _of_network(spec: Document, definition: Definition) -> Iterator[str]:
    if definition.document.get("networkMode") == "awsvpc" and not spec.get("networkConfiguration"):
        yield AWSVPC


def _of_balancers(spec: Document, definition: Definition) -> Iterator[str]:
    names = {each["name"] for each in definition.containers}
    for balancer in spec.get("loadBalancers") or []:
        name = balancer.get("containerName")
        if name not in names:
            yield f"The container {name} does not exist in the task definition."


def _of_percents(spec: Document, configuration: Document) -> Iterator[str]:
    least, most = configuration["minimumHealthyPercent"], configuration["maximumPercent"]
    if spec["schedulingStrategy"] == "DAEMON" and most != 100:
        yield "The daemon scheduling strategy only supports a maximumPercent of 100."
    if int(least) < 0 or int(most) < 1:
        yield "minimumHealthyPercent must not be below 0, and maximumPercent must be positive."


def _of_daemons(spec: Document) -> Iterator[str]:
    if spec["schedulingStrategy"] == "DAEMON" and launched_by(spec)[0] == "FARGATE":
        yield "The daemon scheduling strategy is not supported for the FARGATE launch type."


def _of_early_success(configuration: Document) -> Iterator[str]:
    early = configuration.get("earlySuccessCriteria") or {}
    if not early.get("enable"):
        return
    if configuration["strategy"] != "ROLLING":
        yield "You can use early success criteria only with rolling deployment strategy."
    percent, least = early.get("healthyPercent"), configuration["minimumHealthyPercent"]
    if percent is None or early.get("sourceServiceRevisionCleanup") not in CLEANUPS:
        yield "You must specify healthyPercent and sourceServiceRevisionCleanup."
    elif not int(least) <= int(percent) <= 100:
        yield "healthyPercent must be between minimumHealthyPercent and 100."


def _of_breaker(configuration: Document) -> Iterator[str]:
    threshold = configuration["deploymentCircuitBreaker"].get("thresholdConfiguration")
    if not threshold:
        return
    kind, value = threshold.get("type"), threshold.get("value")
    if kind not in THRESHOLDS or value is None:
        yield "A thresholdConfiguration needs a type and a value."
    elif not 1 <= int(value) <= THRESHOLDS[kind]:
        yield f"The value of a {kind} threshold must be between 1 and {THRESHOLDS[kind]}."


def _of_alarms(configuration: Document) -> Iterator[str]:
    alarms = configuration.get("alarms") or {}
    if alarms.get("enable") and not alarms.get("alarmNames"):
        yield "Alarms that are enabled need alarmNames."


def _refuse_later(spec: Document) -> None:
    """Say plainly what this scheduler does not do, rather than do something else."""
    controller = spec["deploymentController"]["type"]
    if controller != "ECS":
        raise NotImplementedError(f"{LATER}deploymentController {controller} is not known.")
