"""What does a recording write down in a small rehearsal and in a huge one, made by hand?"""

from collections.abc import Iterator
from typing import Any

Entry = dict[str, Any]
Result = dict[str, Any]

SECONDS = 200.0
LOST = "orders v2 failed: No task came up for 10 min."
LOOK = "Look at its services in the ECS console now: they may run a mix of revisions."


def task(at: float, name: str, status: str, **more: Any) -> Entry:
    about = {"service": "orders/web", "revision": "orders-web:1", "image": "v1", "zone": "a"}
    known = {"healthy": False, "health": "UNKNOWN", "deployment": "ecs-svc/1"}
    return {"at": at, "kind": "task", "task": name, **about, "status": status, **known, **more}


def healthy(at: float, name: str, **more: Any) -> Entry:
    return task(at, name, "RUNNING", healthy=True, health="HEALTHY", **more)


def crashed(at: float, name: str, **more: Any) -> Entry:
    stop = {"code": "EssentialContainerExited", "reason": "Essential container in task exited"}
    about = {
        "stop": {**stop, "failed": True},
        "exit_codes": {"app": 3},
        "log": "KeyError: <b>X</b>",
    }
    return task(at, name, "STOPPED", **{**about, **more})


def count(at: float, healthy: int, minimum: int, service: str = "orders/web") -> Entry:
    counts = {"healthy": healthy, "minimum": minimum, "desired": 2, "running": 2, "pending": 0}
    return {"at": at, "kind": "count", "service": service, **counts}


def state(at: float, what: str, name: str | None = None, **more: Any) -> Entry:
    about = {"workflow": "deploy", "execution": "orders-1", "what": what, "application": "orders"}
    return {"at": at, "kind": "state", **about, **({"state": name} if name else {}), **more}


def deployed(at: float, rollout: str, **more: Any) -> Entry:
    about = {"service": "orders/web", "id": "ecs-svc/2", "revision": "orders-web:2"}
    known = {"status": "PRIMARY", "rollout": rollout, "reason": "because"}
    return {"at": at, "kind": "deployment", **about, **known, **more}


def failed_release() -> Entry:
    """Return a result: v2 crashes, falls below the minimum, and is turned back."""
    v2 = {"image": "v2", "revision": "orders-web:2"}
    reason = {
        "code": "AppExit",
        "class": "release",
        "message": "1 task failed",
        "evidence": ["bbb222: exit code 3"],
    }
    roll = {"workflow": "roll", "execution": "orders-1-web-1", "service": "orders/web"}
    timeline = [
        healthy(0, "aaa111aaa111"),
        count(0, 2, 2),
        {"at": 0, "kind": "mark", "what": "push", "text": "orders:v2 was pushed"},
        state(1, "started"),
        state(1, "entered", "Roll Services"),
        state(1, "started", **roll),
        state(1, "entered", "Wait For News", **roll),
        task(5, "bbb222bbb222", "PENDING", **v2),
        task(20, "bbb222bbb222", "RUNNING", **v2),
        {"at": 25, "kind": "fault", "what": "lose_events", "text": "An event was lost"},
        crashed(30, "bbb222bbb222", **v2),
        count(30, 1, 2),
        deployed(1, "IN_PROGRESS", stage="SCALE_UP"),
        deployed(31, "FAILED", reason="ECS deployment circuit breaker: tasks failed to start."),
        deployed(31, "IN_PROGRESS", id="ecs-svc/1", revision="orders-web:1"),
        deployed(42, "COMPLETED", id="ecs-svc/1", revision="orders-web:1"),
        state(31, "exited", "Wait For News", **roll),
        {
            **{"at": 31, "kind": "verdict", "verdict": "Fail", "message": "1 task failed"},
            **{"reason": reason, **roll},
        },
        count(42, 2, 2),
        state(50, "exited", "Roll Services"),
        state(50, "ended", status="FAILED", error="RolledBack"),
        {
            **{"at": 50, "kind": "announcement", "application": "orders"},
            **{"outcome": "RolledBack", "message": "orders v2 was turned back."},
        },
    ]
    return result("a crash is turned back", sorted(timeline, key=lambda each: float(each["at"])))


def lost_instance() -> Result:
    """Return a result: nothing of v2 fails, it finds no room, as an old task's host is gone."""
    roll = {"workflow": "roll", "execution": "orders-1-web-1", "service": "orders/web"}
    reason = {
        "code": "DeadlineExceeded",
        "blame": "platform",
        "message": "No task came up for 10 min.",
        "evidence": ["No task came up for 10 min.", "0 of 2 run", "0 of 2 run"],
    }
    host = {"code": "TerminationNotice", "reason": "Host EC2 (instance i-1) terminated."}
    full = "was unable to place a task because no container instance met all of its requirements."
    verdict = {"kind": "verdict", "verdict": "Fail", "message": reason["message"]}
    timeline = [
        healthy(0, "aaa111aaa111"),
        healthy(0, "ccc333ccc333"),
        count(0, 2, 2),
        deployed(0, "COMPLETED", id="ecs-svc/1", revision="orders-web:1"),
        state(1, "started"),
        state(1, "exited", "Plan Release", message="Deploy v2 (release #1)."),
        state(1, "started", **roll),
        deployed(1, "IN_PROGRESS"),
        {"at": 30, "kind": "mark", "what": "lose", "text": "production lost an instance."},
        crashed(30, "ccc333ccc333", stop={**host, "failed": True}, exit_codes={}),
        count(30, 1, 2),
        {
            **{"at": 40, "kind": "message", "service": "orders/web"},
            "text": f"(service orders-web) {full}",
        },
        {**verdict, "at": 620, "reason": reason, **roll},
        state(620, "ended", status="SUCCEEDED", **roll),
        state(620, "ended", status="FAILED", error="RollbackFailed"),
        {
            **{"at": 620, "kind": "announcement", "application": "orders"},
            **{"outcome": "RollbackFailed", "message": f"{LOST} {LOOK}"},
        },
    ]
    found = result("an instance is lost", timeline, "it should be promoted", seed=1)
    ended = {"execution": "orders-1", "image_tag": "v2", "number": 1, "message": f"{LOST} {LOOK}"}
    deployment = {**found["deployments"][0], **ended, "outcome": "RollbackFailed"}
    return {**found, "deployments": [deployment], "virtual_seconds": 700.0}


def result(name: str, timeline: list[Entry], *failures: str, seed: int = 0) -> Result:
    return {
        "name": name,
        "seed": seed,
        "passed": not failures,
        "failures": list(failures),
        "deployments": [
            {
                "application": "orders",
                "image": "v2",
                "outcome": "RolledBack",
                "reason": {"code": "AppExit"},
            }
        ],
        "services": {"orders/web": {"runs": "v1", "desired": 2}},
        "announcements": [],
        "invariants": [],
        "timeline": timeline,
        "virtual_seconds": SECONDS,
        "wall_seconds": 0.1,
        "state_transitions": 12,
        "sdk_calls": {"ecs:UpdateService": 2},
    }


def huge(services: int, tasks: int) -> Result:
    """Return a result in which many tasks do the same, and each crashes a few times."""
    timeline = [
        each
        for number in range(services)
        for each in _crowd(f"orders/service-{number}", f"{number:04}", tasks)
    ]
    return result("a crowd", sorted(timeline, key=lambda each: float(each["at"])))


def _crowd(service: str, prefix: str, tasks: int) -> Iterator[Entry]:
    about = {"service": service, "image": "v2"}
    for number in range(tasks):
        name = f"{prefix}{number:08}"
        for turn in range(3):
            begun = 10.0 + 30 * turn
            this = f"{turn}{name}"
            yield task(begun, this, "PENDING", **about)
            yield task(begun + 5, this, "RUNNING", **about)
            yield crashed(begun + 8, this, **about)
    for turn in range(60):
        yield count(2.0 * turn, turn % 3, 2, service)
