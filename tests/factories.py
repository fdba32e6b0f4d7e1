"""Things of the domain, valid by default: a test overrides what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from functions.domain import migrating
from functions.domain.admission import Admission, Decision
from functions.domain.catalogue import Application, HoldUntil, Migration, Migrations, Service
from functions.domain.ending.end import Course, End, Outcome
from functions.domain.known import Facts, Known
from functions.domain.ledger import Claim, Opening
from functions.domain.migration.judge import Run
from functions.domain.migration.ran import Ran, State
from functions.domain.parsing import parse
from functions.domain.plan import Kind, Plan
from functions.domain.reason import Blame, Code, Reason
from functions.domain.recovery.hold import Hold, Holder
from functions.domain.recovery.standing import Standing
from functions.domain.recovery.successor import Pending
from functions.domain.release import Image, Part, Release, Stable
from functions.domain.request import By, Push, Request
from functions.domain.rollout.deadlines import Patience
from functions.domain.rollout.identity import Expected
from functions.domain.rollout.look import (
    Deployment,
    Event,
    Health,
    Look,
    ServiceDeployment,
    Target,
    Task,
)
from functions.domain.rollout.memory import Memory
from functions.domain.steps import Tasks, back, forward
from functions.domain.stop_reason.cause import ContainerStop, Stop
from functions.domain.verdict import Verdict, Word, failed

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DIGEST = "sha256:" + "a" * 64
OTHER_DIGEST = "sha256:" + "b" * 64
CHILD_DIGEST = "sha256:" + "c" * 64
REPOSITORY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders"
OWNER = "arn:aws:states:eu-west-1:123456789012:execution:deploy:e-1"
OURS = "ecs-svc/2222222222222222222"
THEIRS = "ecs-svc/1111111111111111111"


def later(**span: float) -> datetime:
    return NOW + timedelta(**span)


def a_revision(key: str = "web", number: int = 8) -> str:
    return f"arn:aws:ecs:eu-west-1:123456789012:task-definition/orders-{key}:{number}"


# The catalogue


@cache
def _parsed() -> Application:
    """Return what the least document with two services says: each field has its default."""
    services = {"web": {}, "worker": {"after": ["web"]}}
    document = {"application": "orders", "repository": "orders", "cluster": "production"}
    application = parse({**document, "services": services})
    assert isinstance(application, Application)
    return application


def an_application(*services: Service, **override: Any) -> Application:
    given: dict[str, Any] = {"services": services} if services else {}
    return replace(_parsed(), **given, **override)


def a_service(key: str = "web", *, minutes: int = 10, **override: Any) -> Service:
    service = _parsed().services[0]
    name, bake = f"orders-{key}", replace(service.bake, minutes=minutes)
    given: dict[str, Any] = {"key": key, "service": name, "family": name, "bake": bake}
    return replace(service, **given | override)


# What is asked for


def a_push(**override: Any) -> Push:
    return replace(Push("event-1", "2026-11-21T11:59:00Z", "orders", DIGEST, "v42"), **override)


def a_pushed_request(**override: Any) -> Request:
    push = a_push(**override)
    return Request("orders", By.PUSH, image=push.tag, push=push)


def a_request(image: str = "v42", **override: Any) -> Request:
    return replace(Request("orders", By.PERSON, image=image), **override)


def a_rollback(to: str = "previous", **override: Any) -> Request:
    return replace(Request("orders", By.PERSON, rollback=to), **override)


# What is deployed


def an_image(**override: Any) -> Image:
    image = Image(REPOSITORY, DIGEST, "v42", (DIGEST, CHILD_DIGEST), "2026-11-21T11:59:00.000Z")
    return replace(image, **override)


def a_part(key: str = "web", number: int = 8, **override: Any) -> Part:
    part = Part(
        base=a_revision(key, 1),
        images={"app": f"{REPOSITORY}@{DIGEST}"},
        digests={"app": (DIGEST, CHILD_DIGEST)},
        revision=a_revision(key, number),
    )
    return replace(part, **override)


def a_release(number: int = 12, *keys: str, **override: Any) -> Release:
    """Return a release that passed its bake, of the services `keys`."""
    release = Release(
        number=number,
        parts={key: a_part(key, number) for key in keys or ("web", "worker")},
        digest=DIGEST,
        image_tag="v42",
        pushed_at="2026-11-20T08:00:00.000Z",
        verified_at="2026-11-20T09:00:00.000Z",
    )
    return replace(release, **override)


def a_known(*releases: Release) -> Known:
    """Return what the ledger knows when the first of the releases is stable."""
    return Known(releases[0].stables() if releases else {}, releases)


def some_facts(*keys: str, **override: Any) -> dict[str, Facts]:
    return {
        key: replace(
            Facts(
                key=key,
                runs=a_revision(key, 12),
                steady=True,
                base=a_revision(key, 1),
                containers=("app",),
                run={"LaunchType": "FARGATE"},
            ),
            **override,
        )
        for key in keys or ("web", "worker")
    }


def a_stable(key: str = "web", release: int = 11, **override: Any) -> Stable:
    return Stable(key, release, a_part(key, release, **override), "v41")


def a_hold(**override: Any) -> Hold:
    """Return the hold that deployment #12 has left behind half an hour after noon."""
    hold = Hold(
        by=Holder.PILOTHOUSE,
        until=HoldUntil.UNTIL_NEWER,
        since="2026-11-21T12:30:00.000Z",
        why="deployment #12 of v42 (release #12) was turned back",
        deployment=12,
    )
    return replace(hold, **override)


def a_pending(number: int = 13, **override: Any) -> Pending:
    """Return a push of v43 that waits for deployment #12."""
    pending = Pending(
        number=number,
        by=By.PUSH,
        decision="Deploy",
        digest=OTHER_DIGEST,
        image_tag="v43",
        pushed_at="2026-11-21T12:10:00.000Z",
        opened_at=NOW,
        owner=f"{OWNER}{number}",
    )
    return replace(pending, **override)


def a_standing(**override: Any) -> Standing:
    """Return how web stands when release #12 has failed: it runs it, and ECS goes on."""
    return replace(
        Standing(a_revision("web", 12), deployment=OURS, status="IN_PROGRESS"), **override
    )


def an_admission(decision: Decision = Decision.DEPLOY, message: str = "Deploy v42.") -> Admission:
    return Admission(decision, message, an_image())


def a_ran(**override: Any) -> Ran:
    """Return the expand migration of release #12, which has passed."""
    ran = Ran(12, "expand", State.PASSED, 1, 12, "2026-11-21T11:59:30.000Z")
    return replace(ran, **override)


def a_plan(*, expand: Migration | None = None, **override: Any) -> Plan:
    """Return the plan of a release of web and worker: pin, roll web, roll worker, bake.

    With an `expand` migration that is run after the pin.
    """
    release = a_release(verified_at=None)
    application = an_application(migrations=Migrations(expand, None))
    tasks = Tasks(expand=migrating.expand(application, release.number, some_facts()))
    steps = forward(application, release, tasks)
    plan = Plan(Kind.FORWARD, Decision.DEPLOY, "Deploy v42.", release, before=11, steps=steps)
    return replace(plan, **override)


def a_plan_back(**override: Any) -> Plan:
    release = a_release(11, image_tag="v41", before=10)
    steps = back(an_application(), release.stables())
    plan = Plan(Kind.BY_HAND, Decision.DEPLOY, "Roll back to v41.", release, 12, steps)
    return replace(plan, **override)


# What a look finds


def a_stop(task: str = "t1", **override: Any) -> Stop:
    """Return how a task ends whose application exits with code 1."""
    stop = Stop(
        task,
        "EssentialContainerExited",
        "Essential container in task exited",
        (ContainerStop("app", 1),),
    )
    return replace(stop, **override)


def a_task(id: str = "t1", **override: Any) -> Task:
    return replace(Task(id, "RUNNING", "RUNNING", {"app": DIGEST}), **override)


def a_stopped_task(id: str = "t1", **override: Any) -> Task:
    return Task(id, "STOPPED", "STOPPED", {}, a_stop(id, **override))


def a_sick_task(id: str = "t1", **override: Any) -> Task:
    """Return a task that runs, whose container check finds it unhealthy; it started at noon."""
    return a_task(id, health=Health.UNHEALTHY, started_at=NOW, **override)


def a_target(state: str = "healthy", reason: str = "", description: str = "") -> Target:
    group = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/orders-web/1"
    return Target(group, state, reason, description)


def an_event(text: str, **override: Any) -> Event:
    """Return what the service scheduler says a minute after noon."""
    return replace(Event(later(minutes=1), text), **override)


def a_deployment(**override: Any) -> Deployment:
    """Return our deployment, which is under way since noon."""
    deployment = Deployment(
        OURS, "PRIMARY", a_revision(), "IN_PROGRESS", desired=2, running=1, created_at=NOW
    )
    return replace(deployment, **override)


def their_deployment(**override: Any) -> Deployment:
    """Return the deployment before ours, of the day before."""
    deployment = a_deployment(
        id=THEIRS,
        status="ACTIVE",
        task_definition=a_revision("web", 7),
        rollout_state="COMPLETED",
        created_at=later(days=-1),
    )
    return replace(deployment, **override)


def a_service_deployment(status: str = "IN_PROGRESS", **override: Any) -> ServiceDeployment:
    return replace(ServiceDeployment("service-deployment/1", status), **override)


def a_look(*tasks: Task, **override: Any) -> Look:
    """Return a look at a rollout that is under way."""
    look = Look(
        at=NOW,
        deployments=(a_deployment(), their_deployment()),
        tasks=tasks,
        service_deployment=a_service_deployment(),
        desired=2,
    )
    return replace(look, **override)


def a_won_look(**override: Any) -> Look:
    look = a_look(
        a_task("t1"),
        a_task("t2"),
        deployments=(a_deployment(rollout_state="COMPLETED", running=2),),
        service_deployment=a_service_deployment("SUCCESSFUL"),
    )
    return replace(look, **override)


def what_is_expected(**override: Any) -> Expected:
    return replace(Expected(OURS, a_revision(), {"app": (DIGEST, CHILD_DIGEST)}), **override)


def a_memory(**override: Any) -> Memory:
    """Return what a roll remembers that asked for its deployment at noon."""
    return replace(Memory(NOW, NOW, NOW, NOW, OURS, NOW), **override)


def some_patience(**override: Any) -> Patience:
    return replace(Patience(300, 600, 1200, 2700), **override)


def a_run(**override: Any) -> Run:
    return replace(Run(NOW, NOW, "t1", status="RUNNING"), **override)


# How it ends


def a_pass(message: str = "2 of 2 tasks run orders-web:8.") -> Verdict:
    return Verdict(Word.PASS, message)


def a_reason(**override: Any) -> Reason:
    reason = Reason(
        Code.APP_EXIT,
        Blame.RELEASE,
        "3 tasks of orders-web:12 failed: container app exited with code 1.",
        ("task t1: EssentialContainerExited",),
    )
    return replace(reason, **override)


def a_failure(**override: Any) -> Verdict:
    return failed(a_reason(**override))


def a_course(**override: Any) -> Course:
    """Return the course of a deployment that went well."""
    return replace(Course(an_admission(), a_plan(), a_pass()), **override)


def an_end(outcome: Outcome = Outcome.PROMOTED, reason: Reason | None = None) -> End:
    return End(outcome, "orders runs v42 (release #12).", reason)


def an_opening(number: int = 12, request: Request | None = None) -> Opening:
    opened_at = "2026-11-21T12:00:00.000Z"
    return Opening("orders", number, request or a_pushed_request(), OWNER, opened_at)


def a_claim(**override: Any) -> Claim:
    return replace(Claim("app#orders", OWNER, 7), **override)
